"""Titles that attack the terminal on which rules are listed."""

from __future__ import annotations

_WRAPPINGS = ("{}", "a{}b", "{}{}", " {}", "\u00e9{}\u5976")

_SEEDS = (
    "\x1b[2J", "\x1b[31mred", "\x1b]0;title\x07", "\x1b]52;c;aGk=\x07", "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b", "\x1bc", "\x9b2J", "\x9d0;x\x9c", "\x00", "\x07\x07", "\x08\x08\x08", "\x7f", "\r\n\r\n", "\n- item", "\x0b\x0c",
    "\u202egnp.exe", "\u2066\u2069", "\u200f", "\u061c", "\u2028", "\u2029", "\ufeff", "\u00ad", "\u2060", "\U000e0061",
    "[red]x[/red]", "[/]", "[link=http://evil.example]x[/link]", ":skull:", "[bold", "\\[x]",
    "=1+1", "+1", "-1", "@SUM(1)", "=cmd|' /C calc'!A0", "＝1", "'=1", '"quoted"', "a,b", "a;b", "a\tb",
    "\ud800", "\udfff", "\ufffe", "\ufdd0", "e\u0301" * 3 + "\u0301" * 30, "𝔘𝔫𝔦", "👩‍👩‍👧", "%s%n", "{0}", "$(reboot)", "`id`", "../..", "<b>x</b>", "&amp;", "null", "NaN", "0x10",
)  # fmt: skip

HOSTILE_TEXTS = sorted({wrapping.replace("{}", seed) for seed in _SEEDS for wrapping in _WRAPPINGS})
