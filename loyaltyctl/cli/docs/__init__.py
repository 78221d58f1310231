"""Documentation: help topics, and the generator of help texts, man pages and README tables.

tree.py          nodes of the command tree
blocks.py        blocks of a text: paragraphs, definition lists, literal lines
topics.py        help topics: exit codes, environment, formats, points, webhooks, files
plain_text.py    format a help topic for the terminal
man_pages.py     format man pages (roff)
words.py         format the table for shell completion, words.tsv
reference.py     list and write all generated files
__main__.py      python3 -m loyaltyctl.cli.docs: write them
"""
