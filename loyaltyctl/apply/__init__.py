"""Many changes in one go, and what became of each: journals on disk, so that nothing is lost or doubled.

    plan        rules that are there + rules that are wanted ─► Plan          a pure function
    plan_files  Plan ─► a file to review ─► Plan
    refresh     Plan + the rules that are there now ─► what is left of it, or stale
    execute     Plan ─► steps, each in the ledger ─► api ─► outcomes          one site
    ledger      what is planned, being sent, done; history reads it, recorder adds what single commands do
    parallel    the same on many sites at once
    merge       the rules of a site ─► a file of rules, or the least edit of one

    bulk_create drafts ─► chunks, each in the journal ─► api ─► facts         any number of creations

Where an answer was lost, the site is asked what it has.
"""
