"""The manual: the command tree as it is read, topics, and the pages made of both.

tree.py      the commands, by their words
blocks.py    paragraphs, terms and lines: what a text is made of
plain.py     a text for the terminal
topics.py    what is no command: exit codes, environment, formats, points, webhooks, files
pages.py     man pages (roff)
reading.py   the command `help`
"""
