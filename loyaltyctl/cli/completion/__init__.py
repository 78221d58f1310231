"""Shell completion for bash, zsh and fish.

    command tree ──► docs/words.py ──► words.tsv ─┐            (python3 -m loyaltyctl.cli.docs)
                                                  ▼
    TAB ──► scripts/ ──► loyaltyctl ──► candidates.py ──► scripts/ ──► the shell's menu
                                                  ▲
    config.toml, cached rules ────────────────────┘

Each script only translates between its shell and candidates.py, which loads neither Typer nor the commands:
completion must be faster than a command.
"""
