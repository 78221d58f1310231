"""Run a Wix Loyalty program from the command line.

The layers, from the top; imports go down only, and packages of one row do not import each other:

    cli                           arguments in, exit code out
    apply | backtest | sandbox    changes · points of past orders · local API on SQLite
      | webhooks | render         events, received and sent · values to text
    orders                        order files to one table
    api | config                  client of the vendor's API · settings and credentials
    tokens | serving              signed tokens · HTTP server
    transport                     HTTP client
    contract                      this program's own JSON
    model                         the vendor's rules, triggers and events
    points                        arithmetic
    intake                        parsers and file access
    errors                        exceptions
"""

__version__ = "0.1.0"
RELEASED = "2026-11-21"
"""The day of that version: CHANGELOG.md has it too."""
