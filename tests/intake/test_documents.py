"""Input files and standard input: a size limit, and parsing by suffix or content."""

from __future__ import annotations

import errno
import io
import os
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import documents
from loyaltyctl.intake.documents import Syntax

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = io.BytesIO()


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        ('{"a": 1}', Syntax.JSON),
        ('{\n"a": 1}', Syntax.JSON),
        ("[1]", Syntax.JSON),
        ('{"a": 1}\n{"a": 2}\n', Syntax.JSONL),
        ("a: 1", Syntax.YAML),
        ("# a comment\na: 1", Syntax.YAML),
        ("- a: 1", Syntax.YAML),
        ("---\na: 1", Syntax.YAML),
        ("title: one, two", Syntax.YAML),
        ("a,b\n1,2", Syntax.CSV),
        ("a\tb\n1\t2", Syntax.TSV),
    ],
)
def test_the_syntax_is_detected_from_the_content(text: str, syntax: Syntax) -> None:
    assert documents.parse(text.encode(), "standard input").syntax is syntax


@pytest.mark.parametrize(("suffix", "text"), [(".json", "[]"), (".JSONL", "1\n\n2"), (".ndjson", "1"), (".yml", "- a"), (".yaml", "a"), (".csv", "a\n1"), (".tsv", "a\n1")])  # fmt: skip
def test_the_syntax_is_detected_from_the_suffix(suffix: str, text: str, tmp_path: Path) -> None:
    (tmp_path / f"x{suffix}").write_text(text)

    assert documents.load(str(tmp_path / f"x{suffix}"), NOTHING).syntax is documents.SUFFIXES[suffix.lower()]


def test_values_of_jsonl_have_their_lines() -> None:
    assert documents.parse(b'{"a":1}\n\n{"a":2}\n', "x.jsonl").positions == {(0,): (1, 0), (1,): (3, 0)}


def test_a_wrong_line_of_jsonl_is_broken_and_those_around_it_are_not() -> None:
    document = documents.parse(b'{"a":1}\n{\n{"a":1,"a":2}\n{"b":2}', "x.jsonl")

    assert document.value == [{"a": 1}, None, None, {"b": 2}]
    assert document.broken == {
        (1,): "column 2: expecting property name enclosed in double quotes",
        (2,): 'the member "a" appears twice in one object',
    }


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\x1f\x8b\x08", "is compressed (gzip)"),
        (b"PK\x03\x04", "is compressed (zip)"),
        (b"hello", "cannot tell"),
        (b"\xff\xfe", "UTF-16"),
    ],
)
def test_an_unreadable_file_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(InvalidData) as refused:
        documents.parse(data, "standard input")

    assert why in refused.value.message


def test_standard_input_is_read_for_a_dash_only(tmp_path: Path) -> None:
    assert documents.load("-", io.BytesIO(b"[1]")).value == [1]
    with pytest.raises(UsageError, match="no such file"):
        documents.load(str(tmp_path / "nothing"), io.BytesIO(b"[1]"))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        documents.load(str(tmp_path), NOTHING)


def test_a_name_with_a_nul_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot read"):
        documents.load("a\0b", NOTHING)


def test_a_file_over_the_limit_is_refused() -> None:
    with pytest.raises(InvalidData, match="larger than 64 MiB"):
        documents.load("/dev/zero", NOTHING)


def test_the_documents_of_a_folder_are_found_in_its_subfolders(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.JSON", "c.csv", ".hidden.yaml", "x.schema.json", "sub/d.yml", ".git/e.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.yaml").mkdir()

    found = [str(path.relative_to(tmp_path)) for path in documents.files_in(tmp_path)]

    assert found == ["a.JSON", "b.yaml", "sub/d.yml"]
    assert documents.files_in(tmp_path / "missing") == []


def test_a_link_to_a_missing_document_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to("nowhere.yaml")

    with pytest.raises(UsageError, match=r'cannot read ".*/link.yaml": no such file'):
        documents.files_in(tmp_path)


def test_a_subfolder_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.yaml").touch()
    scandir = os.scandir

    def refuse(path: str) -> Any:
        if str(path).endswith("sub"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UsageError, match=r'cannot read ".*/sub": permission denied'):
        documents.files_in(tmp_path)
