"""Events published by Wix."""

from __future__ import annotations

import json
from typing import Any

from tests.model.examples import GOLDEN

PUBLISHED = sorted(path.stem for path in (GOLDEN / "events").glob("*.json"))


def published(name: str) -> Any:
    return json.loads((GOLDEN / "events" / f"{name}.json").read_text())
