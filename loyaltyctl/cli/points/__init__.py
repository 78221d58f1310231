"""`loyaltyctl points`: the commands of the group, in the order in which its help lists them."""

from __future__ import annotations

from loyaltyctl.cli import command
from loyaltyctl.cli.command import Command
from loyaltyctl.cli.points import backtesting, calculating, solving

app = command.app("Points: what a purchase earns, and what a rule would have cost.")

app.command("simulate", cls=Command)(calculating.simulate)
app.command("table", cls=Command)(calculating.table)
app.command("solve", cls=Command)(solving.solve)
app.command("backtest", cls=Command)(backtesting.backtest)
