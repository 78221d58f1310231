"""Plans and their execution: many changes in one run, recorded so that nothing is lost or done twice.

Changes:
    plan          current rules + desired rules ─► Plan, a pure function
    plan_files    Plan ◄─► a file to review
    refresh       Plan + the rules of the site now ─► what is left of it, or a Conflict
    execute       Plan ─► results, on one site
    bulk_create   creations ─► results, in chunks of 100
    site          client, ledger and clock of the site that a run changes
    parallel      the same on many sites
    merge         the rules of a site ─► rules files

Records:
    database      the SQLite file of a ledger, one for each site, and its locks
    ledger        writes runs and their steps
    recorder      writes the changes of single commands
    history       reads runs; selects what a rollback restores
    matching      finds rules whose creation was sent, and not acknowledged
    journal_0_1   imports the journals of version 0.1.0
"""
