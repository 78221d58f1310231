"""Reference texts: help topics, and the files that are generated from the command tree.

tree.py          nodes of the command tree
blocks.py        paragraphs, definition lists and literal lines: the parts of a text
topics.py        help topics: exit codes, environment, formats, points, webhooks, files
plain_text.py    a topic as text for the terminal
man_pages.py     man pages (roff)
words.py         the table for shell completion
reference.py     all generated files
__main__.py      python3 -m loyaltyctl.cli.docs, which writes them
"""
