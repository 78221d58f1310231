"""Generate words.tsv, the table of completion words, from the command tree.

completion/candidates.py reads it instead of importing the commands.

# loyaltyctl rules list            a command, or a group
>     NAME     summary             a command of the group
-o --output  METAVAR  *  help      an option; * if it is repeatable
=     METAVAR                      an argument
%     id title …                   the fields of its output

# :TRIGGER                         values of a metavar
VALUE    description
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyaltyctl.api.methods import CREATE_RULE, LIST_RULES
from loyaltyctl.backtest.request import Key
from loyaltyctl.cli.completion.shell_scripts import SCRIPTS
from loyaltyctl.cli.docs.topics import TOPICS
from loyaltyctl.config.formats import Format
from loyaltyctl.config.specs import SPECS
from loyaltyctl.contract.schemas import SCHEMAS
from loyaltyctl.contract.types import member_paths
from loyaltyctl.model.events.catalog import EVENT_TYPES
from loyaltyctl.model.events.paths import event_fields
from loyaltyctl.model.triggers import TRIGGERS, Kind
from loyaltyctl.orders.sources.descriptions import read_catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loyaltyctl.cli.docs.tree import Node


def text(nodes: Iterable[Node]) -> str:
    """Return the text of words.tsv, the table of completion words, for all nodes of the command tree."""
    blocks = {" ".join(node.words): [*_command_lines(node)] for node in nodes} | {
        f":{metavar}": [*map("\t".join, values)] for metavar, values in _values_by_metavar().items()
    }
    return "\n".join(
        "".join(f"{line}\n" for line in (f"# {title}", *lines)) for title, lines in blocks.items()
    )


def _command_lines(node: Node) -> Iterator[str]:
    """Yield the lines of words.tsv for a command or group."""
    for child in node.children():
        yield f">\t{child.words[-1]}\t{child.summary}"
    for _, params in node.sections():
        for param in params:
            if param.param_type_name == "option":
                names = " ".join(sorted(param.opts, key=len))
                yield f"{names}\t{_metavar(param)}\t{'*' if param.multiple else ''}\t{param.help}"
            else:
                yield f"=\t{_metavar(param)}"
    schema = SCHEMAS.get("-".join(node.words[1:]))
    if schema and not node.is_group:
        paths = dict.fromkeys(path for kind in schema.line_types() for path in member_paths(kind))
        yield f"%\t{' '.join(paths)}"


def _metavar(param: Any) -> str:
    """Return the metavar of a parameter for words.tsv, such as `ID...` or `=A|=B`; empty for a flag."""
    if getattr(param, "is_flag", False):
        return ""
    choices = getattr(param.type, "choices", None)
    if choices:
        return "|".join(f"={choice}" for choice in choices)
    metavar = str(param.metavar).removesuffix("...")
    if metavar.startswith("["):
        metavar = metavar.strip("[]")
    # A part in lower case is a literal value, such as `latest` in N|latest.
    parts = (f"={part}" if part.islower() else part for part in metavar.split("|"))
    return "|".join(parts) + ("..." if param.nargs == -1 else "")


def _values_by_metavar() -> dict[str, Iterable[tuple[str, str]]]:
    """Return the completion words for each metavar whose values are the same on every machine."""
    return {
        "TRIGGER": [(one.activity_type, one.title) for one in TRIGGERS if one.kind is Kind.NON_AUTOMATED],
        "TYPE": [(name, kind.fires) for kind in EVENT_TYPES for name in (kind.short, kind.name)],
        "HANDLER": [(name, kind.name) for kind in EVENT_TYPES for name in (kind.velo, kind.sdk) if name],
        "VALUE output": [(format_.value, "") for format_ in Format],
        "FIELD": {
            path: field.description for kind in EVENT_TYPES for path, field in event_fields(kind).items()
        }.items(),
        "KEY": [(key.value, "") for key in Key],
        "PATH": [(LIST_RULES.path, "all rules"), (CREATE_RULE.path, "a new rule")],
        "SETTING": [(spec.name, spec.help) for spec in SPECS.values()],
        "SCHEMA": [(schema.name, schema.title) for schema in SCHEMAS.values()],
        "SHELL": [(shell, "") for shell in SCRIPTS],
        "SOURCE": [(source.name, source.title) for source in read_catalog().values()],
        "TOPIC": [(name, topic.about) for name, topic in TOPICS.items()],
    }
