"""Files for contributors: CI workflow, pre-commit hooks and CONTRIBUTING.md run the commands of .ci/run and README.md."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
INSTALL = 'python3 -m pip install -e ".[dev]"'


def shell_blocks(name: str) -> list[str]:
    """Return the shell commands of a page, block by block."""
    return re.findall(r"^```sh\n(.*?)\n```$", (ROOT / name).read_text("utf-8"), re.DOTALL | re.MULTILINE)


def yaml(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((ROOT / name).read_text("utf-8"))


def workflow() -> Any:
    return yaml(".github/workflows/ci.yml")["jobs"]["test"]


def test_pre_commit_runs_the_linters_of_the_ci_script() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    hooks = [hook for repo in yaml(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]

    assert [hook["entry"] for hook in hooks] == [line for line in lines if line.startswith(("ruff ", "mypy"))]
    assert {hook["language"] for hook in hooks} == {"system"}


def test_the_workflow_runs_the_ci_script_and_the_commands_of_the_readme() -> None:
    first, test, *_ = shell_blocks("README.md")
    steps = {step["if"].split("'")[1]: step["run"] for step in workflow()["steps"] if "run" in step}

    assert steps == {"ubuntu": ".ci/run", "macos": test, "windows": first}
    assert steps.keys() == {*workflow()["strategy"]["matrix"]["os"]}


def test_the_workflow_runs_on_each_supported_python_with_actions_pinned_by_major_version() -> None:
    prefix = "Programming Language :: Python :: 3."
    supported = [
        f"3.{line.removeprefix(prefix)}" for line in PROJECT["classifiers"] if line.startswith(prefix)
    ]
    actions = [step["uses"] for step in workflow()["steps"] if "uses" in step]

    assert workflow()["strategy"]["matrix"]["python"] == supported
    assert PROJECT["requires-python"] == f">={supported[0]}"
    assert all(re.fullmatch(r"actions/[a-z-]+@v[0-9]+", action) for action in actions)


def test_contributing_begins_with_three_commands_that_install_and_test() -> None:
    commands = shell_blocks("CONTRIBUTING.md")[0].splitlines()
    _, test, *_ = shell_blocks("README.md")

    assert len(commands) == 3
    assert commands[1] == INSTALL
    assert test.endswith(f"&& {commands[2]}")
    assert {"test", "lint"} <= {*re.findall(r"\w+", PROJECT["optional-dependencies"]["dev"][0])}
    assert (
        INSTALL.removeprefix("python3 -m ").replace("install", "install --quiet")
        in (ROOT / ".ci" / "run").read_text()
    )


def test_every_path_and_name_in_contributing_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    files = [
        path for folder in ("loyaltyctl", "tests") for path in (ROOT / folder).rglob("*") if path.is_file()
    ]
    found = [f"/{path.relative_to(ROOT).as_posix()}" for path in files]
    source = "\n".join(path.read_text("utf-8") for path in files if path.suffix == ".py")
    paths = {*re.findall(r"\b(?:\w+/)*\w+\.(?:py|tsv)\b", text)}
    names = {*re.findall(r"`(?:\w+\.)*(_?[A-Z]\w+|_?[a-z]+_[a-z_]+)`", text)}

    assert len(paths) > 40
    assert [path for path in sorted(paths) if not any(one.endswith(f"/{path}") for one in found)] == []
    assert len(names) > 20
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", source)] == []


def test_the_map_of_the_orders_package_names_each_of_its_modules() -> None:
    folder = ROOT / "loyaltyctl" / "orders"
    modules = {
        path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    rows = re.findall(
        r"^    ([a-z_]+(?:, [a-z_]+)*)  ", (folder / "__init__.py").read_text("utf-8"), re.MULTILINE
    )

    assert {name for row in rows for name in row.split(", ")} == modules - {"__init__"}
