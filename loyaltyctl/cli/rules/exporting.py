"""`rules export`: the rules of a site as a file to keep, review and apply."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from loyaltyctl.cli.desk import Desk
from loyaltyctl.cli.views import RULE
from loyaltyctl.config.formats import Format
from loyaltyctl.errors import InvalidData, LoyaltyError, UsageError
from loyaltyctl.intake import whole_files
from loyaltyctl.intake.documents import Syntax
from loyaltyctl.intake.values import is_unicode, quoted
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.intake.values import Json, JsonObject

Out = Annotated[
    str | None,
    Option(
        "--out", metavar="FILE|FOLDER", help="Write a file, or a folder of files, or bring one up to date."
    ),
]


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
    from loyaltyctl.apply import merging

    desk = Desk.of(ctx)
    desk.will_show(RULE)
    rules = desk.rules.list()
    if desk.rehearsing:
        return
    for rule in rules:
        if not is_unicode(rule.document):
            raise InvalidData(f"the rule {rule.id} has characters that are not Unicode text")
    if out is not None:
        _write(desk, Path(out), rules, folder=out.endswith(("/", os.sep)) or Path(out).is_dir())
    elif desk.settings["output"].value in (None, Format.YAML) and not (desk.flags.fields or desk.flags.query):
        desk.stdout.write(_text(merging.new_file(merging.statements(rules)), Syntax.YAML))
    else:
        from loyaltyctl.model.statements import Key, full, shared_keys

        shared = shared_keys(rules)
        desk.show_all([EarningRule(full(rule, with_id=Key.of(rule) in shared)) for rule in rules], RULE)


def _write(desk: Desk, path: Path, rules: Sequence[EarningRule], *, folder: bool) -> None:
    """Write a file or a folder anew, or bring it up to date."""
    from loyaltyctl.apply import merging
    from loyaltyctl.cli.rules import wanted
    from loyaltyctl.intake import documents

    if not folder and path.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"a file of rules is YAML or JSON: {path} has none of {' '.join(_SUFFIXES)}")
    there = (path.is_dir() and bool(documents.files_in(path))) if folder else _has_content(path)
    texts: dict[str, str] = {}
    if there:
        texts, added, said = _brought_up_to_date(desk, wanted.texts(desk, str(path)), rules, folder=folder)
    else:
        added, said = merging.statements(rules), f"{len(rules)} rules"
    if folder:
        texts |= _files(path, added)
    elif not there:
        syntax = _SUFFIXES[path.suffix.lower()]
        comments = desk.text(str(path)) if path.exists() and syntax is Syntax.YAML else ""
        texts[str(path)] = comments + _text(merging.new_file(added), syntax)
    _put(path if folder else path.parent, texts, folder=folder)
    desk.say.note(f"wrote {path}: {said}")


def _has_content(path: Path) -> bool:
    """Whether a file has more than comments in it. Raises UsageError for what is no file."""
    if path.exists() and not path.is_file():
        raise UsageError(f"rules are written to a file or a folder, and {path} is neither")
    if not path.exists():
        return False
    lines = path.read_bytes().splitlines()
    return any(line.strip() and not line.lstrip().startswith(b"#") for line in lines)


def _brought_up_to_date(
    desk: Desk, read: dict[str, bytes], rules: Sequence[EarningRule], *, folder: bool
) -> tuple[dict[str, str], list[JsonObject], str]:
    """The new text of each file that changes, and the rules that no file had yet."""
    from loyaltyctl.apply import merging
    from loyaltyctl.cli.rules.wanted import names_of
    from loyaltyctl.intake import documents
    from loyaltyctl.model import rule_files, statements
    from loyaltyctl.model.rule_sets import rule_set
    from loyaltyctl.render.edited import Edited

    site = names_of(desk.settings)
    parsed = [documents.parse(data, name) for name, data in read.items()]
    stated = rule_set([entry for one in parsed for entry in rule_files.entries(one, site)], statements.check)
    if stated.problems:
        what = "the rules that are there have problems; nothing was written"
        raise InvalidData(what, details=stated.problems, hint="See: loyaltyctl rules validate -f FILE")
    names: dict[str, str] = {}
    for one in parsed:
        names |= {tier: name for name, tier in rule_files.TierNames.read(one).on(site).items()}
    edited = {one.name: Edited(read[one.name], one) for one in parsed}
    merged = merging.merge(edited, stated.stated, rules, names)
    if not folder and merged.added:
        [only] = edited.values()
        only.add(merging.list_of(parsed[0].value), merged.added)
    if merged.removed:
        gone = ", ".join(map(quoted, merged.removed))
        desk.confirm(f"{gone}: not on the site. Take this out of the file?")
    texts = {name: one.text for name, one in edited.items()}
    texts = {name: text for name, text in texts.items() if text.encode() != read[name]}
    counts = {"added": len(merged.added), "changed": len(merged.changed), "taken out": len(merged.removed)}
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return texts, merged.added, said or "it was up to date"


def _files(folder: Path, added: Sequence[JsonObject]) -> dict[str, str]:
    """A file for each rule that is new in a folder, named after it."""
    from loyaltyctl.apply import merging

    texts: dict[str, str] = {}
    for statement in added:
        title = str(statement.get("title") or statement.get("trigger") or "rule")
        stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "rule"
        number = 1
        while (path := folder / f"{stem}{'' if number == 1 else f'-{number}'}.yaml").exists() or str(
            path
        ) in texts:
            number += 1
        texts[str(path)] = _text(merging.new_file([statement]), Syntax.YAML)
    return texts


def _text(content: Json, syntax: Syntax) -> str:
    """A new file; in YAML, a blank line stands between two rules."""
    from loyaltyctl.render import machine

    if syntax is Syntax.JSON:
        return machine.to_json(content, indented=True)
    first, *others = machine.to_yaml(content).split("\n- ")
    return f"{first}\n- " + "\n\n- ".join(others) if others else first


def _is_husk(text: str) -> bool:
    """Whether a file of a folder has nothing left in it: neither a rule nor a comment."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("$schema:")]
    return lines == ["rules: []"]


def _put(place: Path, texts: dict[str, str], *, folder: bool) -> None:
    """Write files, and the schema beside them."""
    from loyaltyctl.apply.merging import SCHEMA_FILE
    from loyaltyctl.model.schemas import SCHEMAS
    from loyaltyctl.render import machine

    schema = {str(place / SCHEMA_FILE): machine.to_json(SCHEMAS["rules-file"].document(), indented=True)}
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, text in (texts | schema).items():
            if folder and _is_husk(text):
                Path(name).unlink()
            else:
                whole_files.replace(Path(name).resolve(), text, whole_files.SHARED)
    except (OSError, UnicodeEncodeError) as error:
        reason = getattr(error, "strerror", None) or "a text in it is not Unicode"
        raise LoyaltyError(f"cannot write to {place}: {reason}", code="CANNOT_WRITE") from None
