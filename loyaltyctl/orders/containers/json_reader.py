"""Pull parser for large JSON files of orders: it holds one value at a time, and never a whole list.

Each value is checked by Python's JSON parser, and returned as it is written.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, NoReturn, cast

from loyaltyctl.errors import InvalidData, Location
from loyaltyctl.intake.values import Json, quoted
from loyaltyctl.orders.containers.readable import MAX_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_CHUNK = 1 << 20
"""Number of bytes that are read at once."""
_BLANKS = " \t\r\n\x1e\ufeff"
"""Characters between values. JSON text sequences put U+001E before each document."""
_NOT_BLANK = re.compile(f"[^{_BLANKS}]")

_BEGUN = re.compile("-?|t(ru?)?|f(a(ls?)?)?|n(ul?)?")
"""Text from which JSON can go on to a value: nothing, or the beginning of a number, true, false or null."""


class JsonReader:
    """Position in a JSON file of orders, from which values are read. `source` names the file in errors."""

    def __init__(self, file: BinaryIO, source: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._source = source
        self._text = ""
        self._at = 0
        self._lines = 1
        """Number of the line at the beginning of `_text`."""
        self._ended = False
        self.orders = 0
        """Number of orders that were read, for the place of an error in a file of one line."""

    def fail(self, problem: str, hint: str = "") -> NoReturn:
        """Raise InvalidData for the place that the JSON reader has reached."""
        line = self._lines + self._text.count("\n", 0, self._at)
        place = Location(self._source, item=self.orders + 1) if line == 1 else Location(self._source, line)
        raise InvalidData(problem, at=place, hint=hint or "Check the file with: jq . FILE")

    def peek(self) -> str:
        """Return the next character of the JSON text that is not blank, without reading it; "" at the end."""
        character = self._text[self._at : self._at + 1]
        if character and character not in _BLANKS:  # the usual case, without a search
            return character
        while not (match := _NOT_BLANK.search(self._text, self._at)):
            self._at = len(self._text)
            if not self._fill():
                return ""
        self._at = match.start()
        return match[0]

    def value(self) -> tuple[str, Json]:
        """Read a JSON value, and return it as it is written, and parsed."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                # The value may go on beyond the text that was read so far.
                if len(self._text) - self._at > MAX_LINE or not self._fill():
                    self._fail_malformed(error)
                continue
            except RecursionError:
                self.fail("is nested too deep")
            except _NotJson as error:
                self.fail(str(error))
            except ValueError:  # of `int`, which limits the number of digits
                self.fail("a number of too many digits")
            if end == len(self._text) and self._fill():  # a number may go on
                continue
            if end - self._at > MAX_LINE:
                self._fail_too_long()
            text = self._text[self._at : end]
            self._at = end
            return text, cast("Json", value)

    def members(self) -> Iterator[str]:
        """Read the JSON object that begins here: yield each name; the caller then reads its value."""
        self._expect("{")
        names: set[str] = set()
        while self.peek() != "}":
            if names:
                self._expect(",")
            if self.peek() != '"':
                self.fail("a member has no name in quotes")
            name = str(self.value()[1])
            if name in names:
                self.fail(f"the member {quoted(name)} appears twice in one object")
            names.add(name)
            self._expect(":")
            yield name
        self._expect("}")

    def elements(self) -> Iterator[None]:
        """Read the JSON list that begins here: yield before each element; the caller then reads it."""
        self._expect("[")
        first = True
        while self.peek() != "]":
            if not first:
                self._expect(",")
            first = False
            yield
        self._expect("]")

    def skip(self, levels: int) -> None:
        """Read a JSON value without keeping it. Lists may be of any size, `levels` levels deep in objects."""
        start = self.peek()
        if levels and start == "[":
            for _ in self.elements():
                self.value()
        elif levels and start == "{":
            for _ in self.members():
                self.skip(levels - 1)
        else:
            self.value()

    def _expect(self, character: str) -> None:
        """Read one character of the JSON syntax, such as a comma."""
        found = self.peek()
        if not found:
            self.fail("the JSON text is cut off", "Export or download it again.")
        if found != character:
            self.fail(f"{quoted(found)} where JSON has {quoted(character)}")
        self._at += 1

    def _fill(self) -> bool:
        """Read more of the JSON text. Returns False at its end. Raises InvalidData if it is not UTF-8."""
        if self._ended:
            return False
        data = self._file.read(_CHUNK)
        self._ended = not data
        try:
            more = self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError:
            self.fail("is not UTF-8 here or in the lines below")
        if self._ended:
            return False
        self._lines += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + more
        self._at = 0
        return True

    def _fail_malformed(self, error: json.JSONDecodeError) -> NoReturn:
        """Raise InvalidData for a JSON value that is malformed, cut off or too long."""
        rest = self._text[error.pos :].strip()
        if error.msg.startswith("Unterminated string") or _BEGUN.fullmatch(rest):
            if not self._ended:
                self._fail_too_long()
            self.fail("the JSON text is cut off", "Export or download it again.")
        self._at = max(self._at, error.pos)
        self.fail(f"malformed JSON: {error.msg.lower().removesuffix(' at')}")

    def _fail_too_long(self) -> NoReturn:
        """Raise InvalidData for a JSON value beyond the limit."""
        hint = "Give the path of the list of orders: --records PATH"
        self.fail(f"a JSON value of more than {MAX_LINE} characters", hint)


class _NotJson(ValueError):
    """Constant that Python's parser accepts and JSON does not have."""


def _reject_constant(text: str) -> Json:
    """Raise _NotJson for NaN, Infinity and -Infinity."""
    raise _NotJson(f"{text} is not a JSON number")


_DECODER = json.JSONDecoder(parse_constant=_reject_constant)
