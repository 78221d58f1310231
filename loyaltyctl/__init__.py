"""Run a Wix Loyalty programme from the command line.

The house, from the top; every import points down the stairs, siblings never meet:

    cli                          argv in, exit code out
    apply  sandbox  render       files and plans to calls · the API on SQLite · values to text
    api    config                the Earning Rules API over HTTP · profiles and credentials
    model                        earning rules and triggers: how the vendor spells things
    intake                       text from outside made into values
    errors                       what can go wrong, and what to do next
"""

__version__ = "0.1.0"
