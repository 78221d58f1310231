"""All attacks, in the order of a checklist.

A algorithm, B key confusion, C keys in the header, D kid, E signature, F critical and unknown header members,
G serialization, H base64, I text, J JSON at each layer, K claims. An attack from the advisory of a library is named
after the advisory.
"""

from __future__ import annotations

from itertools import chain

from tests.tokens.attacks.algorithms import by_algorithm, by_confusion
from tests.tokens.attacks.contents import by_claim, by_json
from tests.tokens.attacks.forms import by_serialization, by_spelling, by_text
from tests.tokens.attacks.headers import by_header_key, by_kid, by_misunderstanding
from tests.tokens.attacks.signatures import by_signature

ATTACKS = tuple(
    chain(
        by_algorithm(), by_confusion(), by_header_key(), by_kid(), by_signature(), by_misunderstanding(),
        by_serialization(), by_spelling(), by_text(), by_json(), by_claim(),
    )
)  # fmt: skip

ADVISORIES = (
    "CVE-2017-11424", "CVE-2022-29217", "CVE-2023-6681", "CVE-2024-28102", "CVE-2024-33663", "CVE-2024-33664", "CVE-2024-37568", "CVE-2025-45768", "CVE-2025-59420",
    "CVE-2025-65015", "CVE-2026-32597", "CVE-2026-48522", "CVE-2026-48523", "CVE-2026-48525", "CVE-2026-48526", "CVE-2026-48990", "CVE-2026-85394", "CVE-2026-102266",
    "CVE-2026-102267", "CVE-2026-102268", "CVE-2026-102269", "CVE-2026-102273", "CVE-2026-102274", "CVE-2026-102275", "GHSA-8wjv", "GHSA-9pg5-8c7x-5hfx",
)  # fmt: skip
