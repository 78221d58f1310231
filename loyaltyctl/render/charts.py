"""Draw bar charts as text for a terminal, and as SVG.

2026-01  ████████████▌       12,480     a label, and for each series a bar and its number
         ██████████████▎     14,120
"""

from __future__ import annotations

from html import escape
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loyaltyctl.render.terminal import Terminal

MAX_BARS = 40
"""Maximum number of labels in a chart; a note below it counts the others."""
EIGHTHS = " ▏▎▍▌▋▊▉"
FULL = "█"
MAX_LABEL = 24
MIN_BAR = 10
_COLORS = ("2", "36")  # faint, cyan: the codes of ANSI terminals for the two series
_GAP = 2


class Bars(NamedTuple):
    """One label of a chart, and its bars: each series has one, whose length shows its number."""

    label: str
    numbers: tuple[float, ...]


class Chart(NamedTuple):
    """Bar chart with a title and one or two series."""

    title: str
    series: tuple[str, ...]
    bars: Sequence[Bars]

    @property
    def shown(self) -> Sequence[Bars]:
        """The bars of the chart that are drawn: those of the first MAX_BARS labels."""
        return self.bars[:MAX_BARS]

    @property
    def largest(self) -> float:
        """The largest number in the chart, which has the longest bar."""
        return max((number for bar in self.shown for number in bar.numbers), default=0)

    @property
    def rest(self) -> str:
        """Note below the chart about bars that are left out, such as `and 3 more`."""
        more = len(self.bars) - len(self.shown)
        return f"and {more} more" if more else ""


def to_text(chart: Chart, terminal: Terminal) -> str:
    """Draw a bar chart as text that fits the width of the terminal."""
    from rich.cells import cell_len, set_cell_size

    labels = [_truncate_label(visible(bar.label)) for bar in chart.shown]
    left = max(map(cell_len, labels), default=0) + _GAP
    numbers = [[f"{number:,.0f}" for number in bar.numbers] for bar in chart.shown]
    right = max((len(number) for row in numbers for number in row), default=0) + _GAP
    available = max(min(terminal.width, 100) - left - right, MIN_BAR)
    lines = [visible(chart.title)]
    if len(chart.series) > 1:
        key = (
            f"{_in_series_color(FULL * 2, i, terminal)} {visible(name)}"
            for i, name in enumerate(chart.series)
        )
        lines.append("   ".join(key))
    for label, bar, texts in zip(labels, chart.shown, numbers, strict=True):
        for i, (number, text) in enumerate(zip(bar.numbers, texts, strict=True)):
            drawn = _text_bar(number, chart.largest, available)
            head = set_cell_size(label if i == 0 else "", left)
            tone = i if len(chart.series) > 1 else 1
            colored = _in_series_color(drawn, tone, terminal)
            lines.append(f"{head}{colored}{' ' * (available - len(drawn))}{text.rjust(right)}")
    return "".join(f"{line}\n" for line in (*lines, chart.rest) if line)


def _text_bar(number: float, largest: float, available: int) -> str:
    """Draw a bar of a chart as text: `largest` fills all `available` columns, a negative number none."""
    eighths = round(number / largest * available * 8) if number > 0 else 0
    return (FULL * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip()


def _in_series_color(text: str, series: int, terminal: Terminal) -> str:
    """Return text in the color of a series of the chart, if the terminal shows colors."""
    return f"\x1b[{_COLORS[series]}m{text}\x1b[0m" if terminal.color and text else text


def _truncate_label(label: str) -> str:
    """Truncate a label of a chart to MAX_LABEL characters."""
    return label if len(label) <= MAX_LABEL else f"{label[: MAX_LABEL - 1]}…"


WIDTH, ROW, TOP, SIDE, TEXT = 760, 18, 76, 190, 110
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .number { text-anchor: end; font-variant-numeric: tabular-nums; }
  .ground { fill: #ffffff; } .s0 { fill: #8c959f; } .s1 { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .ground { fill: #0d1117; } .s0 { fill: #6e7681; } .s1 { fill: #4493f8; }
  }
"""


def to_svg(chart: Chart) -> str:
    """Draw a bar chart as SVG, with colors for light and dark pages."""
    series = len(chart.series)
    height = TOP + len(chart.shown) * (series * ROW + 8) + 30
    title = _escape_xml(chart.title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{title}</title><style>{_STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
        f'<text class="title" x="16" y="30">{title}</text>',
        *_svg_legend(chart.series),
        *chain.from_iterable(_svg_bars(chart, i) for i in range(len(chart.shown))),
        f'<text x="16" y="{height - 12}">{chart.rest}</text>' if chart.rest else "",
        "</svg>",
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _svg_legend(series: Sequence[str]) -> Iterator[str]:
    """Yield the SVG elements of a chart's legend; a chart of one series has none."""
    if len(series) > 1:
        for i, name in enumerate(series):
            x = 16 + i * 260
            yield f'<rect class="s{i}" x="{x}" y="46" width="14" height="12"/>'
            yield f'<text x="{x + 20}" y="57">{_escape_xml(_truncate_label(name))}</text>'


def _svg_bars(chart: Chart, place: int) -> Iterator[str]:
    """Yield the SVG elements for the label at index `place` of a chart, and for its bars."""
    bar, series = chart.shown[place], len(chart.series)
    top = TOP + place * (series * ROW + 8)
    available = WIDTH - SIDE - TEXT - 16
    yield f'<text x="16" y="{top + 13}">{_escape_xml(_truncate_label(bar.label))}</text>'
    for i, number in enumerate(bar.numbers):
        length = round(max(number, 0) / chart.largest * available, 1) if chart.largest > 0 else 0
        tone, y = (i if series > 1 else 1), top + i * ROW
        yield f'<rect class="s{tone}" x="{SIDE}" y="{y}" width="{length}" height="{ROW - 4}"/>'
        yield f'<text class="number" x="{WIDTH - 16}" y="{y + 12}">{number:,.0f}</text>'


def _escape_xml(text: str) -> str:
    """Escape untrusted text, such as a label of a chart, for SVG."""
    return escape(visible(text), quote=False)
