"""A local endpoint for webhooks: verify, store, answer, and only then do anything else.

POST ─► app ─► events (is it genuine?) ─► book (on the disk, synced) ─► 200
                                               │
                                               └─ afterwards: shown, forwarded
"""
