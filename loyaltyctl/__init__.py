"""Run a Wix Loyalty program from the command line.

The layers, from the top; imports go down only, and packages of one layer do not import each other:

    cli                                        argv in, exit code out
    apply  backtest  sandbox  receiver  render plans to calls · orders to sums · the API on SQLite ·
                                               webhooks to files · values to text
    api    events    config   serving          the API over HTTP · signatures · profiles · sockets
    model                                      rules, triggers, events: how the vendor spells things
    points                                     the maths
    intake                                     text from outside made into values
    errors                                     what can go wrong, and what to do next
"""

__version__ = "0.1.0"
RELEASED = "2026-11-21"
"""The day of that version: CHANGELOG.md has it too."""
