"""Convert workbooks, XML workbooks and HTML tables to CSV, each in a process of its own.

The reader of workbooks aborts its process on some malformed files, such as one that declares billions of
shared strings; XML and HTML can be written to cost any amount of time and memory.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import loyaltyctl
from loyaltyctl.errors import InvalidData, LoyaltyError, UsageError
from loyaltyctl.orders.containers.copies import new_copy
from loyaltyctl.orders.containers.signatures import Kind

if TYPE_CHECKING:
    from loyaltyctl.orders.containers.readable import Options

MAX_SECONDS = 120
"""Maximum duration of a conversion. A sheet of 200,000 × 12 cells takes 4 seconds."""
_MODULE = "loyaltyctl.orders.containers.table_process"
_OUT_OF_MEMORY = (b"memory allocation", b"MemoryError", b"capacity overflow")
"""Messages of the process when its memory limit is reached."""
_SAVE_CSV = "Delete blank rows and columns behind the orders, or save the sheet as CSV."


def convert_table(path: Path, kind: Kind, source: str, folder: Path, options: Options) -> tuple[Path, str]:
    """Write the table of an order file to a CSV copy; return its path, and a note for the user, or "".

    Raises InvalidData for a table that is malformed or too large, UsageError if python-calamine is missing.
    """
    if kind is Kind.WORKBOOK and importlib.util.find_spec("python_calamine") is None:
        raise UsageError(
            f"{source} is a workbook; workbooks need python-calamine, which is not installed",
            code="NO_ENGINE",
            hint="Install it with: python3 -m pip install 'loyaltyctl[backtest]', or save the sheet as CSV.",
        )
    with new_copy(folder) as (target, _):
        names = " ".join(sorted(options.names))
        result = _run([kind.name, str(path), str(target), source, options.records or "", names], source)
        if message := result.get("message"):
            error = UsageError if result["error"] == UsageError.__name__ else InvalidData
            raise error(message, hint=result["hint"])
    return target, result["note"]


def _run(arguments: list[str], source: str) -> dict[str, str]:
    """Run the process that converts a table, and return the JSON object that it prints."""
    # -P: else a file such as `json.py` in the current folder would be imported.
    command = [sys.executable, "-P", "-m", _MODULE, *arguments]
    package = str(Path(loyaltyctl.__file__).parent.parent)
    paths = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    environ = {**os.environ, "PYTHONPATH": paths, "RUST_BACKTRACE": "0"}
    try:
        ended = subprocess.run(  # noqa: S603 - a module of this program
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InvalidData(
            f"{source}: the table takes more than {MAX_SECONDS} s to read", hint=_SAVE_CSV
        ) from None
    except OSError as error:
        raise LoyaltyError(
            f"cannot start Python to read {source}: {error.strerror}", hint=_SAVE_CSV
        ) from None
    if not ended.returncode:
        return dict(json.loads(ended.stdout))
    if any(message in ended.stderr for message in _OUT_OF_MEMORY):
        raise InvalidData(f"{source}: the table needs too much memory", hint=_SAVE_CSV)
    raise InvalidData(f"{source}: the table cannot be read", hint="Save the sheet with the orders as CSV.")
