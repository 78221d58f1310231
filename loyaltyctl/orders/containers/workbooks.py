"""Read workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): the only module that imports python-calamine.

Runs in a process of its own (`table_process`): a malformed workbook can make the library abort the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.containers.sheet_choice import Sheet, choose_sheets, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from loyaltyctl.orders.containers.cells import Cell

MAX_ROWS = 1_048_576
"""Maximum number of rows of a sheet, in Excel and elsewhere. A malformed sheet may claim billions of them."""
MAX_SHEETS = 1000
"""Maximum number of sheets of a workbook: to find one with rows, each before it is read."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Name of the part of a compound file that is an encrypted .xlsx workbook."""
_LISTED = 5
"""Maximum number of sheets that a message lists."""


class Table(NamedTuple):
    """Rows of cells of a spreadsheet, from its first row on, and the note which part of the file they are."""

    rows: Callable[[], Iterable[Sequence[Cell]]]
    note: str = ""


def read_workbook(path: Path, source: str, sheet: str | None, names: Collection[str] = ()) -> Table:
    """Return the rows of the sheets with the orders: `sheet`, or the visible ones whose headers tell it.

    `names` are the normalized names of columns of orders. Hidden sheets are read if no other has rows.
    Raises InvalidData if the workbook is encrypted, damaged or empty, UsageError if there is no such sheet.
    """
    import python_calamine

    try:
        with path.open("rb") as file:
            workbook = python_calamine.CalamineWorkbook.from_filelike(file)
        for group in _sheet_names(workbook, source, sheet):
            found = [(name, workbook.get_sheet_by_name(name)) for name in group]
            sheets = [Sheet(name, one.iter_rows) for name, one in found if one.start is not None]
            if sheets:
                chosen = choose_sheets(sheets, names, source)
                note = sheet_note([one.name for one in chosen], workbook.sheet_names)
                return Table(joined(chosen), note)
    except python_calamine.CalamineError as error:
        if isinstance(error, python_calamine.PasswordError) or _ENCRYPTED in path.read_bytes():
            hint = "Save it without a password, or save the sheet as CSV."
            raise InvalidData(f"{source}: the workbook is encrypted", hint=hint) from None
        raise damaged(source) from None
    raise without_rows(source, sheet)


def damaged(source: str) -> InvalidData:
    """Return the error for a workbook that cannot be read."""
    hint = "Open it in a spreadsheet program and save the sheet with the orders as CSV."
    return InvalidData(
        f"{source}: the workbook is damaged, or uses features that cannot be read here", hint=hint
    )


def _sheet_names(workbook: Any, source: str, sheet: str | None) -> list[list[str]]:
    """Return the names of the sheets of a workbook that may have the orders: visible ones, then others."""
    import python_calamine

    sheets = workbook.sheets_metadata
    if sheet is not None:
        if not (named := [one.name for one in sheets if one.name.casefold() == sheet.casefold()]):
            raise without_sheet(source, sheet, [one.name for one in sheets])
        return [named]
    if len(sheets) > MAX_SHEETS:
        message = f"{source}: a workbook of {len(sheets)} sheets, the limit is {MAX_SHEETS}"
        raise InvalidData(message, hint="Name the sheet with the orders: --records SHEET")
    visible = python_calamine.SheetVisibleEnum.Visible
    tables = [one for one in sheets if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
    is_visible = [one.visible == visible for one in tables]
    return [
        [one.name for one, has in zip(tables, is_visible, strict=True) if has is wanted]
        for wanted in (True, False)
    ]


def sheet_note(read: Sequence[str], names: Sequence[str]) -> str:
    """Return the note which sheets of a workbook were read, and which of its sheets were not."""
    others = [other for other in names if other not in read]
    shown = f"sheet {quoted(read[0])}"
    if len(read) > 1:
        shown = f"sheets {_listed(read)}, one after another: their rows are counted on"
    return shown + (f" (not read: {_listed(others)})" if others else "")


def without_sheet(source: str, sheet: str, names: Sequence[str]) -> UsageError:
    """Return the error for a workbook that has no sheet of the name that the user gave."""
    return UsageError(f"{source} has no sheet {quoted(sheet)}", hint=f"Its sheets: {_listed(names)}.")


def without_rows(source: str, sheet: str | None) -> InvalidData:
    """Return the error for a workbook without rows: in the sheet that the user named, or in any."""
    subject = "no sheet of the workbook" if sheet is None else f"its sheet {quoted(sheet)}"
    verb = "has rows" if sheet is None else "has no rows"
    return InvalidData(f"{source} is empty: {subject} {verb}")


def _listed(names: Sequence[str]) -> str:
    """Return the names of sheets for a message: the first ones and the number of the others, or "none"."""
    more = [f"{len(names) - _LISTED} more"] if len(names) > _LISTED else []
    return ", ".join([*map(quoted, names[:_LISTED]), *more]) or "none"
