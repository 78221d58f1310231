"""Command line: arguments in, exit code out. The only package that imports Typer.

    docs         help texts, man pages and README tables, generated from the command tree
    commands     one module for each command: `rules pause` is commands/rules/pause.py
    completion   completion candidates, and the completion scripts for bash, zsh and fish
    runtime      context, console, messages, prompts, input, output, connections, exit codes

__main__ ─► commands.root.run ─► a command, imported on use: read input, call the API, show the result
                 │                   │
                 └ errors become     └ Context: console, settings, API client
                   exit codes
"""
