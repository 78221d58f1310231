"""Shell completion for bash, zsh and fish.

    command tree ──► docs/words.py ──► words.tsv ─┐            (python3 -m loyaltyctl.cli.docs)
                                                  ▼
    TAB ──► scripts/ ──► loyaltyctl ──► candidates.py ──► scripts/ ──► the shell's menu
                                                  ▲
    config.toml, cached rules ────────────────────┘

Each script only translates between its shell and candidates.py. That module imports neither Typer nor the
commands: a person waits for the menu after each TAB.
"""
