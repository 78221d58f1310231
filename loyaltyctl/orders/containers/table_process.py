"""Process that converts a workbook, an XML workbook or an HTML table to CSV: KIND FROM TO NAME SHEET COLUMNS.

Prints a JSON object: `{"note": …}`, or `{"error": …, "message": …, "hint": …}` for an error of the file. The
process limits its memory, and its caller (`tables`) limits its time.
"""

from __future__ import annotations

import csv
import json
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from loyaltyctl.errors import InvalidData, LoyaltyError
from loyaltyctl.orders.containers.cells import cell_text, has_decimal_comma
from loyaltyctl.orders.containers.html_tables import read_html_table
from loyaltyctl.orders.containers.signatures import Kind
from loyaltyctl.orders.containers.workbooks import MAX_ROWS, damaged, read_workbook
from loyaltyctl.orders.containers.xml_workbooks import read_xml_workbook

if TYPE_CHECKING:
    from loyaltyctl.orders.containers.workbooks import Table

MAX_MEMORY = 1536 * 1024 * 1024
"""Maximum address space of the process in bytes. A sheet of 200,000 × 12 cells needs 200 MiB."""
MAX_CELLS = 50_000_000
"""Maximum number of cells between the first and the last one that is not blank: 1,000,000 rows of 50."""


def main(arguments: list[str]) -> int:
    """Convert one file of a table to CSV, and print the result. Returns the exit code."""
    kind, path, target, source, sheet, names = arguments
    _limit_memory()
    result: dict[str, str]
    try:
        match Kind[kind]:
            case Kind.HTML:
                table = read_html_table(Path(path), source)
            case Kind.XML:
                table = read_xml_workbook(Path(path), source, sheet or None)
            case _:
                table = read_workbook(Path(path), source, sheet or None, frozenset(names.split()))
        write_csv(table, Path(target), source)
        result = {"note": table.note}
    except LoyaltyError as error:
        result = _result(error)
    except BaseException as error:
        # A panic of the library derives from BaseException alone, as KeyboardInterrupt does.
        if isinstance(error, Exception | KeyboardInterrupt | SystemExit):
            raise
        result = _result(damaged(source))
    sys.stdout.write(json.dumps(result))
    sys.stdout.flush()
    return 0


def _result(error: LoyaltyError) -> dict[str, str]:
    """Return the result to print for an error of the table's file."""
    return {"error": type(error).__name__, "message": error.message, "hint": error.hint}


def write_csv(table: Table, target: Path, source: str) -> None:
    """Write the rows of a table as CSV: row n is line n, and all lines have the same number of cells.

    Numbers in a column with amounts as text get their decimal comma: `12,50 €` and 7.25 are of one column.
    Blank rows and columns behind the last value are left out: formats of a sheet can reach to its very end.
    Raises InvalidData if too many blank cells remain.
    """
    height = width = 0
    with_commas: set[int] = set()
    for number, row in enumerate(table.rows(), start=1):
        if number > MAX_ROWS:
            message = f"{source}: the table has more than {MAX_ROWS} rows"
            raise InvalidData(message, hint="Save the orders as CSV.")
        filled = len(row)
        while filled and row[filled - 1] == "":
            filled -= 1
        if filled:
            height, width = number, max(width, filled)
        with_commas.update(i for i, one in enumerate(row) if isinstance(one, str) and has_decimal_comma(one))
    if height * width > MAX_CELLS:
        raise InvalidData(
            f"{source}: the table spans {height} rows and {width} columns, more than {MAX_CELLS} cells",
            hint="Delete single values far below or right of the orders, or save the orders as CSV.",
        )
    if not height:
        raise InvalidData(f"{source} is empty: its table has no values")
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in islice(table.rows(), height):
            cells = [*map(cell_text, row[:width])]
            for i in with_commas.intersection(range(len(cells))):
                if isinstance(row[i], float):
                    cells[i] = cells[i].replace(".", ",")
            writer.writerow(cells + [""] * (width - len(cells)))


def _limit_memory() -> None:
    """Limit the memory of the process that reads a table, where the system has such a limit."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
