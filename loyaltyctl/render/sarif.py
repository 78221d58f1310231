"""Format findings in files as SARIF 2.1.0, for code hosts and editors. Source: the OASIS standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from loyaltyctl import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.errors import Location
    from loyaltyctl.intake.values import Json, JsonObject

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class Finding(NamedTuple):
    """SARIF finding: its level (error, warning or note), the id of its SARIF rule, message and location."""

    level: str
    rule: str
    message: str
    spot: Location


def to_log(findings: Iterable[Finding]) -> JsonObject:
    """Format findings in files as a SARIF log with one run."""
    listed = [*findings]
    rules: list[Json] = [{"id": rule} for rule in dict.fromkeys(finding.rule for finding in listed)]
    driver: JsonObject = {"name": "loyaltyctl", "version": __version__, "rules": rules}
    results: list[Json] = [_sarif_result(finding) for finding in listed]
    # Columns count code points, as Python does; the default of SARIF is UTF-16 code units.
    run: JsonObject = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _sarif_result(finding: Finding) -> JsonObject:
    """Format a finding in a file as a result in a SARIF log."""
    # Python decodes invalid bytes of a file name to lone surrogates: surrogateescape restores the bytes.
    uri = quote(finding.spot.file.replace("\\", "/"), errors="surrogateescape")
    place: JsonObject = {"artifactLocation": {"uri": uri}}
    region = {"startLine": finding.spot.line, "startColumn": finding.spot.column}
    if finding.spot.line:
        place["region"] = {name: number for name, number in region.items() if number}
    return {
        "ruleId": finding.rule,
        "level": finding.level,
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
    }
