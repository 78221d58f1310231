"""Files of `rules export`: write new ones, and update existing ones without losing what people wrote.

Before anything is written, the new texts are parsed and compared with the rules of the site: an edit of a
file that people wrote must never state other rules.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.apply import merge
from loyaltyctl.cli.runtime import rules_files
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import atomic_files, documents, strict_json
from loyaltyctl.intake.documents import Syntax
from loyaltyctl.intake.values import quoted
from loyaltyctl.render import json_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.rules import EarningRule

_MISMATCH = "nothing was written, because the new text would not match the rules of the site"
_MISMATCH_CODE = "CANNOT_EDIT"
_MISMATCH_HINT = "Export to another file, and copy the changes from it."
_SUFFIXES = {".yaml": Syntax.YAML, ".yml": Syntax.YAML, ".json": Syntax.JSON}


def write(ctx: Context, path: Path, rules: Sequence[EarningRule], *, folder: bool) -> None:
    """Write the rules to a file or a folder, or update the rules files that exist there."""
    if not folder:
        _check_suffix(path)
    with atomic_files.convert_errors(path):
        content = None if folder else _read(path)
        exists = bool(documents.files_in(path)) if folder else not _is_blank(content, path)
    site = rules_files.site_names(ctx.settings)
    before: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    if exists:
        before = rules_files.read_bytes(ctx.inputs, str(path))
        texts, merged = _update(before, rules, site, folder=folder)
        if merged.removed:
            titles = ", ".join(map(quoted, merged.removed))
            ctx.prompts.confirm(f"{titles}: not on the site. Remove from the file?")
        added, summary = merged.added, merged.summary
        _check(texts, before, rules, site, len(added) if folder else 0)
    else:
        added, summary = merge.file_rules(rules), f"{len(rules)} rules"
    if folder:
        texts |= _files_of(path, added)
    elif not exists:
        texts[str(path)] = _fill(content, added, path)
        before = {} if content is None else {str(path): content}
    _replace(path if folder else path.parent, texts, before, folder_of_files=folder)
    ctx.messages.note(f"wrote {path}: {summary}")


def new_file(rules: Sequence[EarningRule], syntax: Syntax) -> str:
    """Return the text of a new file with these rules."""
    return _to_text(merge.new_file(merge.file_rules(rules)), syntax)


class _Merged(NamedTuple):
    """Result of a merge of rules into files: new rules, and the titles of changed and removed ones."""

    added: list[JsonObject]
    changed: list[str]
    removed: list[str]

    @property
    def summary(self) -> str:
        """The number of rules of each kind, in words."""
        counts = {"added": len(self.added), "changed": len(self.changed), "removed": len(self.removed)}
        return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "it was up to date"


def _check_suffix(path: Path) -> None:
    if path.name.lower() in _SUFFIXES:
        raise UsageError(f"{path} is a suffix without a name", hint="Such as: --out rules.yaml")
    if path.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"a rules file is YAML or JSON: {path} does not end in {' '.join(_SUFFIXES)}")


def _read(path: Path) -> bytes | None:
    """Return the content of a file; None if there is none. Raises UsageError unless it is a regular file."""
    atomic_files.resolve_target(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _is_blank(content: bytes | None, path: Path) -> bool:
    """Return whether a file is missing or empty; in YAML, a file with only comments counts as empty."""
    lines = (content or b"").removeprefix(BOM_UTF8).splitlines()
    comments = (b"#",) if _SUFFIXES[path.suffix.lower()] is Syntax.YAML else ()
    return not any(line.strip() and not line.lstrip().startswith(comments) for line in lines)


def _fill(content: bytes | None, rules: Sequence[JsonObject], path: Path) -> str:
    """Return the new text of a blank file; its comments, line ends and byte order mark are kept."""
    syntax = _SUFFIXES[path.suffix.lower()]
    text = _to_text(merge.new_file(rules), syntax)
    if content is None or syntax is Syntax.JSON:
        return text
    comments = strict_json.decode(content, str(path))
    comments += "\n" if comments.strip() and not comments.endswith("\n") else ""
    text = comments.replace("\r\n", "\n") + text
    text = text.replace("\n", "\r\n") if "\r\n" in comments else text
    _check_text(text, merge.new_file(rules), syntax)
    return ("\ufeff" if content.startswith(BOM_UTF8) else "") + text


def _update(
    before: Mapping[str, bytes], rules: Sequence[EarningRule], site: Sequence[str], *, folder: bool
) -> tuple[dict[str, str], _Merged]:
    """Return the new text of each file that changes, and the changes."""
    from loyaltyctl.model import desired_rules, rule_files
    from loyaltyctl.model.rule_sets import rule_set
    from loyaltyctl.render.file_edits import FileEdits

    parsed = [documents.parse(data, name) for name, data in before.items()]
    entries = [entry for document in parsed for entry in rule_files.entries(document, site)]
    stated = rule_set(entries, desired_rules.validate)
    if stated.problems:
        raise InvalidData(
            "the existing rules have problems; nothing was written",
            details=stated.problems,
            hint="See: loyaltyctl rules validate -f FILE",
        )
    tier_names: dict[str, str] = {}
    for document in parsed:
        ids = rule_files.TierNames.read(document).on(site)
        tier_names |= {tier: name for name, tier in ids.items()}
    edited = {document.name: FileEdits(before[document.name], document) for document in parsed}
    merged = merge.merge(edited, stated.located, rules, tier_names)
    if not folder and merged.added:
        [only] = edited.values()
        only.add(merge.rule_list_path(parsed[0].value), merged.added)
    texts = {name: file.text for name, file in edited.items() if file.text.encode() != before[name]}
    return texts, _Merged(merged.added, merged.changed, merged.removed)


def _check(
    texts: Mapping[str, str],
    before: Mapping[str, bytes],
    rules: Sequence[EarningRule],
    site: Sequence[str],
    expected_new: int,
) -> None:
    """Raise InvalidData unless the files state the rules of the site, but for those that get own files."""
    if not texts:
        return
    after = dict(before) | {name: text.encode() for name, text in texts.items()}
    try:
        changes, merged = _update(after, rules, site, folder=True)
    except InvalidData as error:
        raise InvalidData(
            _MISMATCH, code=_MISMATCH_CODE, details=error.details, hint=_MISMATCH_HINT
        ) from None
    if changes or merged.changed or merged.removed or len(merged.added) != expected_new:
        raise InvalidData(f"{_MISMATCH}: {merged.summary}", code=_MISMATCH_CODE, hint=_MISMATCH_HINT)


def _check_text(text: str, content: Json, syntax: Syntax) -> None:
    """Raise InvalidData unless a new text is parsed as the content that it was made of."""
    if documents.parse(text.encode(), f"the new text.{syntax}").value != content:
        raise InvalidData(_MISMATCH, code=_MISMATCH_CODE)


def _files_of(folder: Path, rules: Sequence[JsonObject]) -> dict[str, str]:
    """Return the text of a file for each new rule in a folder, by a free name made of its title."""
    texts: dict[str, str] = {}
    for rule in rules:
        title = str(rule.get("title") or rule.get("trigger") or "rule")
        stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "rule"
        path, number = folder / f"{stem}.yaml", 1
        while path.exists() or str(path) in texts:
            number += 1
            path = folder / f"{stem}-{number}.yaml"
        texts[str(path)] = _to_text(merge.new_file([rule]), Syntax.YAML)
    return texts


def _to_text(content: Json, syntax: Syntax) -> str:
    """Return the text of a new file; in YAML, with a blank line between two rules."""
    if syntax is Syntax.JSON:
        text = json_yaml.to_json(content, indented=True)
    else:
        first, *others = json_yaml.to_yaml(content).split("\n- ")
        text = f"{first}\n- " + "\n\n- ".join(others) if others else first
    _check_text(text, content, syntax)
    return text


def _has_no_content(text: str) -> bool:
    """Return whether a file of a folder has neither a rule nor a comment."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("$schema:")]
    return lines == ["rules: []"]


def _replace(
    folder: Path, texts: Mapping[str, str], before: Mapping[str, bytes], *, folder_of_files: bool
) -> None:
    """Write the files, unless they changed since they were read, and the JSON Schema beside them."""
    from loyaltyctl.contract.schemas import SCHEMAS

    schema = json_yaml.to_json(SCHEMAS["rules-file"].document(), indented=True)
    removed = [name for name, text in texts.items() if folder_of_files and _has_no_content(text)]
    files = [
        atomic_files.NewFile(Path(name), text, atomic_files.SHARED, before.get(name))
        for name, text in texts.items()
        if name not in removed
    ]
    files.append(atomic_files.NewFile(folder / merge.SCHEMA_FILE, schema, atomic_files.SHARED))
    with atomic_files.convert_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        with atomic_files.convert_errors(file.path):
            # A link may lead to a folder that does not exist: noticed before any file is replaced.
            atomic_files.resolve_target(file.path).parent.stat()
    with atomic_files.convert_errors(folder):
        atomic_files.replace_all(files, [(Path(name), before[name]) for name in removed])
