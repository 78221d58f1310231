"""Arguments and options shared by several `rules` commands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from typer import Argument, Option

Ids = Annotated[list[str], Argument(metavar="ID...", help="Ids of rules.", show_default=False)]

# The award of a rule; the options of its other fields are made from the rule table (field_options.py).
Points = Annotated[str | None, Option("--points", metavar="N", help="Points each time, or for each --per.")]
Per = Annotated[str | None, Option("--per", metavar="MONEY", help="Amount spent that earns --points once.")]
TierAwards = Annotated[
    list[str] | None,
    Option(
        "--tier",
        metavar="TIER=POINTS[/MONEY]",
        help="Another award for a tier; repeatable.",
        show_default=False,
    ),
]


class OnError(StrEnum):
    """Values of the option --on-error: stop a run after an error, or continue."""

    STOP = "stop"
    CONTINUE = "continue"


# Plans for one or more sites.
From = Annotated[
    str | None, Option("--from", metavar="PROFILE", help="Copy the rules of this profile's site.")
]
To = Annotated[
    list[str] | None,
    Option(
        "--to",
        metavar="PROFILE",
        help="Change this profile's site; repeatable, may have *.",
        show_default=False,
    ),
]
TierMapping = Annotated[
    list[str] | None,
    Option(
        "--tier",
        metavar="FROM=TO",
        help="Id of a tier on the source, and on the destination; repeatable.",
        show_default=False,
    ),
]
Prune = Annotated[
    bool, Option("--prune", help="Delete rules that are not in the file; pause those that cannot be deleted.")
]
ContinueOnError = Annotated[
    OnError,
    Option("--on-error", metavar="WHAT", help="stop: change nothing after an error; continue: try the rest."),
]
PlanOut = Annotated[
    str | None, Option("--out", metavar="PLAN", help="Write the plan to a file; change nothing.")
]
