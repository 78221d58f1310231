"""Fetch the orders of a site into a JSONL file, so that an interrupted fetch can continue.

pages of the API ──► download   reduce each order, append each page
                       ├─► counts         months, triggers, orders that need --trigger
                       └─► partial_file   FILE.part, and its state: request, cursor, size
                             └─ at the end renamed to FILE
"""
