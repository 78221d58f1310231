"""`rules export`: the rules of a site as a file to keep, review and apply."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Option

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.views import RULE
from loyaltyctl.config.formats import Format
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import atomic_files
from loyaltyctl.intake.documents import Syntax, is_folder
from loyaltyctl.intake.values import is_unicode, quoted
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from loyaltyctl.intake.values import Json, JsonObject

Out = Annotated[
    str | None,
    Option(
        "--out", metavar="FILE|FOLDER", help="Write a file, or a folder of files, or bring one up to date."
    ),
]

_NOT_STATED = "nothing was written, because the new text would not state the rules of the site"
_CODE = "CANNOT_EDIT"
_ELSEWHERE = "Export to another file, and take over what is new in it."
_SUFFIXES = {".yaml": Syntax.YAML, ".yml": Syntax.YAML, ".json": Syntax.JSON}


def export(ctx: Context, out: Out = None) -> None:
    """Write the rules of a site as a file, for git and for review.

    What the server owns (ids, revisions, dates) is left out; an id stands there where only
    that tells two rules apart. With --out, a file that is there already is brought up to
    date: what is still true in it stays as it was written, comments too, and rules that are
    not on the site are taken out after a question. A folder gets a file for each rule.
    Beside it lies the schema, with which editors complete and check.

    Examples:
      loyaltyctl -p sandbox rules export
      loyaltyctl -p sandbox rules export --out rules.yaml
      loyaltyctl -p sandbox rules export --out rules/
      loyaltyctl -p sandbox rules export --json
    """
    from loyaltyctl.apply import merge

    ctx.output.check(RULE)
    rules = ctx.rules.list()
    if ctx.dry_run:
        return
    for rule in rules:
        if not is_unicode(rule.document):
            raise InvalidData(f"the rule {rule.id} has characters that are not Unicode text")
    if out is not None:
        _write(ctx, Path(out), rules, folder=out.endswith(("/", os.sep)) or is_folder(out))
    elif ctx.settings["output"].value in (None, Format.YAML) and not (ctx.flags.fields or ctx.flags.query):
        ctx.output.write(_text(merge.new_file(merge.file_rules(rules)), Syntax.YAML))
    else:
        from loyaltyctl.model.desired_rules import Key, full, shared_keys

        shared = shared_keys(rules)
        ctx.output.show_all([EarningRule(full(rule, with_id=Key.of(rule) in shared)) for rule in rules], RULE)


def _write(ctx: Context, path: Path, rules: Sequence[EarningRule], *, folder: bool) -> None:
    """Write a file or a folder anew, or bring it up to date."""
    from loyaltyctl.apply import merge
    from loyaltyctl.cli.runtime import rules_files
    from loyaltyctl.intake import documents

    if not folder and path.name.lower() in _SUFFIXES:
        raise UsageError(f"{path} is a suffix without a name", hint="Such as: --out rules.yaml")
    if not folder and path.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"a file of rules is YAML or JSON: {path} has none of {' '.join(_SUFFIXES)}")
    with atomic_files.convert_errors(path):
        before = None if folder else _content(path)
        there = bool(documents.files_in(path)) if folder else not _is_blank(before, path)
    site = rules_files.site_names(ctx.settings)
    read: dict[str, bytes] = {}
    texts: dict[str, str] = {}
    if there:
        read = rules_files.read_bytes(ctx, str(path))
        texts, merged = _brought_up_to_date(read, rules, site, folder=folder)
        added = merged.added
        if merged.removed:
            gone = ", ".join(map(quoted, merged.removed))
            ctx.prompts.confirm(f"{gone}: not on the site. Take this out of the file?")
        said = merged.summary
    else:
        added, said = merge.file_rules(rules), f"{len(rules)} rules"
    if there:
        _check(texts, read, rules, site, len(added) if folder else 0)
    if folder:
        texts |= _files(path, added)
    elif not there:
        texts[str(path)] = _new_text(before, added, path)
        read = {} if before is None else {str(path): before}
    _put(path if folder else path.parent, texts, read, folder=folder)
    ctx.messages.note(f"wrote {path}: {said}")


def _content(path: Path) -> bytes | None:
    """The bytes of a file, None where there is none. Raises UsageError for what is no file."""
    atomic_files.resolve_target(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _is_blank(data: bytes | None, path: Path) -> bool:
    """Whether there is no file, or nothing in it; in YAML, comments do not count."""
    lines = (data or b"").removeprefix(BOM_UTF8).splitlines()
    marks = (b"#",) if _SUFFIXES[path.suffix.lower()] is Syntax.YAML else ()
    return not any(line.strip() and not line.lstrip().startswith(marks) for line in lines)


def _new_text(before: bytes | None, rules: Sequence[JsonObject], path: Path) -> str:
    """The text of a file without rules so far: its comments stay, and its kind of line ends."""
    from loyaltyctl.apply import merge
    from loyaltyctl.intake import strict_json

    syntax = _SUFFIXES[path.suffix.lower()]
    text = _text(merge.new_file(rules), syntax)
    if before is None or syntax is Syntax.JSON:
        return text
    comments = strict_json.decode(before, str(path))
    comments += "\n" if comments.strip() and not comments.endswith("\n") else ""
    text = comments.replace("\r\n", "\n") + text
    text = text.replace("\n", "\r\n") if "\r\n" in comments else text
    _check_text(text, merge.new_file(rules), syntax)
    return ("\ufeff" if before.startswith(BOM_UTF8) else "") + text


class _Merged(NamedTuple):
    """The result of an export for the rules in files: new statements, titles of changed and removed ones."""

    added: list[JsonObject]
    changed: list[str]
    removed: list[str]

    @property
    def summary(self) -> str:
        counts = {"added": len(self.added), "changed": len(self.changed), "taken out": len(self.removed)}
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "it was up to date"


def _brought_up_to_date(
    read: Mapping[str, bytes], rules: Sequence[EarningRule], site: Sequence[str], *, folder: bool
) -> tuple[dict[str, str], _Merged]:
    """The new text of each file that changes, and what changes."""
    from loyaltyctl.apply import merge
    from loyaltyctl.intake import documents
    from loyaltyctl.model import desired_rules, rule_files
    from loyaltyctl.model.rule_sets import rule_set
    from loyaltyctl.render.file_edits import FileEdits

    parsed = [documents.parse(data, name) for name, data in read.items()]
    stated = rule_set(
        [entry for one in parsed for entry in rule_files.entries(one, site)], desired_rules.validate
    )
    if stated.problems:
        what = "the rules that are there have problems; nothing was written"
        raise InvalidData(what, details=stated.problems, hint="See: loyaltyctl rules validate -f FILE")
    names: dict[str, str] = {}
    for one in parsed:
        names |= {tier: name for name, tier in rule_files.TierNames.read(one).on(site).items()}
    edited = {one.name: FileEdits(read[one.name], one) for one in parsed}
    merged = merge.merge(edited, stated.located, rules, names)
    if not folder and merged.added:
        [only] = edited.values()
        only.add(merge.list_of(parsed[0].value), merged.added)
    texts = {name: one.text for name, one in edited.items()}
    texts = {name: text for name, text in texts.items() if text.encode() != read[name]}
    return texts, _Merged(merged.added, merged.changed, merged.removed)


def _check(
    texts: Mapping[str, str],
    read: Mapping[str, bytes],
    rules: Sequence[EarningRule],
    site: Sequence[str],
    elsewhere: int,
) -> None:
    """Raise InvalidData unless files with new texts state the rules, but for those that go elsewhere."""
    if not texts:
        return
    new = dict(read) | {name: text.encode() for name, text in texts.items()}
    try:
        changes, merged = _brought_up_to_date(new, rules, site, folder=True)
    except InvalidData as error:
        raise InvalidData(_NOT_STATED, code=_CODE, details=error.details, hint=_ELSEWHERE) from None
    if changes or merged.changed or merged.removed or len(merged.added) != elsewhere:
        raise InvalidData(f"{_NOT_STATED}: {merged.summary}", code=_CODE, hint=_ELSEWHERE)


def _check_text(text: str, content: Json, syntax: Syntax) -> None:
    """Raise InvalidData unless a new text has the content that it is made of."""
    from loyaltyctl.intake import documents

    if documents.parse(text.encode(), f"the new text.{syntax}").value != content:
        raise InvalidData(_NOT_STATED, code=_CODE)


def _files(folder: Path, added: Sequence[JsonObject]) -> dict[str, str]:
    """A file for each rule that is new in a folder, named after it."""
    from loyaltyctl.apply import merge

    texts: dict[str, str] = {}
    for statement in added:
        title = str(statement.get("title") or statement.get("trigger") or "rule")
        stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "rule"
        number = 1
        while (path := folder / f"{stem}{'' if number == 1 else f'-{number}'}.yaml").exists() or str(
            path
        ) in texts:
            number += 1
        texts[str(path)] = _text(merge.new_file([statement]), Syntax.YAML)
    return texts


def _text(content: Json, syntax: Syntax) -> str:
    """A new file; in YAML, a blank line stands between two rules."""
    from loyaltyctl.render import json_yaml

    if syntax is Syntax.JSON:
        text = json_yaml.to_json(content, indented=True)
    else:
        first, *others = json_yaml.to_yaml(content).split("\n- ")
        text = f"{first}\n- " + "\n\n- ".join(others) if others else first
    _check_text(text, content, syntax)
    return text


def _is_husk(text: str) -> bool:
    """Whether a file of a folder has nothing left in it: neither a rule nor a comment."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("$schema:")]
    return lines == ["rules: []"]


def _put(place: Path, texts: Mapping[str, str], read: Mapping[str, bytes], *, folder: bool) -> None:
    """Write files that are as they were read, and the schema beside them."""
    from loyaltyctl.apply.merge import SCHEMA_FILE
    from loyaltyctl.contract.schemas import SCHEMAS
    from loyaltyctl.render import json_yaml

    schema = json_yaml.to_json(SCHEMAS["rules-file"].document(), indented=True)
    empty = [name for name, text in texts.items() if folder and _is_husk(text)]
    files = [
        atomic_files.NewFile(Path(name), text, atomic_files.SHARED, read.get(name))
        for name, text in texts.items()
        if name not in empty
    ]
    files.append(atomic_files.NewFile(place / SCHEMA_FILE, schema, atomic_files.SHARED))
    with atomic_files.convert_errors(place):
        place.mkdir(parents=True, exist_ok=True)
    for one in files:
        with atomic_files.convert_errors(one.path):
            atomic_files.resolve_target(
                one.path
            ).parent.stat()  # a link may lead to a folder that is not there
    with atomic_files.convert_errors(place):
        atomic_files.replace_all(files, [(Path(name), read[name]) for name in empty])
