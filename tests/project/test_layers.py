"""Import contracts of pyproject.toml, the table of libraries, lengths and names of modules."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp

ROOT = Path(__file__).parent.parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LIBRARIES: dict[str, list[str]] = PROJECT["tool"]["loyaltyctl"]["libraries"]
OWN = "loyaltyctl"


def test_every_contract_is_kept() -> None:
    script = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    checked = subprocess.run(
        [sys.executable, "-c", script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


def test_each_library_is_imported_only_by_the_packages_of_the_table() -> None:
    graph = grimp.build_graph(OWN, include_external_packages=True, cache_dir=None)
    packages = {library.partition(".")[0]: places for library, places in LIBRARIES.items()}
    imported = graph.modules - {name for name in graph.modules if name.partition(".")[0] == OWN}
    libraries = imported - (sys.stdlib_module_names - packages.keys())

    assert libraries == packages.keys()
    for library, places in packages.items():
        importers = graph.find_modules_that_directly_import(library)
        used = {place for place in places for one in importers if f"{one}.".startswith(f"{OWN}.{place}.")}
        allowed = tuple(f"{OWN}.{place}." for place in places)
        assert not [one for one in importers if not f"{one}.".startswith(allowed)], library
        assert used == {*places}, f"{library} is no longer imported everywhere that the table allows"


def test_each_dependency_is_in_the_table() -> None:
    project = PROJECT["project"]
    required = [*project["dependencies"], *project["optional-dependencies"]["backtest"]]

    assert {
        re.split(r"[<>=~\[; ]", one)[0].replace("-", "_") for one in required
    } == LIBRARIES.keys() - sys.stdlib_module_names


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    modules = [path for package in ("loyaltyctl", "tests") for path in (ROOT / package).rglob("*.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules}

    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_no_module_has_a_vague_name() -> None:
    vague = {"utils", "util", "helpers", "common", "base", "manager", "shared", "misc"}

    assert [path for path in (ROOT / "loyaltyctl").rglob("*.py") if path.stem in vague] == []
