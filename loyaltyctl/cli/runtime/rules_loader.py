"""Load rules files for commands: one file or all files in a folder, their rules, hash and site names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.apply.plan_files import hash_of
from loyaltyctl.apply.targets import Source
from loyaltyctl.errors import UsageError
from loyaltyctl.intake import documents
from loyaltyctl.model import desired_rules, rule_files
from loyaltyctl.model.rule_sets import rule_set

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.cli.runtime.inputs import Inputs
    from loyaltyctl.cli.runtime.messages import Messages
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.intake.documents import Document
    from loyaltyctl.model.rules import EarningRule


class LoadedRules(NamedTuple):
    """Rules files that a command has loaded: one file, or all files of a folder.

    The rules may differ by site, since rules files can name tiers whose ids differ by site.
    """

    name: str
    documents: tuple[Document, ...]
    source: Source

    def tiers(self, site: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Return the tier names of all loaded rules files, each with the id of the tier on a site."""
        read = (rule_files.TierNames.read(one).on(site) for one in self.documents)
        return tuple(pair for ids in read for pair in ids.items())

    def rules(self, messages: Messages, site: Sequence[str] = ()) -> list[EarningRule]:
        """Return the rules in all loaded rules files for a site, and write warnings about them.

        Raises InvalidData with the problems of all these files.
        """
        entries = [entry for one in self.documents for entry in rule_files.entries(one, site)]
        desired = rule_set(entries, desired_rules.validate_desired)
        if desired.problems:
            raise rule_files.invalid_file(self.name, tuple(desired.problems))
        for warning in dict.fromkeys(map(str, desired.warnings)):
            messages.warn(warning)
        return desired.rules


def load(inputs: Inputs, path: str) -> LoadedRules:
    """Load the rules file at `path`, or all rules files of the folder at `path`.

    Raises InvalidData for invalid syntax.
    """
    data = read_bytes(inputs, path)
    parsed = tuple(documents.parse(content, documents.display_name(name)) for name, content in data.items())
    absolute = "" if path == documents.STDIN else str(Path(path).absolute())
    return LoadedRules(
        documents.display_name(path), parsed, Source(path, _hash_of_rules_files(data), absolute)
    )


def read_bytes(inputs: Inputs, path: str) -> dict[str, bytes]:
    """Return the content of the rules file at `path`, or of all rules files in the folder, by file name.

    Raises UsageError for a folder without rules files.
    """
    folder = Path(path)
    if path == documents.STDIN or not documents.is_folder(folder):
        return {path: inputs.read_bytes(path)}
    found = documents.files_in(folder)
    if not found:
        raise UsageError(f"the folder {path} has no YAML or JSON files")
    return {str(file): inputs.read_bytes(str(file)) for file in found}


def current_hash(inputs: Inputs, source: Source, plan: Path) -> str | None:
    """Find and load the rules file or folder that `source` names, and return the hash of all its rules files.

    Returns None if the source is not a file or folder, or if it is not found. It is looked up at its absolute
    path, then at its path relative to `plan`: the repository may have been moved. A source stored by version
    0.1.0 has neither path, so it is looked up by name.
    """
    if not source.hash or source.name == documents.STDIN:
        return None
    names = (
        [source.path, source.from_plan] if source.path else [str(Path(source.name).absolute()), source.name]
    )
    candidates = [plan.parent / name for name in names if name]
    path = next((one for one in candidates if one.is_dir() or one.is_file()), None)
    if path is None:
        return None
    if not path.is_dir():
        return _hash_of_rules_files({source.name: inputs.read_bytes(str(path))})
    # The plan itself may have been written into the folder of its rules files.
    found = [one for one in documents.files_in(path) if one.resolve() != plan]
    return _hash_of_rules_files(
        {str(Path(source.name) / one.relative_to(path)): inputs.read_bytes(str(one)) for one in found}
    )


def site_names(settings: Settings) -> tuple[str, ...]:
    """Return the site names that a command's rules files may use: the profile and the ids of the site."""
    return (*filter(None, [settings.profile]), *site_ids(settings))


def site_ids(settings: Settings) -> tuple[str, ...]:
    """Return the ids among the site names of rules files: site id, account id, app instance id."""
    site, account = settings.target()
    return tuple(filter(None, (site.value, account.value, settings.instance())))


def _hash_of_rules_files(data: Mapping[str, bytes]) -> str:
    """Return one hash of all rules files that a command loads: their names and contents.

    A NUL follows each name, since a file name cannot contain one.
    """
    # Python decodes invalid bytes of a file name to lone surrogates: surrogateescape restores the bytes.
    return hash_of(
        b"".join(name.encode(errors="surrogateescape") + b"\0" + content for name, content in data.items())
    )
