"""Webhook events: read them from files, receive, send and forward them.

file ─► event_files ─► reader ─► filter                          events decode, replay
POST ─► app ─► reader ─► event_log (synced to disk) ─► 200       events listen
└─ after the response: show the event, and forward it: forwarding ─► delivery
"""
