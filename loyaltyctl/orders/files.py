"""Find order files by path or pattern, and detect the columns of each from its first bytes."""

from __future__ import annotations

import csv
import glob
import io
import json
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.containers.compressed import decompressed_head
from loyaltyctl.orders.containers.readable import UNCOMPRESSED, Layout
from loyaltyctl.orders.dialects import detect_dialect
from loyaltyctl.orders.roles import Roles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from loyaltyctl.orders.containers.readable import Readable
    from loyaltyctl.orders.forms.amounts import AmountForm
    from loyaltyctl.orders.forms.dates import DateForm

HEAD = 256 * 1024
"""Number of bytes of an order file that are read to detect its dialect, its columns and its forms."""
_REPLACED = "\N{REPLACEMENT CHARACTER}"


class Number(str):
    """Text of a JSON number in the sample of an order file; other texts were strings."""

    __slots__ = ()


class Location(NamedTuple):
    """Location of an order file: its path, and its name for messages."""

    path: Path
    name: str


class TotalLine(NamedTuple):
    """Last line of an order file that is the sum of the others, which is not an order."""

    label: str
    """The text in the column that labels it: the id of the order, or else its date."""
    amount: str
    """The text of its amount."""


class ExtraLines(NamedTuple):
    """Lines of an order file that are not orders; the numbers are those of lines."""

    rows: tuple[str, ...] = ()
    """The texts of the lines to leave out."""
    sums: tuple[int, ...] = ()
    """The lines that are the sum of others, or are named a total and have no amount."""
    notes: tuple[int, ...] = ()
    """The lines that repeat the header, or have a text in one cell only."""
    unsummed: tuple[tuple[int, str], ...] = ()
    """The lines that are named a total, but are not the sum of others, with that name."""


class OrderFile(NamedTuple):
    """Order file: how it is read, its columns, and the roles and forms of these columns."""

    readable: Readable
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """The SQL types of the columns of a Parquet file; empty for other files."""
    expressions: tuple[str, ...] = ()
    """The SQL of the columns of a Parquet file; empty for other files."""
    separator: str = ","
    header_line: int = 1
    """The line of the header of a CSV file."""
    has_title: bool = False
    """True if there is text above the header, other than the line that names the separator."""
    skip: int = 0
    """The number of rows of a CSV file up to its header, which is the last of them."""
    sample: tuple[tuple[str, ...], ...] = ()
    """The texts of the first orders, one for each column; empty for Parquet."""
    roles: Roles = Roles()
    amount_forms: tuple[tuple[int, AmountForm], ...] = ()
    """The form of the amounts in each column that has amounts, by its position."""
    date_form: DateForm | None = None
    late: tuple[str, ...] = ()
    """The names of columns that the scan of a large JSONL file looks for."""
    doubtful: tuple[int, ...] = ()
    """The columns with amounts of which no value yet tells the decimal mark."""
    total_line: TotalLine | None = None
    extra: ExtraLines = ExtraLines()

    @property
    def name(self) -> str:
        """The name of the order file for messages: its path, or `standard input`."""
        return self.readable.source

    @property
    def layout(self) -> Layout:
        """The layout of the order file, or of the text copy of it."""
        return self.readable.layout

    @property
    def batch(self) -> OrderFile:
        """The order file without what is its own. One query reads all files that are equal in the rest."""
        shared = self.readable._replace(source="", path=Path(), notes=(), kinds=(), encoding=None)
        return self._replace(readable=shared, sample=(), header_line=1, has_title=False)


def locate(patterns: Sequence[str], named: Mapping[str, Path]) -> list[Location]:
    """Return the locations of the order files for paths and patterns such as `orders/*.csv`, each file once.

    A pattern that is a name in `named` stands for the file there. Raises UsageError for a path that is not a
    regular file.
    """
    # Two patterns or links may find the same file. Paths are resolved, so that its orders count only once.
    found: dict[Path, Location] = {}
    for pattern in patterns:
        paths = (
            {named[pattern]: pattern} if pattern in named else {one: str(one) for one in _matching(pattern)}
        )
        found |= {path.resolve(): Location(path, name) for path, name in paths.items()}
    return [*found.values()]


def _matching(pattern: str) -> list[Path]:
    """Return the paths of the order files that a pattern matches; a path that exists matches only itself."""
    # The path itself comes first: a file may be named `orders[1].csv`, as browsers name a second download.
    path = Path(pattern)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        found = sorted(map(Path, glob.glob(pattern, recursive=True))) if "\0" not in pattern else []  # noqa: PTH207 - the pattern may be absolute
        if found and found != [path]:  # a broken symbolic link matches its own name: endless recursion
            return [path for one in found for path in _matching(str(one))]
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot read {quoted(pattern)}: {reason.lower()}") from None
    if stat.S_ISDIR(mode):
        hint = f"Give its files, such as '{pattern.rstrip('/')}/*.csv'."
        raise UsageError(f"{quoted(pattern)} is a folder", hint=hint)
    # A pipe can be read only once, but an order file is read several times: to detect its columns, by the
    # scan, and to locate faults.
    if not stat.S_ISREG(mode):
        hint = "Pipe the orders to standard input: give - as the file."
        raise UsageError(f"{quoted(pattern)} is not a regular file", hint=hint)
    return [path]


def detect(readable: Readable, is_known: Callable[[str], bool], skip_lines: int | None) -> OrderFile:
    """Detect the columns of an order file in CSV or JSONL, and return the file with them and a sample.

    `is_known` tells whether a text is the name of a column of orders. The columns of a Parquet file are not
    detected: only DuckDB reads them. Raises InvalidData if the file has no columns.
    """
    if readable.layout is Layout.PARQUET:
        return OrderFile(readable)
    head = _head(readable)
    whole = len(head) < HEAD
    # Bytes that are not UTF-8 are replaced, since the scan reports them with their line.
    text = head.decode("utf-8-sig", errors="replace")
    if not text.strip():
        raise InvalidData(f"{readable.source} is empty")
    if readable.layout is Layout.JSONL:
        return _detect_json(readable, text, whole=whole)
    return _detect_csv(readable, text, is_known, skip_lines, whole=whole)


def _head(readable: Readable) -> bytes:
    """Return the first bytes of an order file, decompressed. Raises InvalidData for damaged data."""
    if readable.compression == UNCOMPRESSED:
        with readable.open() as file:
            return file.read(HEAD)
    return decompressed_head(readable.path, readable.source)


def _detect_csv(
    readable: Readable, text: str, is_known: Callable[[str], bool], skip_lines: int | None, *, whole: bool
) -> OrderFile:
    """Detect the dialect and the columns of a CSV file of orders from its first characters."""
    name = readable.source
    dialect = detect_dialect(text, name, is_known, skip_lines=skip_lines, whole=whole)
    if not whole and "\n" not in text and "\r" not in text:
        raise InvalidData(f"{name}: the header line is longer than {HEAD // 1024} KiB")
    names = tuple(cell.strip() for cell in dialect.header)
    if any(_REPLACED in cell for cell in names):
        raise InvalidData(
            f"{name} line {dialect.line} is not UTF-8",
            hint="Name its encoding, such as --encoding shift_jis.",
        )
    if not any(names):
        raise InvalidData(f"{name} has no header: its columns have no names")
    skip = dialect.rows_before_header + 1
    return OrderFile(
        readable,
        names,
        separator=dialect.separator,
        header_line=dialect.line,
        has_title=dialect.has_title,
        skip=skip,
        sample=_csv_sample(text, dialect.separator, skip, len(names), whole=whole),
    )


def _csv_sample(
    text: str, separator: str, skip: int, width: int, *, whole: bool
) -> tuple[tuple[str, ...], ...]:
    """Return the cells of the first orders of a CSV file, without a last row that may be cut off."""
    rows: list[tuple[str, ...]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    with suppress(csv.Error):  # the scan reports the row
        rows.extend(map(tuple, reader))
    complete = rows[skip:] if whole else rows[skip:-1]
    return tuple(cells for cells in complete if len(cells) == width)


def _detect_json(readable: Readable, text: str, *, whole: bool) -> OrderFile:
    """Detect the columns of a JSONL file of orders from its first characters: paths such as `outer.inner`."""
    if not whole and "\n" not in text:
        raise InvalidData(f"{readable.source} {readable.unit} 1 is longer than {HEAD // 1024} KiB")
    orders: list[dict[str, str]] = []
    problem = ""
    # Not splitlines(): a JSON text may contain other line separators, such as U+2028.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                order = json.loads(line, parse_float=Number, parse_int=Number)
            except (ValueError, RecursionError):
                problem = problem or f"{readable.unit} {number} is not JSON"
                continue
            orders.append(dict(member_texts(order)))
    names = tuple(dict.fromkeys(path for order in orders for path in order))
    if not orders and problem:
        raise InvalidData(f"{readable.source} {problem}")
    sample = tuple(tuple(order.get(name, "") for name in names) for order in orders)
    return OrderFile(readable, names, sample=sample)


def member_texts(value: object, before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each member in an order: `{"a": {"b": 1}}` has `a.b`, which is 1.

    A list is one member, `lines`; the members of its objects have paths such as `lines[].app` and no text,
    and those of its first object also paths such as `lines[0].app`, with their text.
    """
    if isinstance(value, list):
        yield from dict.fromkeys((f"{before}[]{path}", "") for item in value for path in _paths(item))
        if value and isinstance(value[0], dict):
            yield from member_texts(value[0], f"{before}[0]")
    if not isinstance(value, dict):
        if before:
            yield before, _text(value)
        return
    for name, inner in value.items():
        yield from member_texts(inner, f"{before}.{name}" if before else name)


def _paths(item: object) -> Iterator[str]:
    """Yield the paths of the members in an item of a list, each with a dot before it: `.app`."""
    if isinstance(item, dict):
        for path, _ in member_texts(item):
            yield f".{path}"


def _text(value: object) -> str:
    """Return the text of a member in an order; a list is JSON, and null is empty."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)
