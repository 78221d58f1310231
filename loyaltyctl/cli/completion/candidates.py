"""Completion candidates for the word at the cursor.

A shell script runs `_LOYALTYCTL_COMPLETE=SHELL loyaltyctl WORD...`; the last word is the incomplete one. (The
script of bash passes the line, and the part of the word that bash would replace.) It reads lines:

    VALUE<TAB>DESCRIPTION      a candidate
    :open                      add no space after the candidate
    :files PREFIX              let the shell complete files after PREFIX
    :folders PREFIX            let the shell complete folders after PREFIX

On any error nothing is printed: a message would garble the line that is being typed.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing would take a third of the run time
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from loyaltyctl.config.paths import Paths

    Candidate: TypeAlias = tuple[str, str]
    """A value and its description."""

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_LOYALTYCTL_COMPLETE"
# The metavar of an option or argument names the kind of its value, or its choices: "=ACTIVE|=PAUSED".
FILES = ("FILE", "PLAN", "ORDERS", "PREFIX", "FILE.svg")
MAX_PROFILE_NAME = 64
LISTS = ("A,B", "A,B.C")
"""Metavars of values that are separated by commas."""


class Block:
    """Block of words.tsv: a command, a group, or a kind of value."""

    def __init__(self, text: str) -> None:
        self.lines = [line.split("\t") for line in text.split("\n") if line]

    def commands(self) -> list[Candidate]:
        """Return the commands of a group."""
        return [(line[1], line[2]) for line in self.lines if line[0] == ">"]

    def options(self) -> list[list[str]]:
        """Return the fields of each option: names, metavar, `*` if it is repeatable, description."""
        return [line for line in self.lines if line[0].startswith("-")]

    def metavar(self, word: str) -> str | None:
        """Return the metavar of an option: "" for a flag, None for an unknown option."""
        return next((line[1] for line in self.options() if word in line[0].split(" ")), None)

    def arguments(self) -> list[str]:
        """Return the metavars of the arguments; that of a repeatable one ends in `...`."""
        return [line[1] for line in self.lines if line[0] == "="]

    def fields(self) -> list[Candidate]:
        """Return the fields of the output."""
        return [(name, "") for line in self.lines if line[0] == "%" for name in line[1].split(" ")]

    def values(self) -> list[Candidate]:
        """Return the values of a kind."""
        return [(line[0], line[1]) for line in self.lines]


class Words:
    """Blocks of words.tsv by title."""

    def __init__(self) -> None:
        with open(f"{os.path.dirname(__file__)}/words.tsv", encoding="utf-8") as file:  # noqa: PTH120, PTH123 - importing pathlib would double the run time
            self._text = f"\n\n{file.read()}"

    def __getitem__(self, title: str) -> Block:
        """Return the block with this title, empty if there is none."""
        _, found, rest = self._text.partition(f"\n\n# {title}\n")
        return Block(rest.partition("\n\n# ")[0] if found else "")


class Line:
    """Command line up to the cursor: its command, and the options and arguments before the cursor."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._words = Words()
        self._path = ["loyaltyctl"]
        self._options: dict[str, str] = {}
        self._arguments: list[str] = []
        self._pending = ""
        """The option whose value is at the cursor."""
        self._ended = False
        self._block = self._words["loyaltyctl"]
        *before, self._typed = words or [""]
        for word in before:
            self._add(word)

    def _add(self, word: str) -> None:
        if self._pending:
            self._options[self._pending], self._pending = word, ""
        elif word == "--" and not self._ended:
            self._ended = True
        elif word.startswith("-") and word != "-" and not self._ended:
            self._add_option(word)
        elif word in dict(self._block.commands()):
            self._path.append(word)
            self._block = self._words[" ".join(self._path)]
        else:
            self._arguments.append(word)

    def _add_option(self, word: str) -> None:
        name, equals, value = word.partition("=")
        if not name.startswith("--") and self._block.metavar(name[:2]):
            name, equals, value = name[:2], word[2:], word[2:]
        if not equals and self._block.metavar(name):
            self._pending = name
        self._options[name] = value

    def candidates(self) -> Iterator[Candidate]:
        """Yield the candidates and instructions for the shell."""
        typed = self._typed
        name, equals, value = typed.partition("=")
        if self._pending:
            yield from self._values(self._block.metavar(self._pending) or "", typed, "")
        elif typed.startswith("--") and equals and not self._ended:
            yield from self._values(self._block.metavar(name) or "", value, f"{name}=")
        elif len(typed) > len("-p") and not self._ended and (metavar := self._block.metavar(typed[:2])):
            yield from self._values(metavar, typed[2:], typed[:2])
        elif typed.startswith("-") and not self._ended:
            yield from self._option_names(typed)
        else:
            yield from self._plain(typed)

    def _plain(self, typed: str) -> Iterator[Candidate]:
        """Yield commands and values of the argument; without either, options."""
        below = [] if self._arguments else _matching(self._block.commands(), typed)
        arguments = self._block.arguments()
        place = min(len(self._arguments), len(arguments) - 1)
        yield from below
        if arguments and (place == len(self._arguments) or arguments[place].endswith("...")):
            yield from self._values(arguments[place], typed, "")
        elif not self._block.commands() and not typed:
            yield from self._option_names("")

    def _option_names(self, typed: str) -> Iterator[Candidate]:
        for names, _, repeatable, what in self._block.options():
            all_names = names.split(" ")
            if repeatable or not any(name in self._options for name in all_names):
                matching = [name for name in all_names if name.startswith(typed)]
                if matching:
                    yield matching[-1], what

    def _values(self, metavar: str, typed: str, prefix: str) -> Iterator[Candidate]:
        """Yield the values of a metavar that begin with the typed text."""
        bare, listed = metavar.removesuffix("..."), ""
        if bare in LISTS:
            listed, comma, typed = typed.rpartition(",")
            listed += comma
            yield ":open", ""
        for kind in [bare] if bare in LISTS else bare.split("|"):
            if kind in FILES or kind == "FOLDER":
                yield f":{'folders' if kind == 'FOLDER' else 'files'} {prefix}", ""
            for value, what in _matching(self._of_kind(kind), typed):
                if f",{value}," not in f",{listed}":
                    yield f"{prefix}{listed}{value}", what

    def _of_kind(self, kind: str) -> list[Candidate]:
        if kind.startswith("="):
            return [(kind[1:], "")]
        sources = {
            "PROFILE": self._profiles,
            "ID": self._rules,
            "COMMAND": self._commands,
            "TOPIC": self._topics,
            "VALUE": self._settings,
            "A,B.C": self._block.fields,
            "A.B[:desc]": self._block.fields,
        }
        source = sources.get(kind)
        return source() if source else self._words[f":{'KEY' if kind == 'A,B' else kind}"].values()

    def _commands(self) -> list[Candidate]:
        return self._words[" ".join(["loyaltyctl", *self._arguments])].commands()

    def _topics(self) -> list[Candidate]:
        return [] if self._arguments else self._words[":TOPIC"].values()

    def _settings(self) -> list[Candidate]:
        """Return the values of the setting that is the argument before."""
        [name] = self._arguments[-1:]
        return self._profiles() if name == "profile" else self._words[f":VALUE {name}"].values()

    # Values of this machine

    @property
    def _paths(self) -> Paths:
        from loyaltyctl.config.paths import Paths

        return Paths.of(self._environ)

    def _read(self, path: Path) -> dict[str, object]:
        import tomllib

        if not os.path.isfile(path):  # noqa: PTH113 - as above; opening a pipe would block
            return {}
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - as above
                return tomllib.load(file)
        except (OSError, ValueError):
            return {}

    def _profiles(self) -> list[Candidate]:
        named = sorted(filter(_may_be_profile, _tables(self._read(self._paths.config))))
        return [*((name, "profile") for name in named), ("sandbox", "a local stand-in, built in")]

    def _rules(self) -> list[Candidate]:
        from loyaltyctl.config import rule_cache

        config = self._read(self._paths.config)
        named = self._options.get("-p") or self._options.get("--profile")
        profile = named or self._environ.get("LOYALTYCTL_PROFILE") or config.get("profile")
        site = self._options.get("--site-id")
        stored = self._stored(named, config) if named else frozenset()
        path = rule_cache.path_for(
            self._paths.rule_cache, str(profile) if profile else None, site, self._environ, stored
        )
        return [(rule, what) for rule, what in rule_cache.read(path).items() if rule not in self._arguments]

    def _stored(self, profile: str, config: dict[str, object]) -> frozenset[str]:
        """Return the settings that a profile stores (config/settings.py: stored_settings)."""
        stored = frozenset(_tables(config).get(profile, ()))
        if self._environ.get("LOYALTYCTL_BASE_URL") and profile in _tables(
            self._read(self._paths.credentials)
        ):
            return stored | {"base-url"}
        return stored


def _tables(document: dict[str, object]) -> dict[str, dict[str, object]]:
    """Return the tables of the profiles in a file."""
    profiles = document.get("profiles")
    tables = profiles.items() if isinstance(profiles, dict) else ()
    return {name: table for name, table in tables if isinstance(table, dict)}


def _may_be_profile(name: str) -> bool:
    """Return whether a profile can have this name (config/specs.py); others might hold shell syntax."""
    if name.startswith(("IST.", "ist.", "eyJ")):
        return False
    bare = name.replace(".", "").replace("_", "").replace("-", "")
    return bare.isascii() and bare.isalnum() and name[0].isalnum() and len(name) <= MAX_PROFILE_NAME


def _matching(candidates: list[Candidate], typed: str) -> list[Candidate]:
    """Return the candidates that begin with the typed text; dotted ones only if there are no others."""
    matching = [candidate for candidate in candidates if candidate[0].startswith(typed)]
    return [candidate for candidate in matching if "." not in candidate[0]] or matching


def output_for(shell: str, argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the lines for the script of a shell."""
    part = whole = ""
    if shell == "bash":
        from loyaltyctl.cli.completion.bash_words import split

        argv, part = split(*argv)
        whole = argv[-1]
    candidates = Line(argv, environ).candidates()
    # Bash replaces only the part of a word after the last of its word breaks.
    cut = len(whole) - len(part)
    return "".join(
        f"{value if value.startswith(':') else value[cut:]}\t{what}\n" for value, what in candidates
    )


def main(argv: Sequence[str]) -> int:
    """Write the candidates for a shell script; always return 0."""
    try:
        text = output_for(os.environ[VARIABLE], argv, os.environ)
    except Exception:  # noqa: BLE001 - see the module docstring
        return 0
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]  # a text file
    sys.stdout.write(text)
    return 0
