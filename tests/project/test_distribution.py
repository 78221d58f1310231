"""Distributions contain all files of the project, and no others."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import tarfile
import tomllib
from email import message_from_string
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zipfile import ZipFile

import pytest

from loyaltyctl import __version__

if TYPE_CHECKING:
    from tests.conftest import Home

ROOT = Path(__file__).parent.parent.parent
NAME = f"loyaltyctl-{__version__}"
SHARE = {
    "completions/loyaltyctl.bash": "bash-completion/completions/loyaltyctl",
    "completions/_loyaltyctl": "zsh/site-functions/_loyaltyctl",
    "completions/loyaltyctl.fish": "fish/vendor_completions.d/loyaltyctl.fish",
}
"""Paths below share/ where shells search for completions."""


class Built(NamedTuple):
    """A distribution in both forms."""

    sdist: Path
    wheel: Path


def build(source: Path, out: Path) -> Built:
    """Build the project in a folder with pip's build backend, without network."""
    environ = os.environ | {"SOURCE_DATE_EPOCH": "1790000000"}
    line = [sys.executable, "-m", "hatchling", "build", "-d", str(out)]
    subprocess.run(line, cwd=source, env=environ, capture_output=True, check=True, timeout=120)
    return Built(*(out / f"{NAME}{end}" for end in (".tar.gz", "-py3-none-any.whl")))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the distributions of this tree."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def unpacked(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the sdist: a tree without git."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(built.sdist) as archive:
        archive.extractall(folder, filter="data")
    return folder / NAME


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in a new virtual environment that uses the running one's dependencies."""
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "bin" / "python"
    _quietly(sys.executable, "-m", "venv", str(folder))
    _quietly(str(python), "-m", "pip", "--isolated", "install", "--no-deps", "--no-index", str(built.wheel))
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "running.pth").write_text("\n".join([*site.getsitepackages(), ""]))
    return folder


def _quietly(*argv: str) -> None:
    subprocess.run(argv, capture_output=True, check=True, timeout=120)


def tree(root: Path, *folders: str) -> dict[str, bytes]:
    """Return the files in folders of a tree, without those of tests and tools."""
    return {
        name: path.read_bytes()
        for folder in folders
        for path in (root / folder).rglob("*")
        if path.is_file()
        and "__pycache__" not in (name := path.relative_to(root).as_posix())
        and "/." not in name
    }


def shared() -> dict[str, bytes]:
    """Return the files to install below share/: man pages and completions."""
    files = tree(ROOT, "man", "completions")
    return {SHARE.get(name, name.replace("man/", "man/man1/", 1)): content for name, content in files.items()}


def test_the_wheel_has_the_package_man_pages_completions_and_the_license(built: Built) -> None:
    with ZipFile(built.wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    package = tree(ROOT, "loyaltyctl")
    about = {f"{NAME}.dist-info/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")}

    assert files == {
        **package,
        **{f"{NAME}.data/data/share/{name}": content for name, content in shared().items()},
        f"{NAME}.dist-info/licenses/LICENSE": (ROOT / "LICENSE").read_bytes(),
        **{name: files[name] for name in about},
    }
    assert {"loyaltyctl/py.typed", "loyaltyctl/__main__.py", "loyaltyctl/cli/docs/help/rules.txt"} <= set(
        package
    )
    assert {Path(name).suffix for name in package} == {
        ".py",
        ".txt",
        ".tsv",
        ".json",
        ".bash",
        ".fish",
        ".typed",
        "",
    }


def test_the_sdist_has_everything_to_test_and_build(unpacked: Path) -> None:
    folders = ("loyaltyctl", "tests", "man", "completions", ".ci", ".github")
    top = {path.name for path in unpacked.iterdir() if path.is_file()}

    assert tree(unpacked, *folders) == tree(ROOT, *folders)
    assert top == {
        "PKG-INFO",
        "pyproject.toml",
        ".gitignore",
        ".pre-commit-config.yaml",
        "LICENSE",
        *(path.name for path in ROOT.glob("*.md")),
    }
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md"} <= top
    assert {path.name for path in unpacked.iterdir()} - top <= {*folders}
    assert not [path for path in unpacked.rglob("*/.*") if path.parent != unpacked]


def test_builds_are_reproducible(built: Built, tmp_path: Path) -> None:
    again = build(ROOT, tmp_path)

    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in built]


def test_the_sdist_builds_the_same_wheel(built: Built, unpacked: Path, tmp_path: Path) -> None:
    assert build(unpacked, tmp_path).wheel.read_bytes() == built.wheel.read_bytes()


def test_the_metadata_of_the_wheel_is_that_of_the_project(built: Built) -> None:
    with ZipFile(built.wheel) as archive:
        metadata = message_from_string(archive.read(f"{NAME}.dist-info/METADATA").decode())
        entries = archive.read(f"{NAME}.dist-info/entry_points.txt").decode()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]

    assert (metadata["Name"], metadata["Version"], metadata["Summary"]) == (
        "loyaltyctl",
        __version__,
        project["description"],
    )
    assert (metadata["License-Expression"], metadata["License-File"]) == ("MIT", "LICENSE")
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_all("Classifier") == project["classifiers"]
    assert metadata.get_all("Provides-Extra") == ["backtest", "dev", "lint", "test"]
    assert len(needed) == len(project["dependencies"])
    assert metadata.get_payload() == (ROOT / "README.md").read_text()
    assert entries.split("\n")[:2] == ["[console_scripts]", "loyaltyctl = loyaltyctl.__main__:main"]


def test_the_wheel_installs_and_runs(installed: Path, environ: dict[str, str], home: Home) -> None:
    def run(*argv: str, program: str = "loyaltyctl") -> str:
        line = [str(installed / "bin" / program), *argv]
        return subprocess.run(
            line, cwd=home.work, env=environ, stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    where = run("-c", "import loyaltyctl; print(loyaltyctl.__file__)", program="python")

    assert Path(where).is_relative_to(installed)
    assert run("--version") == f"loyaltyctl {__version__}\n"
    assert len(run("-p", "sandbox", "rules", "list").splitlines()) == 7
    assert run("rules", "--help").startswith("Usage: loyaltyctl rules ")


def test_the_wheel_installs_man_pages_and_completions_where_programs_search(installed: Path) -> None:
    assert tree(installed, "share") == {f"share/{name}": content for name, content in shared().items()}
