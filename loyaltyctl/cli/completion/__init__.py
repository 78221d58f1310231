"""Completion: what TAB offers in bash, zsh and fish.

    command tree ──► table.py ──► words.tsv ─┐         (python3 -m loyaltyctl.cli.docs)
                                             ▼
    TAB ──► scripts/ ──► loyaltyctl ──► offers.py ──► scripts/ ──► the shell's menu
                                             ▲
    config.toml, rules that were seen ───────┘

The three scripts know how their shell is spoken to and nothing else; offers.py decides,
and loads neither a parser nor the tree for it.
"""
