"""What may stand at the cursor, given the words before it.

A script runs `_LOYALTYCTL_COMPLETE=SHELL loyaltyctl WORD...` with the last word as far as
it is typed (bash instead hands over its line, and the part of a word that it would
replace), and reads lines:

    VALUE<TAB>what it is       an offer
    :open                      no space is to follow: more may come
    :files PREFIX              the shell offers files, behind PREFIX
    :folders PREFIX            the same with folders alone

Whatever goes wrong, nothing is offered and nothing is said: somebody is typing.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself would take a third of the time of all this
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from loyaltyctl.config.paths import Paths

    Offer: TypeAlias = tuple[str, str]

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_LOYALTYCTL_COMPLETE"
# What an option or an argument takes is said by its metavar, or by its choices: "=ACTIVE|=PAUSED".
FILES = ("FILE", "PLAN", "ORDERS", "PREFIX", "FILE.svg")
LONGEST = 64
"""Characters of a profile's name."""
LISTS = ("A,B", "A,B.C")
"""What stands for many values in one word, with commas between."""


class Block:
    """What words.tsv says of a command, of a group, or of a kind of value."""

    def __init__(self, text: str) -> None:
        self.lines = [line.split("\t") for line in text.split("\n") if line]

    def below(self) -> list[Offer]:
        """The commands of a group, with what they do."""
        return [(line[1], line[2]) for line in self.lines if line[0] == ">"]

    def options(self) -> list[list[str]]:
        """Of each option: its names, what it takes, whether it may be repeated, what it is."""
        return [line for line in self.lines if line[0].startswith("-")]

    def takes(self, word: str) -> str | None:
        """What the option `word` takes: a metavar, nothing (""), or None where there is no such option."""
        return next((line[1] for line in self.options() if word in line[0].split(" ")), None)

    def arguments(self) -> list[str]:
        """The metavars of the arguments; one that may be repeated ends in `...`."""
        return [line[1] for line in self.lines if line[0] == "="]

    def fields(self) -> list[Offer]:
        """The fields of the output."""
        return [(name, "") for line in self.lines if line[0] == "%" for name in line[1].split(" ")]

    def values(self) -> list[Offer]:
        """The values of a kind, with what they are."""
        return [(line[0], line[1]) for line in self.lines]


class Words:
    """The words that are there, by command and by kind."""

    def __init__(self) -> None:
        with open(f"{os.path.dirname(__file__)}/words.tsv", encoding="utf-8") as file:  # noqa: PTH120, PTH123 - pathlib would take longer than all the rest
            self._text = f"\n\n{file.read()}"

    def __getitem__(self, title: str) -> Block:
        """What stands below a title; nothing where there is no such title."""
        _, found, rest = self._text.partition(f"\n\n# {title}\n")
        return Block(rest.partition("\n\n# ")[0] if found else "")


class Line:
    """A command line up to the cursor: the command it is about, and what has been given to it."""

    def __init__(self, given: Sequence[str], environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._words = Words()
        self._path = ["loyaltyctl"]
        self._given: dict[str, str] = {}
        """Options that stand before the cursor, each with its value."""
        self._arguments: list[str] = []
        self._waiting = ""
        """The option whose value stands at the cursor."""
        self._ended = False
        self._block = self._words["loyaltyctl"]
        *before, self._typed = given or [""]
        for word in before:
            self._take(word)

    def _take(self, word: str) -> None:
        if self._waiting:
            self._given[self._waiting], self._waiting = word, ""
        elif word == "--" and not self._ended:
            self._ended = True
        elif word.startswith("-") and word != "-" and not self._ended:
            self._take_option(word)
        elif word in dict(self._block.below()):
            self._path.append(word)
            self._block = self._words[" ".join(self._path)]
        else:
            self._arguments.append(word)

    def _take_option(self, word: str) -> None:
        name, equals, value = word.partition("=")
        if not name.startswith("--") and self._block.takes(name[:2]):
            name, equals, value = name[:2], word[2:], word[2:]
        if not equals and self._block.takes(name):
            self._waiting = name
        self._given[name] = value

    def offers(self) -> Iterator[Offer]:
        """What may stand at the cursor, and how to go on."""
        typed = self._typed
        name, equals, value = typed.partition("=")
        if self._waiting:
            yield from self._values(self._block.takes(self._waiting) or "", typed, "")
        elif typed.startswith("--") and equals and not self._ended:
            yield from self._values(self._block.takes(name) or "", value, f"{name}=")
        elif len(typed) > len("-p") and not self._ended and (takes := self._block.takes(typed[:2])):
            yield from self._values(takes, typed[2:], typed[:2])
        elif typed.startswith("-") and not self._ended:
            yield from self._options(typed)
        else:
            yield from self._plain(typed)

    def _plain(self, typed: str) -> Iterator[Offer]:
        """What may stand where no option does: a command, or an argument, or else an option after all."""
        below = [] if self._arguments else _beginning(self._block.below(), typed)
        arguments = self._block.arguments()
        place = min(len(self._arguments), len(arguments) - 1)
        yield from below
        if arguments and (place == len(self._arguments) or arguments[place].endswith("...")):
            yield from self._values(arguments[place], typed, "")
        elif not self._block.below() and not typed:
            yield from self._options("")

    def _options(self, typed: str) -> Iterator[Offer]:
        for names, _, repeatable, what in self._block.options():
            every = names.split(" ")
            if repeatable or not any(name in self._given for name in every):
                fitting = [name for name in every if name.startswith(typed)]
                if fitting:
                    yield fitting[-1], what

    def _values(self, metavar: str, typed: str, prefix: str) -> Iterator[Offer]:
        """The values that a metavar stands for and that begin with what is typed."""
        bare, listed = metavar.removesuffix("..."), ""
        if bare in LISTS:
            listed, comma, typed = typed.rpartition(",")
            listed += comma
            yield ":open", ""
        for kind in [bare] if bare in LISTS else bare.split("|"):
            if kind in FILES or kind == "FOLDER":
                yield f":{'folders' if kind == 'FOLDER' else 'files'} {prefix}", ""
            for value, what in _beginning(self._of_kind(kind), typed):
                if f",{value}," not in f",{listed}":
                    yield f"{prefix}{listed}{value}", what

    def _of_kind(self, kind: str) -> list[Offer]:
        if kind.startswith("="):
            return [(kind[1:], "")]
        asked = {
            "PROFILE": self._profiles,
            "ID": self._rules,
            "COMMAND": self._commands,
            "TOPIC": self._topics,
            "VALUE": self._settings,
            "A,B.C": self._block.fields,
            "A.B[:desc]": self._block.fields,
        }.get(kind)
        return asked() if asked else self._words[f":{'KEY' if kind == 'A,B' else kind}"].values()

    def _commands(self) -> list[Offer]:
        return self._words[" ".join(["loyaltyctl", *self._arguments])].below()

    def _topics(self) -> list[Offer]:
        return [] if self._arguments else self._words[":TOPIC"].values()

    def _settings(self) -> list[Offer]:
        """The values that a setting, which stands before them, may have."""
        [name] = self._arguments[-1:]
        return self._profiles() if name == "profile" else self._words[f":VALUE {name}"].values()

    # What is known of this machine

    @property
    def _paths(self) -> Paths:
        from loyaltyctl.config.paths import Paths

        return Paths.of(self._environ)

    def _read(self, path: Path) -> dict[str, object]:
        import tomllib

        if not os.path.isfile(path):  # noqa: PTH113 - as above; a pipe would be waited for
            return {}
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - as above
                return tomllib.load(file)
        except (OSError, ValueError):
            return {}

    def _profiles(self) -> list[Offer]:
        named = sorted(filter(_may_be_profile, _tables(self._read(self._paths.config))))
        return [*((name, "profile") for name in named), ("sandbox", "a local stand-in, built in")]

    def _rules(self) -> list[Offer]:
        from loyaltyctl.config import rule_cache

        config = self._read(self._paths.config)
        named = self._given.get("-p") or self._given.get("--profile")
        profile = named or self._environ.get("LOYALTYCTL_PROFILE") or config.get("profile")
        site = self._given.get("--site-id")
        stored = self._stored(named, config) if named else frozenset()
        path = rule_cache.path_for(
            self._paths.rule_cache, str(profile) if profile else None, site, self._environ, stored
        )
        return [(rule, what) for rule, what in rule_cache.read(path).items() if rule not in self._arguments]

    def _stored(self, profile: str, config: dict[str, object]) -> frozenset[str]:
        """The settings that a profile stores (config/settings.py: kept_from_environment)."""
        stored = frozenset(_tables(config).get(profile, ()))
        if self._environ.get("LOYALTYCTL_BASE_URL") and profile in _tables(
            self._read(self._paths.credentials)
        ):
            return stored | {"base-url"}
        return stored


def _tables(document: dict[str, object]) -> dict[str, dict[str, object]]:
    """The tables of profiles in a file."""
    profiles = document.get("profiles")
    tables = profiles.items() if isinstance(profiles, dict) else ()
    return {name: table for name, table in tables if isinstance(table, dict)}


def _may_be_profile(name: str) -> bool:
    """Whether a profile can have that name: what a shell would obey is none (config/settings.py)."""
    if name.startswith(("IST.", "ist.", "eyJ")):
        return False
    bare = name.replace(".", "").replace("_", "").replace("-", "")
    return bare.isascii() and bare.isalnum() and name[0].isalnum() and len(name) <= LONGEST


def _beginning(offers: list[Offer], typed: str) -> list[Offer]:
    """Those that begin with what is typed; those with dots in them where no shorter one does."""
    fitting = [offer for offer in offers if offer[0].startswith(typed)]
    return [offer for offer in fitting if "." not in offer[0]] or fitting


def answer(shell: str, argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """The lines for a script."""
    part = whole = ""
    if shell == "bash":
        from loyaltyctl.cli.completion.bash import split

        argv, part = split(*argv)
        whole = argv[-1]
    offers = Line(argv, environ).offers()
    # Bash replaces but the part of a word behind the last of its own separators.
    cut = len(whole) - len(part)
    return "".join(f"{value if value.startswith(':') else value[cut:]}\t{what}\n" for value, what in offers)


def main(argv: Sequence[str]) -> int:
    """Answer a script; always 0."""
    try:
        text = answer(os.environ[VARIABLE], argv, os.environ)
    except Exception:  # noqa: BLE001 - see above: somebody is typing
        return 0
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]  # a text file
    sys.stdout.write(text)
    return 0
