"""Many changes in one go, and what became of each: journals on disk, so that nothing is lost or doubled.

drafts ─► Journal (what is planned, being sent, done) ─► chunks ─► api ─► facts, chunk by chunk
             ▲                                                     │
             └──────────── reconciled with the site ◄──────────────┘  where an answer was lost
"""
