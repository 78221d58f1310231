"""Plans and their execution: many changes in one run, recorded so that nothing is lost or done twice.

Changes:
    plan                 current rules + desired rules ─► Plan, a pure function
    plan_files           Plan ◄─► a file to review
    refresh              Plan + current rules ─► the part of the plan that is still to do, or a Conflict
    execute              Plan ─► results, on one site
    bulk_create          creations ─► results, in chunks of 100
    site                 client, ledger and clock of the site that a run changes
    parallel             work on many sites, one thread each ─► one stream of results
    merge                rules of a site ─► edits of rules files (`rules export`)

Records:
    database             SQLite file of a ledger, one for each site
    locks                one run at a time on a site, and for a file of bulk-create
    ledger               records runs and their steps
    recorder             records the changes of commands that change one rule
    history              reads runs; selects what a rollback restores
    creations_in_doubt   finds the rules of creations whose response was lost
    journal_0_1          imports the journals of version 0.1.0
"""
