"""Import contracts of pyproject.toml, lengths and names of modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_every_contract_is_kept() -> None:
    script = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    checked = subprocess.run(
        [sys.executable, "-c", script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    modules = [path for package in ("loyaltyctl", "tests") for path in (ROOT / package).rglob("*.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules}

    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_packages_have_no_names_that_say_nothing() -> None:
    vague = {"utils", "util", "helpers", "common", "base", "manager", "shared", "misc"}

    assert [path for path in (ROOT / "loyaltyctl").rglob("*.py") if path.stem in vague] == []
