"""Order files in other encodings than UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.orders.containers.encodings import reencode
from loyaltyctl.orders.containers.readable import HEAD, Options, Readable
from tests.orders.containers.opened import opened, rows

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "order,customer\n"


def written(folder: Path, data: bytes) -> Path:
    """Write an order file, and return its path."""
    path = folder / "orders.csv"
    path.write_bytes(data)
    return path


DETECTED = {
    "a word in Windows-1252": (
        f"{HEADER}1,Grün\n".encode("cp1252"),
        [("1", "Grün")],
        ("read as Windows-1252",),
    ),
    "quotes and the euro sign": (
        f"{HEADER}1,“€” – ‘x’\n".encode("cp1252"),
        [("1", "“€” – ‘x’")],
        ("read as Windows-1252",),
    ),
    "two bytes that form UTF-8 by chance": (
        f"{HEADER}1,„MENÜ“ für Zoë\n".encode("cp1252"),
        [("1", "„MENÜ“ für Zoë")],
        ("read as Windows-1252",),
    ),
    "UTF-8": (f"{HEADER}1,Grün “€”\n".encode(), [("1", "Grün “€”")], ()),
    "an emoji": (f"{HEADER}1,🎁\n".encode("utf-16"), [("1", "🎁")], ("read as UTF-16",)),
    "Chinese": (f"{HEADER}1,你好\n".encode("utf-16"), [("1", "你好")], ("read as UTF-16",)),
}


@pytest.mark.parametrize("name", DETECTED)
def test_the_encoding_is_detected(name: str, tmp_path: Path) -> None:
    data, expected, notes = DETECTED[name]

    readable = opened(written(tmp_path, data), tmp_path)

    assert rows(readable) == expected
    assert readable.notes == notes


UNDECIDED = {
    "one damaged line in UTF-8": f"{HEADER}1,Grün\n2,Blöd\n3,".encode() + b"gr\xfcn\n",
    "as many of one as of the other": f"{HEADER}1,Grün\n".encode() + b"2,gr\xfcn\n",
    "bytes that Windows-1252 does not have": f"{HEADER}1,注文\n".encode("shift_jis") + b"2,\x81\n",
    "a character cut off at the end": f"{HEADER}1,Grün\n2,".encode() + b"\xe2\x82",
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_a_file_that_may_be_damaged_is_left_to_the_scan_which_names_the_line(
    name: str, tmp_path: Path
) -> None:
    path = written(tmp_path, UNDECIDED[name])

    readable = opened(path, tmp_path)

    assert (readable.path, readable.notes) == (path, ())
    assert reencode(readable, tmp_path, Options()) is None


def test_a_character_that_the_first_bytes_cut_in_two_is_utf_8(tmp_path: Path) -> None:
    for shift in range(4):
        data = HEADER.encode() + b"x" * (HEAD - len(HEADER) - shift) + "🎁".encode() * 9
        path = written(tmp_path, data)

        assert opened(path, tmp_path).path == path


@pytest.mark.parametrize("compressed", [False, True])
def test_a_later_line_in_windows_1252_converts_the_whole_file(compressed: bool, tmp_path: Path) -> None:
    import gzip

    text = HEADER + "1,a\n" * HEAD + "2,Grün\n"
    path = written(tmp_path, gzip.compress(text.encode("cp1252")) if compressed else text.encode("cp1252"))
    readable = opened(path, tmp_path)
    assert readable.path == path

    found = reencode(readable, tmp_path / "copies", Options())

    assert found
    assert found.notes[-1] == "read as Windows-1252"
    assert rows(found)[-1] == ("2", "Grün")
    assert found.compression == "uncompressed"


def test_the_encoding_that_the_user_gave_is_not_changed_by_a_later_line(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}1,Grün\n".encode("cp1252"))
    readable = opened(path, tmp_path, encoding="utf-8")

    assert readable.path == path
    assert reencode(readable, tmp_path, Options(encoding="utf-8")) is None


GIVEN = {
    "shift_jis": ("注文", "read as shift_jis"),
    "Windows-1251": ("заказ", "read as cp1251"),
    "iso-8859-2": ("Łódź", "read as iso8859-2"),
    "latin1": ("Grün", "read as iso8859-1"),
    "utf-16-le": ("Grün", "read as UTF-16"),
    "cp037": ("Grün", "read as cp037"),
    "gb18030": ("订单", "read as gb18030"),
    "mac-roman": ("Grün", "read as mac-roman"),
}


@pytest.mark.parametrize("encoding", GIVEN)
def test_the_encoding_can_be_given(encoding: str, tmp_path: Path) -> None:
    word, note = GIVEN[encoding]

    readable = opened(written(tmp_path, f"{HEADER}1,{word}\n".encode(encoding)), tmp_path, encoding=encoding)

    assert rows(readable) == [("1", word)]
    assert readable.notes == (note,)


@pytest.mark.parametrize(
    "encoding", ["", "utf-9", "rot13", "base64", "zip", "idna", "punycode", "undefined", "../x", "a\0"]
)
def test_an_encoding_that_does_not_exist_is_refused_with_examples(encoding: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a text encoding") as error:
        opened(written(tmp_path, b"a,b\n"), tmp_path, encoding=encoding)
    assert "windows-1252" in error.value.hint


MISFITS = [
    ("ascii", f"{HEADER}1,a\n2,Grün\n".encode(), 3),
    ("cp1252", f"{HEADER}1,a\n".encode() + b"2,\x81\n", 3),
    ("utf-16", f"{HEADER}1,a\n".encode("utf-16") + b"\x00\xdc\x00\x00", 3),
    ("utf-16", b"\xfe\xff" + (HEADER + "1,a\n" * 300_000).encode("utf-16-be") + b"\xd8\0\0\x41", 300_002),
    ("shift_jis", (f"{HEADER}" + "1,a\n" * 600_000).encode() + b"\xff\n", 600_002),
    ("utf-7", b"a,b\n1,+2AA-\n", 1),
]


@pytest.mark.parametrize(
    ("encoding", "data", "line"), MISFITS, ids=[f"{case[0]} in line {case[2]}" for case in MISFITS]
)
def test_a_byte_that_does_not_fit_the_encoding_is_an_error_with_its_line(
    encoding: str, data: bytes, line: int, tmp_path: Path
) -> None:
    with pytest.raises(InvalidData, match=rf"^orders\.csv line {line}: is not") as error:
        opened(written(tmp_path, data), tmp_path, encoding=encoding)
    assert "--encoding" in error.value.hint
    assert [*(tmp_path / "copies").iterdir()] == []


def test_a_readable_file_opens_its_decompressed_bytes(tmp_path: Path) -> None:
    readable: Readable = opened(written(tmp_path, b"a,b\n1,2\n"), tmp_path)

    with readable.open() as file:
        assert file.read() == b"a,b\n1,2\n"


def test_text_with_the_line_ends_of_the_first_macs_is_mac_roman(tmp_path: Path) -> None:
    path = written(tmp_path, "order;total\r1;49,90 €\r2;à la Ångström\r".encode("mac_roman"))

    readable = opened(path, tmp_path)

    assert readable.notes == ("read as Mac Roman",)
    assert "49,90 €" in readable.path.read_text(encoding="utf-8")
