"""Bar charts as text and as SVG."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from loyaltyctl.render.charts import MAX_BARS, Bars, Chart, to_svg, to_text
from loyaltyctl.render.terminal import Terminal
from loyaltyctl.render.visible import HOSTILE
from tests.render.hostile import HOSTILE_TEXTS

TWO = Chart("Points by month", ("now", "next"), [Bars("2025-01", (50, 75)), Bars("2025-02", (100, 0))])


def terminal(width: int = 40, *, color: bool = False) -> Terminal:
    return Terminal(interactive=True, width=width, color=color, now=0)


def test_bars_are_as_long_as_their_numbers_are_large() -> None:
    assert to_text(TWO, terminal()) == (
        "Points by month\n"
        "██ now   ██ next\n"
        f"2025-01  {'█' * 13:26}   50\n"
        f"         {'█' * 19 + '▌':26}   75\n"
        f"2025-02  {'█' * 26}  100\n"
        f"         {'':26}    0\n"
    )


def test_a_chart_of_one_series_has_no_legend() -> None:
    chart = Chart("Points", ("now",), [Bars("all orders", (1_234_567,))])

    assert to_text(chart, terminal()).splitlines() == ["Points", "all orders  █████████████████  1,234,567"]


@pytest.mark.parametrize("width", [1, 20, 40, 80, 100])
def test_no_line_is_wider_than_a_terminal_of_minimum_width(width: int) -> None:
    lines = to_text(TWO, terminal(width)).splitlines()

    assert max(map(len, lines)) <= max(width, 26)


def test_negative_numbers_and_empty_charts_have_no_bars() -> None:
    assert "█" not in to_text(Chart("P", ("a",), [Bars("x", (-5,)), Bars("y", (0,))]), terminal())
    assert to_text(Chart("P", ("a",), []), terminal()) == "P\n"
    assert "█" in to_text(Chart("P", ("a",), [Bars("x", (1e30,))]), terminal())


def test_colors_are_used_on_request() -> None:
    assert "\x1b[36m" in to_text(TWO, terminal(color=True))
    assert "\x1b" not in to_text(TWO, terminal())


def test_bars_beyond_the_maximum_are_counted() -> None:
    chart = Chart("P", ("a",), [Bars(str(i), (i,)) for i in range(MAX_BARS + 7)])

    assert to_text(chart, terminal()).splitlines()[-1] == "and 7 more"
    assert "and 7 more" in to_svg(chart)


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_text_is_escaped_in_text_and_svg(text: str) -> None:
    chart = Chart(text, (text, "next"), [Bars(text, (1, 2))])

    drawn = to_text(chart, terminal())
    assert not HOSTILE.search(drawn.replace("\n", ""))
    ET.fromstring(to_svg(chart))  # noqa: S314 - our own picture


def test_the_svg_is_well_formed_and_supports_dark_mode() -> None:
    root = ET.fromstring(to_svg(TWO))  # noqa: S314 - our own picture

    bars = [
        float(one.get("width", ""))
        for one in root.iter("{http://www.w3.org/2000/svg}rect")
        if one.get("height") == "14"
    ]
    assert [round(bar / max(bars), 2) for bar in bars] == [0.5, 0.75, 1.0, 0.0]
    assert "prefers-color-scheme: dark" in to_svg(TWO)
