"""Earning rules and their triggers: the one package that knows how the vendor spells things.

    what a person writes ─► drafts.validate ─► RuleDraft ──┐
    what the API answers ─► EarningRule.read ◄──────────┘  (both hold the wire's own document)
    either of the two    ─► awards.schedule ─► what `points` calculates with
    inputs, outputs      ─► schemas.SCHEMAS ─► JSON Schemas of what is read and printed

Reading is lenient, since the vendor's pages, SDKs and live answers disagree; it
keeps every field it does not know. Writing is strict: limits, choices and
combinations are checked before anything is sent. Only the strict half needs
pydantic, so only what checks input loads it, such as `rules create`, `validate`, `diff` and
`points -f`, and beside that `schema` and the sandbox.
"""
