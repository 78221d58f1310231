"""The picture in the README: picture.story on a terminal, draw by Rich. `python -m tests.stories.picture` draws it."""

from __future__ import annotations

import io
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text

from tests.cli.terminal import screen
from tests.stories.runner import on_path, steps

STORY = Path(__file__).with_suffix(".story")
PICTURE = Path(__file__).with_suffix(".svg")
COLUMNS = 100

FRAME = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }}
.{unique_id}-title {{ font: bold 18px sans-serif }}
{styles}
</style>
<defs>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own frame loads a font from the network; this one uses the fonts of the machine."""


def session(folder: Path) -> list[Text]:
    """Return the lines on the terminal after the story."""
    environ = {
        "PATH": on_path(folder / "bin"),
        "LOYALTYCTL_CONFIG_DIR": str(folder / "config"),
        "LOYALTYCTL_DATA_DIR": str(folder / "data"),
    }
    lines: list[Text] = []
    with chdir(folder):
        for step in steps(STORY.read_text()):
            shown = screen(["/bin/bash", "-c", step.command], environ, columns=COLUMNS).text
            if shown:
                lines += [Text()] if lines else []
                lines.append(Text.assemble(("$ ", "bold green"), (step.command, "bold")))
                lines += [Text.from_ansi(line) for line in shown.removesuffix("\n").split("\n")]
    return lines


def draw(lines: list[Text]) -> str:
    """Return the picture of a terminal with these lines, as SVG."""
    console = Console(
        file=io.StringIO(),
        record=True,
        width=COLUMNS,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        _environ={},
    )
    for line in lines:
        console.print(line)
    svg = console.export_svg(title="loyaltyctl", code_format=FRAME, unique_id="session")
    return "\n".join(line.strip() for line in svg.replace("><", ">\n<").splitlines()) + "\n"


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        PICTURE.write_text(draw(session(Path(folder))))
