"""Options that the points commands share, and parsers of their values."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Option

from loyaltyctl.cli.commands.points.rules import NOT_STORABLE, read_schedules
from loyaltyctl.cli.runtime import flags
from loyaltyctl.errors import Detail, InvalidData, UsageError
from loyaltyctl.intake import money
from loyaltyctl.intake.values import MAX_WHOLE, guid, quoted
from loyaltyctl.points.awards import Earning, Schedule, whole_rate
from loyaltyctl.points.formulas import Refunds, Rounding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from loyaltyctl.cli.runtime.context import Context

MAX_DETAILS = 20
"""Maximum number of invalid lines in an error about amounts from standard input."""
AMOUNT_HINT = (
    f"Plain digits with a point, such as 49.90: up to {money.WHOLE_DIGITS} before it, {money.DECIMALS} after."
)

Per = Annotated[str | None, Option("--per", metavar="MONEY", help="The spend that earns --points once.")]
Points = Annotated[str | None, Option("--points", metavar="N", help="Points for each --per.")]
Fixed = Annotated[
    str | None, Option("--fixed", metavar="N", help="Points for each purchase, whatever its amount.")
]
RuleId = Annotated[str | None, Option("--rule", metavar="ID", help="The rule with this id, on the site.")]
Tier = Annotated[
    str | None, Option("--tier", metavar="TIER", help="Only this tier, not all that the rule has.")
]
Round = Annotated[
    Rounding, Option("--rounding", metavar="HOW", help="wix: drop cents first; floor: round down; exact.")
]
OnRefunds = Annotated[
    Refunds, Option("--refunds", metavar="HOW", help="Refunds: ignore them, or deduct their points.")
]
PointValue = Annotated[str | None, Option("--point-value", metavar="MONEY", help="The value of a point.")]


# Numbers


def number(text: str, option: str) -> Decimal:
    """Parse a number in an option of a points command. Raises UsageError."""
    value = money.parse_award_number(text)
    if value is None:
        raise UsageError(
            f"{option} must be a number in plain digits, got {quoted(text)}",
            hint=f"Such as 5 or 0.25, with at most {money.DECIMALS} decimals.",
        )
    return value


def positive_number(text: str, option: str) -> Decimal:
    """Parse a number above 0 in an option of a points command. Raises UsageError."""
    value = number(text, option)
    if not value:
        raise UsageError(f"{option} must be more than 0, got {quoted(text)}")
    return value


def percent(text: str, option: str) -> Fraction:
    """Parse a percentage in an option of a points command, such as `5%` or `5`. Raises UsageError."""
    if (value := money.parse_award_number(text.removesuffix("%"))) is None:
        raise UsageError(
            f"{option} must be a percentage in plain digits, got {quoted(text)}",
            hint=f"Such as 5% or 0.25%, with at most {money.DECIMALS} decimals.",
        )
    return Fraction(value)


def tier_id(text: str | None) -> str | None:
    """Parse the tier id in the option --tier; None if the option is not given. Raises UsageError."""
    return None if text is None else guid(text, "a tier id")


# Amounts


def amount(text: str, option: str = "--amount") -> Decimal:
    """Parse an amount of money in an option of a points command. Raises UsageError."""
    value = money.parse_amount(text)
    if value is None:
        raise UsageError(f"{option} {_invalid_amount_message(text)}", hint=AMOUNT_HINT)
    return value


def amounts(ctx: Context, texts: Sequence[str]) -> list[Decimal]:
    """Parse the amounts in the options --amount; "-" reads standard input, one amount per line."""
    if not texts:
        raise UsageError("no amount was given", hint="Give --amount 49.90, or --amount - for a pipe.")
    if "-" not in texts:
        return [amount(text) for text in texts]
    if len(texts) > 1:
        raise UsageError("--amount - reads all amounts from standard input; it cannot be repeated")
    return _amounts_from_stdin(ctx.inputs.read_text("-").splitlines())


def _amounts_from_stdin(lines: Iterable[str]) -> list[Decimal]:
    """Parse the lines of standard input for the shared option `--amount -`.

    Raises one InvalidData for all invalid lines; it shows the first MAX_DETAILS. Also raises InvalidData
    if there is no amount at all.
    """
    found: list[Decimal] = []
    wrong: list[Detail] = []
    for line_number, line in enumerate(lines, start=1):
        text = line.strip()
        value = money.parse_amount(text) if text else None
        if value is not None:
            found.append(value)
        elif text:
            wrong.append(Detail(_invalid_amount_message(text), where=f"standard input line {line_number}"))
    if wrong:
        lines_are = f"{len(wrong)} lines are" if len(wrong) > 1 else "one line is"
        raise InvalidData(
            f"standard input: {lines_are} not an amount of money",
            details=wrong[:MAX_DETAILS],
            hint=AMOUNT_HINT,
        )
    if not found:
        raise InvalidData("standard input is empty", hint="Give one amount per line.")
    return found


def _invalid_amount_message(text: str) -> str:
    """Return the error message of points options for text that is not an amount: `must be an amount …`."""
    return f"must be an amount of money, got {quoted(text)}"


# Rules


class RuleOptions(NamedTuple):
    """Options of a points command that give the rule to calculate with, the tier, and the rounding.

    The rule is given by its numbers, by its id on the site, or by a file.
    """

    per: Per = None
    points: Points = None
    fixed: Fixed = None
    rule: RuleId = None
    file: flags.File = None
    tier: Tier = None
    rounding: Round = Rounding.WIX

    def award_schedules(self, ctx: Context) -> list[Schedule]:
        """Return the award schedules (awards per tier) that these options of points commands select."""
        return award_schedules(ctx, self._earning(), self.rule, self.file)

    def _earning(self) -> Earning | None:
        """Return the award in the options --per, --points and --fixed; None if none of them is given."""
        if self.fixed is not None:
            if self.per is not None or self.points is not None:
                raise UsageError("--fixed and --per/--points are mutually exclusive")
            return Earning(number(self.fixed, "--fixed"))
        if self.per is None and self.points is None:
            return None
        if self.points is None:
            raise UsageError("--per requires --points, the points for each of it")
        if self.per is None:
            raise UsageError("--points requires --per; for points of each purchase, give --fixed")
        return Earning(number(self.points, "--points"), positive_number(self.per, "--per"))


def rate(text: str | None) -> Earning | None:
    """Parse the award in the option --rate: `2/1`, or `50` for a fixed amount; None if it is not given."""
    if text is None:
        return None
    points, slash, per = text.partition("/")
    return Earning(number(points, "--rate"), positive_number(per, "--rate") if slash else None)


def award_schedules(
    ctx: Context, earning: Earning | None, rule: str | None, file: str | None
) -> list[Schedule]:
    """Return the award schedules in the shared options of points commands: numbers, --rule or --file.

    Raises UsageError unless exactly one of the three is given.
    """
    given = [one for one in (earning, rule, file) if one is not None]
    if len(given) != 1:
        problem = "more than one rule was given" if given else "no rule was given"
        raise UsageError(problem, hint="Give its numbers (see --help), --rule ID, or -f FILE.")
    if earning is None:
        return read_schedules(ctx, rule, file)
    warn_about_options(ctx, earning)
    return [Schedule({None: earning})]


def warn_about_options(ctx: Context, earning: Earning) -> None:
    """Warn about numbers in the options of a points command that the API would reject in a rule."""
    numbers = [earning.points] if earning.per is None else [earning.points, earning.per]
    if rejected := [f"{one:f}" for one in numbers if one % 1 or one > MAX_WHOLE]:
        same = whole_rate(earning)
        advice = f" ({same} is the same rate)" if same else ""
        limit = f"the API accepts whole numbers only, up to {MAX_WHOLE}"
        ctx.messages.warn(f"{NOT_STORABLE}: got {' and '.join(rejected)}{advice}; {limit}")
