"""Command line: arguments in, exit code out. The only package that imports Typer.

    docs         help texts, man pages and README tables, generated from the command tree
    commands     one module for each command, at the path of its words
    completion   candidates for TAB, and the scripts of the shells
    runtime      context, console, messages, prompts, input, output, connections, exit codes

__main__ ─► commands.root.run ─► a command, loaded when it is used: read, call, show
                 │                   │
                 └ errors become     └ Context: console, settings, API client
                   exit codes
"""
