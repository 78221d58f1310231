"""Many changes in one go, and what became of each: journals on disk, so that nothing is lost or doubled.

    planning    rules that are there + rules that are wanted ─► Plan          a pure function
    plan_files  Plan ─► a file to review ─► Plan
    freshness   Plan + the rules that are there now ─► what is left of it, or stale
    applying    Plan ─► steps, each in the ledger ─► api ─► outcomes          one site
    ledger      what is planned, being sent, done; past reads it, notes adds what single commands do
    abreast     the same on many sites at once
    merging     the rules of a site ─► a file of rules, or the least edit of one

    bulk        drafts ─► chunks, each in the journal ─► api ─► facts         any number of creations

Where an answer was lost, the site is asked what it has.
"""
