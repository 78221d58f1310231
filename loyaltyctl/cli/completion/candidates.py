"""Compute shell completion candidates for the word at the cursor.

A completion script runs `_LOYALTYCTL_COMPLETE=SHELL loyaltyctl WORD...`; the last word is the incomplete one.
(The bash script passes the whole line, and the part of the word that bash would replace.) The output lines:

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

VARIABLE = "_LOYALTYCTL_COMPLETE"
# The metavar of an option or argument names its values (PROFILE), or lists them: "=ACTIVE|=PAUSED".
FILES = ("FILE", "PLAN", "ORDERS", "PREFIX", "FILE.svg")
"""Metavars of values that are paths of files."""
MAX_PROFILE_NAME = 64
"""Maximum length of a profile name (config/specs.py)."""
LISTS = ("A,B", "A,B.C")
"""Metavars of comma-separated lists."""


class WordsBlock:
    """Block of words.tsv, from which the candidates for the word at the cursor are computed.

    A block is about a command, a group, or the values of a metavar such as TRIGGER.
    """

    def __init__(self, text: str) -> None:
        self.lines = [line.split("\t") for line in text.split("\n") if line]

    def commands(self) -> list[Candidate]:
        """Return the commands of a group, as candidates for the word at the cursor."""
        return [(line[1], line[2]) for line in self.lines if line[0] == ">"]

    def options(self) -> list[list[str]]:
        """Return the options of a command, from which candidates are made.

        Each is a list of texts: names, metavar, `*` if repeatable, description.
        """
        return [line for line in self.lines if line[0].startswith("-")]

    def metavar(self, word: str) -> str | None:
        """Return the metavar of an option, which decides its candidates: "" for a flag, None if unknown."""
        return next((line[1] for line in self.options() if word in line[0].split(" ")), None)

    def arguments(self) -> list[str]:
        """Return the metavars of the arguments to complete; the metavar of a repeatable one ends in `...`."""
        return [line[1] for line in self.lines if line[0] == "="]

    def fields(self) -> list[Candidate]:
        """Return the fields of a command's output, as candidates for --fields and --sort."""
        return [(name, "") for line in self.lines if line[0] == "%" for name in line[1].split(" ")]

    def values(self) -> list[Candidate]:
        """Return the values of a metavar such as TRIGGER, as candidates for the word at the cursor."""
        return [(line[0], line[1]) for line in self.lines]


class Words:
    """Blocks of words.tsv by title, for completion candidates.

    The file is searched as one string, since candidates need only a few of its blocks.
    """

    def __init__(self) -> None:
        with open(f"{os.path.dirname(__file__)}/words.tsv", encoding="utf-8") as file:  # noqa: PTH120, PTH123 - importing pathlib would double the run time
            self._text = f"\n\n{file.read()}"

    def __getitem__(self, title: str) -> WordsBlock:
        """Return the block of words.tsv with this title, or an empty one if there is none."""
        _, found, rest = self._text.partition(f"\n\n# {title}\n")
        return WordsBlock(rest.partition("\n\n# ")[0] if found else "")


class CompletionLine:
    """Command line up to the cursor, parsed for completion: command, options and arguments so far."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._words = Words()
        self._path = ["loyaltyctl"]
        self._options: dict[str, str] = {}
        self._arguments: list[str] = []
        self._pending = ""
        """The option that still needs a value: the next word, or the one at the cursor."""
        self._ended = False
        self._block = self._words["loyaltyctl"]
        *before, self._typed = words or [""]
        for word in before:
            self._add_word(word)

    def _add_word(self, word: str) -> None:
        """Parse a word before the cursor: an option, its value, a command, or an argument."""
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
        """Parse an option before the cursor; its value may be in the same word (`-pNAME`, `--limit=5`)."""
        name, equals, value = word.partition("=")
        if not name.startswith("--") and self._block.metavar(name[:2]):
            name, equals, value = name[:2], word[2:], word[2:]
        if not equals and self._block.metavar(name):
            self._pending = name
        self._options[name] = value

    def candidates(self) -> Iterator[Candidate]:
        """Yield the completion candidates for the word at the cursor, and `:` instructions to the script."""
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
            yield from self._commands_or_arguments(typed)

    def _commands_or_arguments(self, typed: str) -> Iterator[Candidate]:
        """Yield the candidates for a word that is not an option: commands and values of an argument.

        If neither is possible and the word is empty, yields options.
        """
        commands = [] if self._arguments else _matching(self._block.commands(), typed)
        arguments = self._block.arguments()
        index = min(len(self._arguments), len(arguments) - 1)
        yield from commands
        if arguments and (index == len(self._arguments) or arguments[index].endswith("...")):
            yield from self._values(arguments[index], typed, "")
        elif not self._block.commands() and not typed:
            yield from self._option_names("")

    def _option_names(self, typed: str) -> Iterator[Candidate]:
        """Yield each option that can still be given, by its longest name that begins with the typed text."""
        for names, _, repeatable, what in self._block.options():
            all_names = names.split(" ")
            if repeatable or not any(name in self._options for name in all_names):
                matching = [name for name in all_names if name.startswith(typed)]
                if matching:
                    yield matching[-1], what

    def _values(self, metavar: str, typed: str, prefix: str) -> Iterator[Candidate]:
        """Yield the candidates for a value with this metavar, e.g. ID, that begin with the typed text."""
        bare, listed = metavar.removesuffix("..."), ""
        if bare in LISTS:
            listed, comma, typed = typed.rpartition(",")
            listed += comma
            yield ":open", ""
        for part in [bare] if bare in LISTS else bare.split("|"):
            if part in FILES or part == "FOLDER":
                yield f":{'folders' if part == 'FOLDER' else 'files'} {prefix}", ""
            for value, what in _matching(self._candidates_of_metavar(part), typed):
                if f",{value}," not in f",{listed}":
                    yield f"{prefix}{listed}{value}", what

    def _candidates_of_metavar(self, metavar: str) -> list[Candidate]:
        """Return all candidates for a metavar, such as PROFILE (from a file) or TYPE (from words.tsv)."""
        if metavar.startswith("="):
            return [(metavar[1:], "")]
        sources = {
            "PROFILE": self._profiles,
            "ID": self._rule_ids,
            "COMMAND": self._subcommands,
            "TOPIC": self._topics,
            "VALUE": self._setting_values,
            "A,B.C": self._block.fields,
            "A.B[:desc]": self._block.fields,
        }
        source = sources.get(metavar)
        return source() if source else self._words[f":{'KEY' if metavar == 'A,B' else metavar}"].values()

    def _subcommands(self) -> list[Candidate]:
        """Return the candidates for `help COMMAND...`: the commands below those that are typed."""
        return self._words[" ".join(["loyaltyctl", *self._arguments])].commands()

    def _topics(self) -> list[Candidate]:
        """Return the candidates for `help TOPIC`: all topics, or none after the first argument."""
        return [] if self._arguments else self._words[":TOPIC"].values()

    def _setting_values(self) -> list[Candidate]:
        """Return the candidates for `config set NAME VALUE`: the values of the setting NAME."""
        [name] = self._arguments[-1:]
        return self._profiles() if name == "profile" else self._words[f":VALUE {name}"].values()

    # Candidates from this machine's files

    @property
    def _paths(self) -> Paths:
        """Paths of the files from which candidates are read."""
        from loyaltyctl.config.paths import Paths

        return Paths.of(self._environ)

    def _read_toml(self, path: Path) -> dict[str, object]:
        """Return the content of a TOML file for candidates; empty if the file is missing or invalid."""
        import tomllib

        if not os.path.isfile(path):  # noqa: PTH113 - as above; opening a pipe would block
            return {}
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - as above
                return tomllib.load(file)
        except (OSError, ValueError):
            return {}

    def _profiles(self) -> list[Candidate]:
        """Return the profiles in the config file, and the sandbox, as candidates."""
        from loyaltyctl.config import SANDBOX

        named = sorted(filter(_may_be_profile, _profile_tables(self._read_toml(self._paths.config))))
        return [*((name, "profile") for name in named), (SANDBOX, "a local stand-in, built in")]

    def _rule_ids(self) -> list[Candidate]:
        """Return the rule ids in the cache of the profile as candidates: completion never calls the API."""
        from loyaltyctl.config import rule_cache

        config = self._read_toml(self._paths.config)
        named = self._options.get("-p") or self._options.get("--profile")
        profile = named or self._environ.get("LOYALTYCTL_PROFILE") or config.get("profile")
        site = self._options.get("--site-id")
        stored = self._stored_settings(named, config) if named else frozenset()
        path = rule_cache.cache_path(
            self._paths.rule_cache, str(profile) if profile else None, site, self._environ, stored
        )
        return [
            (rule, what)
            for rule, what in rule_cache.read_cached_rules(path).items()
            if rule not in self._arguments
        ]

    def _stored_settings(self, profile: str, config: dict[str, object]) -> frozenset[str]:
        """Return the settings that a profile stores. Which cache has the candidates for ID depends on them.

        Repeats Settings.stored_settings (config/settings.py): importing Settings takes too long here.
        """
        stored = frozenset(_profile_tables(config).get(profile, ()))
        if self._environ.get("LOYALTYCTL_BASE_URL") and profile in _profile_tables(
            self._read_toml(self._paths.credentials)
        ):
            return stored | {"base-url"}
        return stored


def _profile_tables(document: dict[str, object]) -> dict[str, dict[str, object]]:
    """Return the table of each profile in a parsed config file, for candidates of profile names."""
    profiles = document.get("profiles")
    tables = profiles.items() if isinstance(profiles, dict) else ()
    return {name: table for name, table in tables if isinstance(table, dict)}


def _may_be_profile(name: str) -> bool:
    """Return whether a name in the config file is a valid profile name (config/specs.py).

    Invalid names are no candidates: they may contain shell syntax, or be a key in the wrong place.
    """
    if name.startswith(("IST.", "ist.", "eyJ")):
        return False
    bare = name.replace(".", "").replace("_", "").replace("-", "")
    return bare.isascii() and bare.isalnum() and name[0].isalnum() and len(name) <= MAX_PROFILE_NAME


def _matching(candidates: list[Candidate], typed: str) -> list[Candidate]:
    """Return the candidates that begin with the typed text; names with a dot only if no others match.

    So --fields offers `metadata` first, and `metadata.canBeDeleted` once `metadata.` is typed.
    """
    matching = [candidate for candidate in candidates if candidate[0].startswith(typed)]
    return [candidate for candidate in matching if "." not in candidate[0]] or matching


def output_for(shell: str, argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """Compute the candidates for the word at the cursor, as lines of text for the script of a shell."""
    part = whole = ""
    if shell == "bash":
        from loyaltyctl.cli.completion.bash_words import split

        argv, part = split(*argv)
        whole = argv[-1]
    candidates = CompletionLine(argv, environ).candidates()
    # Bash replaces only the part of a word after its last word break, such as `=` (see bash_words.py).
    cut = len(whole) - len(part)
    return "".join(
        f"{value if value.startswith(':') else value[cut:]}\t{what}\n" for value, what in candidates
    )


def main(argv: Sequence[str]) -> int:
    """Write the completion candidates for a completion script; always return 0."""
    try:
        text = output_for(os.environ[VARIABLE], argv, os.environ)
    except Exception:  # noqa: BLE001 - see the module docstring
        return 0
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")  # type: ignore[union-attr]  # a text file
    sys.stdout.write(text)
    return 0
