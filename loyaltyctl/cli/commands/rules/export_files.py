"""Write the files of `rules export`: create new files, or update existing ones and keep their comments.

Before anything is written, the new texts are parsed, and compared with the rules of the site. If they differ,
nothing is written.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING

from loyaltyctl.apply import merge
from loyaltyctl.cli.runtime import rules_loader
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import atomic_files, documents, strict_json
from loyaltyctl.intake.documents import Syntax
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.rule_files import RULES, SCHEMA, rule_list_path
from loyaltyctl.render import json_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.rules import EarningRule

_MISMATCH = "nothing was written, because the new text would not match the rules of the site"
_MISMATCH_CODE = "CANNOT_EDIT"
_MISMATCH_HINT = "Export to another file, and copy the changes from it."
_SCHEMA_FILE = "loyalty-rules.schema.json"
_SUFFIXES = {".yaml": Syntax.YAML, ".yml": Syntax.YAML, ".json": Syntax.JSON}


def write(ctx: Context, path: Path, rules: Sequence[EarningRule], *, folder: bool) -> None:
    """Export rules to a file or a folder, or update the rules files that exist there."""
    if not folder:
        _check_suffix(path)
    with atomic_files.convert_errors(path):
        content = None if folder else _read_existing(path)
        exists = bool(documents.files_in(path)) if folder else not _is_blank(content, path)
    site = rules_loader.site_names(ctx.settings)
    before: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    if exists:
        before = rules_loader.read_bytes(ctx.inputs, str(path))
        texts, merged = _merge_into_files(before, rules, site, folder=folder)
        if merged.removed:
            titles = ", ".join(map(quoted, merged.removed))
            ctx.prompts.confirm(f"{titles}: not on the site. Remove from the file?")
        added, summary = merged.added, _merge_summary(merged)
        _check_merged_files(texts, before, rules, site, len(added) if folder else 0)
    else:
        added, summary = merge.file_rules(rules), "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
    if folder:
        texts |= _new_files(path, added)
    elif not exists:
        texts[str(path)] = _fill_blank_file(content, added, path)
        before = {} if content is None else {str(path): content}
    _replace_files(path if folder else path.parent, texts, before, folder_of_files=folder)
    ctx.messages.note(f"wrote {path}: {summary}")


def new_file(rules: Sequence[EarningRule], syntax: Syntax) -> str:
    """Return the text of a new rules file for `rules export`."""
    return _rules_file_text(_new_document(merge.file_rules(rules)), syntax)


def _merge_summary(merged: merge.Merged) -> str:
    """Describe how `rules export` updated existing files: the number of rules, such as `2 added`."""
    counts = ((name, len(rules)) for name, rules in merged._asdict().items())
    return ", ".join(f"{count} {name}" for name, count in counts if count) or "it was up to date"


def _check_suffix(path: Path) -> None:
    """Raise UsageError unless the name of the rules file ends in .yaml, .yml or .json."""
    if path.name.lower() in _SUFFIXES:
        raise UsageError(f"{path} is a suffix without a name", hint="Such as: --out rules.yaml")
    if path.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"a rules file is YAML or JSON: {path} does not end in .yaml, .yml or .json")


def _read_existing(path: Path) -> bytes | None:
    """Return the content of the rules file that `rules export` updates; None if it does not exist.

    Raises UsageError if it exists but is not a regular file.
    """
    atomic_files.resolve_target(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _is_blank(content: bytes | None, path: Path) -> bool:
    """Return whether the file to export to is missing or empty; comments of a YAML file do not count."""
    lines = (content or b"").removeprefix(BOM_UTF8).splitlines()
    comments = (b"#",) if _SUFFIXES[path.suffix.lower()] is Syntax.YAML else ()
    return not any(line.strip() and not line.lstrip().startswith(comments) for line in lines)


def _fill_blank_file(content: bytes | None, rules: Sequence[JsonObject], path: Path) -> str:
    """Return the text to export to a blank file; its comments, line ends and byte order mark are kept."""
    syntax = _SUFFIXES[path.suffix.lower()]
    text = _rules_file_text(_new_document(rules), syntax)
    if content is None or syntax is Syntax.JSON:
        return text
    comments = strict_json.decode(content, str(path))
    comments += "\n" if comments.strip() and not comments.endswith("\n") else ""
    text = comments.replace("\r\n", "\n") + text
    text = text.replace("\n", "\r\n") if "\r\n" in comments else text
    _check_parses_as(text, _new_document(rules), syntax)
    return ("\ufeff" if content.startswith(BOM_UTF8) else "") + text


def _merge_into_files(
    before: Mapping[str, bytes], rules: Sequence[EarningRule], site: Sequence[str], *, folder: bool
) -> tuple[dict[str, str], merge.Merged]:
    """Merge the rules to export into existing files; return the text to write to each, and the changes."""
    from loyaltyctl.model import desired_rules, rule_files
    from loyaltyctl.model.rule_sets import rule_set
    from loyaltyctl.render.file_edits import FileEdits

    parsed = [documents.parse(data, name) for name, data in before.items()]
    entries = [entry for document in parsed for entry in rule_files.entries(document, site)]
    existing = rule_set(entries, desired_rules.validate_desired)
    if existing.problems:
        raise InvalidData(
            "the existing rules have problems; nothing was written",
            details=existing.problems,
            hint="See: loyaltyctl rules validate -f FILE",
        )
    tier_names: dict[str, str] = {}
    for document in parsed:
        ids = rule_files.TierNames.read(document).on(site)
        tier_names |= {tier: name for name, tier in ids.items()}
    edited = {document.name: FileEdits(before[document.name], document) for document in parsed}
    merged = merge.merge(edited, existing.located, rules, tier_names)
    if not folder and merged.added:
        [only] = edited.values()
        only.add(rule_list_path(parsed[0].value), merged.added)
    texts = {name: file.text for name, file in edited.items() if file.text.encode() != before[name]}
    return texts, merged


def _check_merged_files(
    texts: Mapping[str, str],
    before: Mapping[str, bytes],
    rules: Sequence[EarningRule],
    site: Sequence[str],
    expected_new: int,
) -> None:
    """Raise InvalidData unless the texts that `rules export` writes match the rules of the site.

    Merges the site's rules into the new texts again: this must change nothing, and add only the
    `expected_new` rules that get files of their own.
    """
    if not texts:
        return
    after = dict(before) | {name: text.encode() for name, text in texts.items()}
    try:
        changes, merged = _merge_into_files(after, rules, site, folder=True)
    except InvalidData as error:
        raise InvalidData(
            _MISMATCH, code=_MISMATCH_CODE, details=error.details, hint=_MISMATCH_HINT
        ) from None
    if changes or merged.changed or merged.removed or len(merged.added) != expected_new:
        raise InvalidData(f"{_MISMATCH}: {_merge_summary(merged)}", code=_MISMATCH_CODE, hint=_MISMATCH_HINT)


def _check_parses_as(text: str, content: Json, syntax: Syntax) -> None:
    """Check the new text of a file before it is written. Raises InvalidData unless it parses to `content`."""
    if documents.parse(text.encode(), f"the new text.{syntax}").value != content:
        raise InvalidData(_MISMATCH, code=_MISMATCH_CODE)


def _new_files(folder: Path, rules: Sequence[JsonObject]) -> dict[str, str]:
    """Return the text of a new rules file for each rule, by an unused path made from the rule's title."""
    texts: dict[str, str] = {}
    for rule in rules:
        title = str(rule.get("title") or rule.get("trigger") or "rule")
        stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "rule"
        path, number = folder / f"{stem}.yaml", 1
        while path.exists() or str(path) in texts:
            number += 1
            path = folder / f"{stem}-{number}.yaml"
        texts[str(path)] = _rules_file_text(_new_document([rule]), Syntax.YAML)
    return texts


def _new_document(rules: Sequence[JsonObject]) -> JsonObject:
    """Return the document of a new rules file to export, with the reference to its JSON Schema."""
    return {SCHEMA: _SCHEMA_FILE, RULES: [*rules]}


def _rules_file_text(content: Json, syntax: Syntax) -> str:
    """Return the text of a new rules file to export; in YAML, a blank line separates two rules."""
    if syntax is Syntax.JSON:
        text = json_yaml.to_json(content, indented=True)
    else:
        first, *others = json_yaml.to_yaml(content).split("\n- ")
        text = f"{first}\n- " + "\n\n- ".join(others) if others else first
    _check_parses_as(text, content, syntax)
    return text


def _has_no_content(text: str) -> bool:
    """Return whether an exported rules file has no rules and no comments left, so that it can be deleted."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("$schema:")]
    return lines == ["rules: []"]


def _replace_files(
    folder: Path, texts: Mapping[str, str], before: Mapping[str, bytes], *, folder_of_files: bool
) -> None:
    """Write the exported rules files, and their JSON Schema beside them.

    In a folder, deletes each file that has no rules and no comments left. Raises Conflict if a file has
    changed since it was read.
    """
    from loyaltyctl.contract.schemas import SCHEMAS

    schema = json_yaml.to_json(SCHEMAS["rules-file"].document(), indented=True)
    removed = [name for name, text in texts.items() if folder_of_files and _has_no_content(text)]
    files = [
        atomic_files.NewFile(Path(name), text, atomic_files.SHARED, before.get(name))
        for name, text in texts.items()
        if name not in removed
    ]
    files.append(atomic_files.NewFile(folder / _SCHEMA_FILE, schema, atomic_files.SHARED))
    with atomic_files.convert_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        with atomic_files.convert_errors(file.path):
            # A symbolic link may lead into a missing folder: stat() fails then, before any file is replaced.
            atomic_files.resolve_target(file.path).parent.stat()
    with atomic_files.convert_errors(folder):
        atomic_files.replace_all(files, [(Path(name), before[name]) for name in removed])
