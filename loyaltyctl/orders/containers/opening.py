"""Open an order file of any container: recognize its first bytes, convert it if DuckDB cannot read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.containers import compressed, encodings, json_records, tables, zip_files
from loyaltyctl.orders.containers.copies import new_copy, shown
from loyaltyctl.orders.containers.readable import GZIP, HEAD, Layout, Readable
from loyaltyctl.orders.containers.signatures import Kind, Refused, is_binary, mismatch_note, recognize
from loyaltyctl.orders.containers.zstd_frames import check_complete

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.orders.containers.readable import Options

    _Decompress = Callable[[Path, Path, str], None]

MAX_NESTING = 3
"""Maximum number of containers in each other, such as a gzip file in a zip file."""
_JSONL_SUFFIXES = (".jsonl", ".ndjson")
_BLANK = b"\xef\xbb\xbf \t\r\n"
"""Bytes of a file without orders: blanks, and the bytes of a byte order mark."""
_PACKED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


def open_order_file(
    path: Path, source: str, folder: Path, options: Options, decompress_zstd: _Decompress
) -> Readable:
    """Return the order file at `path` as a file that DuckDB reads; converted copies are written to `folder`.

    Messages name the file `source`. `decompress_zstd` decompresses a Zstandard file into another file, and
    gets its name for messages: Python before 3.14 cannot decompress it. Raises InvalidData for a file that
    has no readable orders, and UsageError for options that do not fit.
    """
    if options.encoding is not None:
        options = options._replace(encoding=encodings.check_name(options.encoding))
    return _Opener(source, folder, options, decompress_zstd).open(path, Path(source).name)


class _Opener(NamedTuple):
    """Arguments to open one order file, for each of the containers that are in each other."""

    source: str
    folder: Path
    options: Options
    decompress_zstd: _Decompress
    nesting: int = 0

    def open(self, path: Path, name: str) -> Readable:
        """Return the order file at `path`, named `name` in its container, as a file that DuckDB reads."""
        with path.open("rb") as file:
            head = file.read(HEAD)
        whole = len(head) < HEAD
        if not head.strip(_BLANK):
            raise InvalidData(f"{self.source} is empty")
        if not is_binary(head):
            encoding = self.options.encoding or encodings.detect(head, whole=whole)
            if encoding != encodings.UTF_8:
                return self._open_encoded(path, name, encoding)
        kind = recognize(head)
        if kind is Kind.ZIP:
            kind = zip_files.kind_of(path, self.source)
        if isinstance(kind, Refused):
            raise InvalidData(f"{self.source} is {kind.name}", hint=kind.hint)
        found = self._open_kind(path, name, kind, head, whole=whole)
        is_text = kind in (Kind.TEXT, Kind.JSON, Kind.HTML, Kind.XML)
        text_encoding = found.encoding or (encodings.UTF_8 if is_text else None)
        return found._replace(kinds=(kind.value, *found.kinds), encoding=text_encoding)

    def _open_kind(self, path: Path, name: str, kind: Kind, head: bytes, *, whole: bool) -> Readable:
        """Return an order file of a known kind as a file that DuckDB reads."""
        notes = mismatch_note(kind, Path(name).suffix.lower())
        readable = Readable(self.source, path, Layout.CSV, notes=notes)
        match kind:
            case Kind.TEXT | Kind.JSON:
                if layout := self._direct_layout(kind, head, name, whole=whole):
                    return readable._replace(layout=layout)
                return self._open_json(readable)
            case Kind.PARQUET:
                return readable._replace(layout=Layout.PARQUET, unit="row")
            case Kind.GZIP | Kind.BZIP2 | Kind.XZ | Kind.ZSTD:
                return self._open_compressed(readable, kind, name)
            case Kind.ZIP:
                return self._open_zip(readable)
            case Kind.WORKBOOK | Kind.HTML | Kind.XML:
                return self._open_table(readable, kind)

    def _direct_layout(self, kind: Kind, head: bytes, name: str, *, whole: bool) -> Layout | None:
        """Return the layout of an order file of lines by its first bytes; None for JSON of another form."""
        suffix = Path(name).suffix.lower()
        if kind is Kind.JSON:
            as_it_is = self.options.records is None and json_records.is_lines(head, whole=whole)
        else:
            as_it_is = suffix != ".json"
        if not as_it_is:
            return None
        return Layout.JSONL if kind is Kind.JSON or suffix in _JSONL_SUFFIXES else Layout.CSV

    def _open_encoded(self, path: Path, name: str, encoding: str) -> Readable:
        """Return an order file of another encoding than UTF-8, from a converted copy."""
        with path.open("rb") as file:
            copy = encodings.convert(file, self.source, self.folder, encoding)
        inner = self._replace(options=self.options._replace(encoding=encodings.UTF_8))
        found = inner.open_copy(copy, name, (encodings.note(encoding),))
        return found._replace(encoding=encodings.label(encoding))

    def _open_json(self, readable: Readable) -> Readable:
        """Return the orders of a JSON file that is not JSONL, from a JSONL copy."""
        path, notes = json_records.convert(readable.open, self.source, self.folder, self.options.records)
        return Readable(self.source, path, Layout.JSONL, unit="order", notes=readable.notes + notes)

    def _open_compressed(self, readable: Readable, kind: Kind, name: str) -> Readable:
        """Return a compressed order file: itself if it is gzip of lines, which DuckDB reads, or a copy."""
        inner = name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in _PACKED_SUFFIXES else name
        if kind is Kind.GZIP and (direct := self._gzipped_lines(readable, inner)):
            return direct
        if kind is Kind.ZSTD:
            check_complete(readable.path, self.source)
            with new_copy(self.folder) as (copy, _):
                self.decompress_zstd(readable.path, copy, self.source)
        else:
            copy = compressed.decompress(readable.path, kind, self.source, self.folder)
        return self.open_copy(copy, inner, readable.notes)

    def _gzipped_lines(self, readable: Readable, name: str) -> Readable | None:
        """Return a gzipped order file as it is if the data in it are UTF-8 lines, by its first bytes."""
        head = compressed.decompressed_head(readable.path, self.source)
        whole = len(head) < HEAD
        kind = recognize(head)
        if kind not in (Kind.TEXT, Kind.JSON) or not head.strip(_BLANK):
            return None
        if (self.options.encoding or encodings.detect(head, whole=whole)) != encodings.UTF_8:
            return None
        if not (layout := self._direct_layout(kind, head, name, whole=whole)):
            return None
        notes = readable.notes + mismatch_note(kind, Path(name).suffix.lower())
        return readable._replace(
            layout=layout, compression=GZIP, notes=notes, kinds=(kind.value,), encoding=encodings.UTF_8
        )

    def _open_zip(self, readable: Readable) -> Readable:
        """Return the one file with orders in a zip file."""
        inner, copy = zip_files.extract(readable.path, self.source, self.folder)
        return self.open_copy(copy, inner, (*readable.notes, f"the file {shown(inner)} in it"))

    def _open_table(self, readable: Readable, kind: Kind) -> Readable:
        """Return the table of a workbook, of an XML workbook or of an HTML page, from a CSV copy."""
        path, note = tables.convert_table(readable.path, kind, self.source, self.folder, self.options)
        return readable._replace(path=path, unit="row", notes=(*readable.notes, *filter(None, [note])))

    def open_copy(self, copy: Path, name: str, notes: tuple[str, ...]) -> Readable:
        """Return the order file in an unpacked copy, which is removed if another copy is made from it."""
        found = None
        try:
            if self.nesting == MAX_NESTING:
                message = f"{self.source}: more than {MAX_NESTING} containers in each other"
                raise InvalidData(message, hint="Unpack it, and give the file with the orders.")
            found = self._replace(nesting=self.nesting + 1).open(copy, name)
        finally:
            if found is None or found.path != copy:
                copy.unlink()
        return found._replace(notes=notes + found.notes)
