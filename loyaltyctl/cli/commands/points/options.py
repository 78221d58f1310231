"""What the person gave: rules whose points are asked for, amounts, numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Option

from loyaltyctl.cli.commands.points.rules import NOT_STORABLE
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

SHOWN = 20

Per = Annotated[str | None, Option("--per", metavar="MONEY", help="The spend that earns --points once.")]
Points = Annotated[str | None, Option("--points", metavar="N", help="Points for each --per.")]
Fixed = Annotated[str | None, Option("--fixed", metavar="N", help="Points each time, whatever the amount.")]
RuleId = Annotated[str | None, Option("--rule", metavar="ID", help="The rule with this id, on the site.")]
Tier = Annotated[
    str | None, Option("--tier", metavar="TIER", help="This tier alone, not all that the rule has.")
]
Round = Annotated[
    Rounding, Option("--rounding", metavar="HOW", help="wix: drop cents first; floor: round down; exact.")
]
OnRefunds = Annotated[
    Refunds, Option("--refunds", metavar="HOW", help="A negative amount: ignore it, or deduct its points.")
]


def number(text: str, option: str) -> Decimal:
    """The number that an option says."""
    found = money.number(text)
    if found is None:
        raise UsageError(
            f"{option} must be a number in plain digits, got {quoted(text)}",
            hint=f"Such as 5 or 0.25, with at most {money.DECIMALS} decimals.",
        )
    return found


def exact(text: str | None, option: str) -> Fraction | None:
    """The number that an option says, if it is given."""
    return None if text is None else Fraction(number(text, option))


def percent(text: str | None, option: str) -> Fraction | None:
    """The percentage that an option says, if it is given, with or without its sign."""
    if text is None:
        return None
    if (found := money.number(text.removesuffix("%"))) is None:
        raise UsageError(
            f"{option} must be a percentage in plain digits, got {quoted(text)}",
            hint=f"Such as 5% or 0.25%, with at most {money.DECIMALS} decimals.",
        )
    return Fraction(found)


def above_zero(text: str, option: str) -> Decimal:
    """The number that an option says, which is not zero."""
    found = number(text, option)
    if not found:
        raise UsageError(f"{option} must be more than 0, got {quoted(text)}")
    return found


def amount(text: str, option: str = "--amount") -> Decimal:
    """The amount of money that an option says."""
    found = money.amount(text)
    if found is None:
        raise UsageError(f"{option} {_unreadable(text)}", hint=AMOUNT_HINT)
    return found


AMOUNT_HINT = (
    f"Plain digits with a point, such as 49.90: up to {money.WHOLE_DIGITS} before it, {money.DECIMALS} after."
)


def _unreadable(text: str) -> str:
    return f"must be an amount of money, got {quoted(text)}"


def amounts(ctx: Context, texts: Sequence[str]) -> list[Decimal]:
    """The amounts that the options say; "-" stands for those on standard input, one a line."""
    if not texts:
        raise UsageError("nothing says which purchase", hint="Give --amount 49.90, or --amount - for a pipe.")
    if "-" not in texts:
        return [amount(text) for text in texts]
    if len(texts) > 1:
        raise UsageError("--amount - reads all amounts from standard input; give no others beside it")
    return _read(ctx.inputs.text("-").splitlines())


def _read(lines: Iterable[str]) -> list[Decimal]:
    read: list[Decimal] = []
    wrong: list[Detail] = []
    for number_, line in enumerate(lines, start=1):
        found = money.amount(text) if (text := line.strip()) else None
        if found is not None:
            read.append(found)
        elif text:
            wrong.append(Detail(_unreadable(text), where=f"standard input line {number_}"))
    if wrong:
        count = f"{len(wrong)} lines are" if len(wrong) > 1 else "a line is"
        raise InvalidData(
            f"standard input: {count} no amount of money", details=wrong[:SHOWN], hint=AMOUNT_HINT
        )
    if not read:
        raise InvalidData("standard input is empty", hint="It takes an amount a line.")
    return read


def tier(text: str | None) -> str | None:
    """The tier that --tier names."""
    return None if text is None else guid(text, "a tier id")


def rate(text: str | None) -> Earning | None:
    """A rate as one word, if it is given: `2/1`, or `50` for a fixed award."""
    if text is None:
        return None
    points, slash, per = text.partition("/")
    return Earning(number(points, "--rate"), above_zero(per, "--rate") if slash else None)


class Case(NamedTuple):
    """What is calculated: a rule, a tier of it, and how it is rounded."""

    per: Per = None
    points: Points = None
    fixed: Fixed = None
    rule: RuleId = None
    file: flags.File = None
    tier: Tier = None
    rounding: Round = Rounding.WIX

    def schedules(self, ctx: Context) -> list[Schedule]:
        """The one rule that the options say, or those in the file."""
        return schedules(ctx, self._earning(), self.rule, self.file)

    def _earning(self) -> Earning | None:
        """What the options say that a purchase earns, if they say so."""
        if self.fixed is not None:
            if self.per is not None or self.points is not None:
                raise UsageError("--fixed stands beside --per and --points; give one of the two")
            return Earning(number(self.fixed, "--fixed"))
        if self.per is None and self.points is None:
            return None
        if self.points is None:
            raise UsageError("--per needs --points: the points for each of it")
        if self.per is None:
            raise UsageError("--points needs --per; a number of points each time is --fixed")
        return Earning(number(self.points, "--points"), above_zero(self.per, "--per"))


def schedules(ctx: Context, said: Earning | None, rule: str | None, file: str | None) -> list[Schedule]:
    """The one rule that the options say, the one with an id on the site, or those in a file."""
    if [said, rule, file].count(None) != 2:  # noqa: PLR2004 - all but one
        what = "more than one option says" if said or rule or file else "nothing says"
        hint = "Give its numbers (see --help), --rule ID, or -f FILE."
        raise UsageError(f"{what} which rule it is", hint=hint)
    if said is None:
        return stored(ctx, rule, file)
    warn_not_whole(ctx, said)
    return [Schedule({None: said})]


def stored(ctx: Context, rule: str | None, file: str | None) -> list[Schedule]:
    """The rule with an id, on the site, or those in a file."""
    from loyaltyctl.cli.commands.points import rules
    from loyaltyctl.model import awards

    found = [ctx.rules.find(rule or "")] if file is None else rules.in_file(ctx, file)
    return [awards.schedule(one) for one in found]


def warn_not_whole(ctx: Context, earning: Earning) -> None:
    """Warn of numbers, given as options, that the API refuses in a rule."""
    numbers = [earning.points] if earning.per is None else [earning.points, earning.per]
    if refused := [f"{number:f}" for number in numbers if number % 1 or number > MAX_WHOLE]:
        same = whole_rate(earning)
        advice = f" ({same} is the same rate)" if same else ""
        limit = f"the API takes whole numbers only, up to {MAX_WHOLE}"
        ctx.messages.warn(f"{NOT_STORABLE}: got {' and '.join(refused)}{advice}; {limit}")
