"""Sample exports of order sources: their files, and the names of their columns."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.intake.values import Json

SAMPLES = sorted(Path(__file__).with_name("samples").iterdir())
"""Sample exports: named by their source, perhaps with a word for the variant behind it."""
VARIANTS = {
    "wix-stores-2020": "wix-stores",
    "paypal-german": "paypal",
    "stripe-balance-itemized": "stripe-balance",
}
"""Source of the sample exports that are not named by it alone."""
_ENCODINGS = {"tiendanube": "latin-1"}


def source_name(sample: Path) -> str:
    """Return the name of the source of a sample export."""
    return VARIANTS.get(sample.stem, sample.stem)


def column_names(sample: Path) -> list[str]:
    """Return the names of the columns of a sample export; the paths of the members for JSON."""
    text = sample.read_bytes().decode(_ENCODINGS.get(sample.stem, "utf-8-sig"))
    if sample.suffix == ".json":
        document = json.loads(text)
        records = document if isinstance(document, list) else next(filter(_is_list, document.values()))
        return [*dict.fromkeys(path for record in records for path in _paths(record, ""))]
    header = text.partition("\n")[0]
    return next(csv.reader([header.strip()], delimiter=max(",;\t", key=header.count)))


def _is_list(value: Json) -> bool:
    """Return whether a member of a JSON envelope is its list of orders."""
    return isinstance(value, list)


def _paths(value: Json, path: str) -> Iterator[str]:
    """Yield the paths of all scalars in a JSON value; an item of a list by [] and by its index."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _paths(member, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, f"{path}[]")
            yield from _paths(item, f"{path}[{index}]")
    else:
        yield path
