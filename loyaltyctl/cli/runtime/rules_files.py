"""Read rules files: one file, or all files of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.apply.plan_files import hash_of
from loyaltyctl.apply.targets import Source
from loyaltyctl.errors import UsageError
from loyaltyctl.intake import documents
from loyaltyctl.model import desired_rules, rule_files
from loyaltyctl.model.rule_sets import RuleSet, rule_set

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.cli.runtime.inputs import Inputs
    from loyaltyctl.cli.runtime.messages import Messages
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.intake.documents import Document
    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.problems import Validation
    from loyaltyctl.model.rules import EarningRule


class RulesFiles(NamedTuple):
    """A rules file, or all those of a folder: read once, and interpreted for each site."""

    name: str
    documents: tuple[Document, ...]
    source: Source

    def rule_set(self, check: Callable[[Json], Validation], site: Sequence[str] = ()) -> RuleSet:
        """Return the rules of all files. Raises InvalidData for a file without a list of rules."""
        found = [entry for one in self.documents for entry in rule_files.entries(one, site)]
        return rule_set(found, check)

    def tiers(self, site: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Return the names that the files give to tiers, each with its id on a site."""
        read = (rule_files.TierNames.read(one).on(site) for one in self.documents)
        return tuple(pair for ids in read for pair in ids.items())

    def rules(self, messages: Messages, site: Sequence[str] = ()) -> list[EarningRule]:
        """Return the rules for a site, with warnings; raises InvalidData with all problems of all files."""
        desired = self.rule_set(desired_rules.validate, site)
        if desired.problems:
            raise rule_files.invalid(self.name, tuple(desired.problems))
        for warning in dict.fromkeys(map(str, desired.warnings)):
            messages.warn(warning)
        return desired.rules


def read(inputs: Inputs, path: str) -> RulesFiles:
    """Read the file, or the folder, at `path`. Raises InvalidData for a file that cannot be parsed."""
    data = read_bytes(inputs, path)
    parsed = tuple(documents.parse(content, documents.display_name(name)) for name, content in data.items())
    absolute = "" if path == documents.STDIN else str(Path(path).absolute())
    return RulesFiles(documents.display_name(path), parsed, Source(path, _hash(data), absolute))


def read_bytes(inputs: Inputs, path: str) -> dict[str, bytes]:
    """Return the bytes of the file at `path`, or of each rules file in the folder, by name."""
    folder = Path(path)
    if path == documents.STDIN or not documents.is_folder(folder):
        return {path: inputs.data(path)}
    found = documents.files_in(folder)
    if not found:
        raise UsageError(f"the folder {path} has no YAML or JSON files")
    return {str(file): inputs.data(str(file)) for file in found}


def current_hash(inputs: Inputs, source: Source, plan: Path) -> str | None:
    """Return the hash of the source of a plan file as it is now; None if there is nothing to compare.

    The source is looked for at its absolute path, then at its path from the plan: a
    repository may have been moved, or checked out on another machine. A plan of version
    0.1.0 has neither path, and its source is looked for by its name.
    """
    if not source.hash or source.name == documents.STDIN:
        return None
    names = (
        [source.path, source.from_plan] if source.path else [str(Path(source.name).absolute()), source.name]
    )
    places = [plan.parent / name for name in names if name]
    place = next((one for one in places if one.is_dir() or one.is_file()), None)
    if place is None:
        return None
    if not place.is_dir():
        return _hash({source.name: inputs.data(str(place))})
    found = [one for one in documents.files_in(place) if one.resolve() != plan]
    return _hash({str(Path(source.name) / one.relative_to(place)): inputs.data(str(one)) for one in found})


def site_names(settings: Settings) -> tuple[str, ...]:
    """Return the names by which a rules file may refer to a site: profile, site id, account id, instance."""
    site, account = settings.target()
    return tuple(filter(None, (settings.profile, site.value, account.value, settings.instance())))


def _hash(data: Mapping[str, bytes]) -> str:
    return hash_of(b"".join(name.encode() + b"\0" + content for name, content in data.items()))
