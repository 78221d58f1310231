"""Vendor resources: earning rules, their triggers and rules files, and webhook events.

    rule_table          the fields of a rule: validation, schemas, CSV and columns derive from it
    a person's input ─► normalization ─► draft_validation, desired_rules ─► RuleDraft ──┐
    a response       ─► EarningRule.read ◄──────────────────────────────────────────────┘
    either of them   ─► award_validation.schedule ─► the arithmetic of `points`

Reading is lenient, since the vendor's pages, SDKs and live responses disagree: fields that are
not in a table are kept. Writing is strict: limits, choices and combinations are validated
before anything is sent.
"""
