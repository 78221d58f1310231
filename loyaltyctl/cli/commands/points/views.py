"""Views of awards for `points simulate` and `points table`, and of smallest spends for `points solve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.outputs import points as outputs
from loyaltyctl.points.exact import format_exact, format_rounded, json_number
from loyaltyctl.render.views import Column, Grid, View

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from fractions import Fraction

    from loyaltyctl.points.awards import Award
    from loyaltyctl.points.formulas import Rounding
    from loyaltyctl.render.views import Cell

BASE = "base"
"""Name of the base tier in tables: the base tier has no id."""
PLACES = 4
"""Number of decimals in a table for an exact value whose decimals never end."""
GAP = 2
"""Number of spaces between the columns of a table."""


class AwardLine(NamedTuple):
    """Line in the view of awards: the award for one amount, in one tier, under one rule."""

    rule: str
    tier: str | None
    amount: Decimal
    award: Award

    @property
    def heading(self) -> str:
        """The column heading for this award, in a view of awards with a column for each rule and tier."""
        return " ".join(filter(None, (self.rule, _tier_name(self.tier))))

    @property
    def output(self) -> outputs.Award:
        """The JSON of the award in the view of awards."""
        return outputs.Award(
            self.rule or None,
            format(self.amount, "f"),
            self.tier,
            json_number(self.award.points),
            format_exact(self.award.exact),
            "; ".join(self.award.steps),
        )


def _tier_name(tier: str | None) -> str:
    """Return the name of a tier in the views of awards and spends: its id, or `base`."""
    return tier or BASE


def _approximate(value: Fraction) -> str:
    """Return exact points for the views of awards, such as `2.5`, or `≈3.3333` if the decimals never end."""
    text = format_exact(value)
    return f"≈{format_rounded(value, PLACES)}" if "/" in text else text


def awards_view(rounding: Rounding, lines: Sequence[AwardLine], *, explain: bool) -> View[AwardLine]:
    """Return the view of awards: rules and tiers side by side, or with --explain the calculation in steps."""
    rule = (Column[AwardLine]("RULE", lambda line: line.rule),) if any(line.rule for line in lines) else ()
    how = (Column[AwardLine]("HOW", lambda line: "; ".join(line.award.steps)),) if explain else ()
    return View(
        columns=(
            *rule,
            Column("AMOUNT", lambda line: format(line.amount, "f"), whole=True),
            Column("TIER", lambda line: _tier_name(line.tier), whole=True),
            Column("POINTS", lambda line: format_exact(line.award.points), whole=True),
            Column("EXACT", lambda line: format_exact(line.award.exact), whole=True),
            *how,
        ),
        output=lambda line: line.output,
        id=lambda line: format_exact(line.award.points),
        output_type=outputs.Award,
        whole=lambda _, results: outputs.Awards(rounding, results),
        grid=_explained_grid if explain else _side_by_side_grid,
    )


def _side_by_side_grid(lines: Sequence[AwardLine], width: int) -> Grid | None:
    """Return the table in the view of awards: a row for each amount, a column for each rule and tier.

    None if the table is wider than the terminal, or if two columns would have the same heading.
    """
    headings = list(dict.fromkeys(line.heading for line in lines))
    amounts = list(dict.fromkeys(line.amount for line in lines))
    cells = {(line.amount, line.heading): _award_cell(line.award) for line in lines}
    needed = sum(
        GAP + max(len(heading), *(len(cells[one, heading]) for one in amounts)) for heading in headings
    )
    if len(cells) != len(lines) or needed + max(len(str(one)) for one in amounts) > width:
        return None
    rows: list[tuple[Cell, ...]] = [
        (format(one, "f"), *(cells[one, heading] for heading in headings)) for one in amounts
    ]
    return Grid.of(
        ["AMOUNT", *(heading.upper() if heading == BASE else heading for heading in headings)], rows
    )


def _award_cell(award: Award) -> str:
    """Return the cell of an award in the view of awards: points, and the value before rounding."""
    return f"{format_exact(award.points)} ({_approximate(award.exact)})"


def _explained_grid(lines: Sequence[AwardLine], _: int) -> Grid:
    """Return the table in the view of awards with --explain: a row for each step of the calculation.

    The numbers of an award are in the row of its first step.
    """
    rows: list[tuple[Cell, ...]] = []
    for line in lines:
        first: tuple[Cell, ...] = (line.rule, format(line.amount, "f"), _tier_name(line.tier))
        sums = (format_exact(line.award.points), _approximate(line.award.exact))
        for i, step in enumerate(line.award.steps):
            rows.append((*(("",) * 5 if i else (*first, *sums)), step))
    header = ["RULE", "AMOUNT", "TIER", "POINTS", "EXACT", "HOW"]
    unnamed = not any(line.rule for line in lines)
    return Grid.of(header[unnamed:], [row[unnamed:] for row in rows])


class SpendLine(NamedTuple):
    """Line in the view of smallest spends: the least `amount` that earns `points`; None if no amount does."""

    rule: str
    tier: str | None
    points: int
    amount: Fraction | None

    @property
    def output(self) -> outputs.Spend:
        """The JSON of a line in the view of spends, like `AwardLine.output` for the view of awards."""
        amount = None if self.amount is None else format_exact(self.amount)
        return outputs.Spend(self.rule or None, self.tier, self.points, amount)


def spends_view(rounding: Rounding, spends: Sequence[SpendLine]) -> View[SpendLine]:
    """Return the view of the smallest spends that `points solve` finds."""
    rule = (
        (Column[SpendLine]("RULE", lambda spend: spend.rule),) if any(spend.rule for spend in spends) else ()
    )

    return View(
        columns=(
            *rule,
            Column("POINTS", lambda spend: spend.points),
            Column("TIER", lambda spend: _tier_name(spend.tier), whole=True),
            Column(
                "SPEND",
                lambda spend: None if spend.amount is None else format_exact(spend.amount),
                whole=True,
            ),
        ),
        output=lambda spend: spend.output,
        id=lambda spend: "" if spend.amount is None else format_exact(spend.amount),
        output_type=outputs.Spend,
        whole=lambda _, results: outputs.Spends(rounding, results),
    )


COMMAND = View[str](
    columns=(Column("RUN", str, whole=True),),
    output=outputs.CommandLine,
    id=str,
    output_type=outputs.CommandLine,
)
"""View of the command line that `points backtest --example` prints."""
