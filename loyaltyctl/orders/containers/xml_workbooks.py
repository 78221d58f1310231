"""Read workbooks in the XML format of Excel 2003, which shop systems write as .xml or .xls.

    Workbook > Worksheet (Name) > Table > Row (Index) > Cell (Index, MergeAcross) > Data (Type)

Runs in a process of its own (`table_process`), since XML can ask for any amount of time and memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from loyaltyctl.errors import InvalidData, Location
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.containers.cells import number_text, one_line
from loyaltyctl.orders.containers.workbooks import MAX_ROWS, Table, sheet_note, without_rows, without_sheet

if TYPE_CHECKING:
    from pathlib import Path

MAX_COLUMNS = 16_384
"""Limit of Excel, as MAX_ROWS: a cell beyond it is refused, since its index asks for that many blank ones."""
_CHUNK = 1 << 20
_PREFIX = "urn:schemas-microsoft-com:office:spreadsheet "
"""Namespace of the elements and attributes, as the parser puts it before their names."""


def read_xml_workbook(path: Path, source: str, name: str | None) -> Table:
    """Return the rows of the sheet with a name, or of the first that has rows, if `name` is None.

    The file must be UTF-8, whatever it declares. Raises InvalidData for malformed XML, and for a document
    type, which could define entities; UsageError if there is no sheet with the name.
    """
    sheet = _Sheet(source, name)
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                sheet.parser.Parse(chunk, False)  # noqa: FBT003 - the parser takes no names
            sheet.parser.Parse(b"", True)  # noqa: FBT003 - the parser takes no names
        except expat.ExpatError as error:
            place = Location(source, error.lineno)
            raise InvalidData("malformed XML", at=place, hint="Save it as CSV or .xlsx.") from None
    if name is not None and not sheet.is_wanted(sheet.name):
        raise without_sheet(source, name, sheet.names)
    if not sheet.rows:
        raise without_rows(source, name)
    return Table(lambda: sheet.rows, sheet_note([sheet.name], sheet.names) if sheet.name else "")


class _Sheet:
    """Handlers of an XML parser that collect the rows of the sheet `wanted`, or of the first with rows."""

    def __init__(self, source: str, wanted: str | None) -> None:
        self.rows: list[list[str]] = []
        self.name = ""
        """Name of the sheet of the rows."""
        self.names: list[str] = []
        """Names of all sheets that were reached."""
        self._source = source
        self._wanted = wanted
        self._chosen = 0
        """Number of the sheet of the rows."""
        self._row: list[str] = []
        self._merged = 0
        self._type = ""
        self._data: list[str] | None = None
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def is_wanted(self, name: str) -> bool:
        """Return whether the sheet with a name may be the one to read, if it has rows."""
        return self._wanted is None or name.casefold() == self._wanted.casefold()

    def _refuse_document_type(self, *_: object) -> None:
        """Refuse a document type: the entities that it defines can expand without limit."""
        message = f"{self._source}: an XML document with a document type, which may define entities"
        raise InvalidData(message, hint="Save it as CSV or .xlsx.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the begin of an element of the XML workbook."""
        element = name.removeprefix(_PREFIX)
        if element == "Worksheet":
            self.names.append(attributes.get(f"{_PREFIX}Name", ""))
            if not self.rows and self.is_wanted(self.names[-1]):
                self._chosen = len(self.names)
                self.name = self.names[-1]
        elif len(self.names) != self._chosen:
            return
        elif element == "Row":
            blank = self._index(attributes, MAX_ROWS, "row") - 1 - len(self.rows)
            self.rows += [[]] * blank
            self._row = []
        elif element == "Cell":
            blank = self._index(attributes, MAX_COLUMNS, "column") - 1 - len(self._row)
            self._row += [""] * blank
            self._merged = self._number(attributes.get(f"{_PREFIX}MergeAcross", "0"), MAX_COLUMNS, "column")
            self._row.append("")
        elif element == "Data":
            self._type = attributes.get(f"{_PREFIX}Type", "String")
            self._data = []

    def _end(self, name: str) -> None:
        """Handle the end of an element of the XML workbook."""
        element = name.removeprefix(_PREFIX)
        if len(self.names) != self._chosen:
            return
        if element == "Data" and self._data is not None and self._row:
            self._row[-1] = _data_text("".join(self._data), self._type)
            self._data = None
        elif element == "Cell":
            self._row += [""] * self._merged
        elif element == "Row":
            self.rows.append(self._row)

    def _text(self, text: str) -> None:
        """Collect the text of a cell of the XML workbook."""
        if self._data is not None:
            self._data.append(text)

    def _index(self, attributes: dict[str, str], limit: int, unit: str) -> int:
        """Return the index of a row or cell of the XML workbook, from 1; 0 if it follows the one before."""
        return self._number(attributes.get(f"{_PREFIX}Index", "0"), limit, unit)

    def _number(self, text: str, limit: int, unit: str) -> int:
        """Return a number of rows or columns in the XML workbook. Raises InvalidData beyond the limit."""
        if not text.isascii() or not text.isdigit() or len(text) > len(str(limit)) or int(text) > limit:
            place = Location(self._source, self.parser.CurrentLineNumber)
            message = f"{unit} {quoted(text)} does not exist in a sheet"
            raise InvalidData(message, at=place, hint="Save it as CSV or .xlsx.")
        return int(text)


def _data_text(text: str, data_type: str) -> str:
    """Return the text of a cell of an XML workbook by its type."""
    match data_type:
        case "Number":
            return number_text(text)
        case "Boolean":
            return {"1": "true", "0": "false"}.get(text, one_line(text))
        case "DateTime":
            return one_line(text).removesuffix(".000").removesuffix("T00:00:00")
        case _:
            return one_line(text)
