"""`loyaltyctl rules validate`: check rules files offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Option

from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs import rules
from loyaltyctl.contract.outputs.rules import Severity
from loyaltyctl.errors import InvalidData, Location, UsageError
from loyaltyctl.intake import documents
from loyaltyctl.render import sarif
from loyaltyctl.render.views import RED, YELLOW, Column, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.errors import Detail
    from loyaltyctl.model.rule_files import Entry

Strict = Annotated[bool, Option("--strict", help="Treat advice as errors.")]


class Finding(NamedTuple):
    """Finding of `rules validate`: an error in a rules file, or advice about it, with its location."""

    severity: Severity
    code: str
    message: str
    location: Location
    field: str = ""

    @property
    def output(self) -> rules.Finding:
        """The JSON output of this finding of `rules validate`."""
        return rules.Finding(
            self.severity,
            self.code,
            self.message,
            self.field or None,
            self.location.file,
            self.location.line or None,
            self.location.column or None,
        )


def _findings_output(findings: Sequence[Finding], outputs: list[rules.Finding]) -> rules.Findings:
    """Return the JSON output of `rules validate`: all findings, and whether the files are valid."""
    return rules.Findings(not any(one.severity is Severity.ERROR for one in findings), outputs)


FINDING = View[Finding](
    columns=(
        Column("WHERE", lambda one: ":".join(map(str, filter(None, one.location[:3]))), whole=True),
        Column(
            "SEVERITY",
            lambda one: one.severity,
            lambda one: RED if one.severity is Severity.ERROR else YELLOW,
        ),
        Column("MESSAGE", lambda one: ": ".join(filter(None, (one.field, one.message))), whole=True),
        Column("CODE", lambda one: one.code, rank=1),
    ),
    empty="",
    output=lambda one: one.output,
    id=lambda one: str(one.location),
    output_type=rules.Finding,
    whole=_findings_output,
    sarif=lambda one: sarif.Finding(
        "error" if one.severity is Severity.ERROR else "warning",
        one.code,
        ": ".join(filter(None, (one.field, one.message))),
        one.location,
    ),
)


def validate(ctx: Context, file: flags.File = None, strict: Strict = False) -> None:
    """Check a rules file, or a folder of them, offline.

    All errors are reported together, with file, line and column. Advice is about rules that
    are valid but may be a mistake: several active rules with one trigger, no active rule at
    all, tiers that earn less than the base tier. Errors end with exit code 6.

    Examples:
      loyaltyctl rules validate -f rules.yaml
      loyaltyctl rules validate -f rules.yaml --strict --json
      loyaltyctl rules validate -f rules.yaml -o sarif
    """
    if file is None:
        raise UsageError("no file to check is given", hint="Give -f FILE, or -f FOLDER.")
    findings = _validate_files(ctx, file)
    ctx.output.show_all(findings, FINDING)
    errors = sum(one.severity is Severity.ERROR for one in findings)
    counted = len(findings) if strict else errors
    name = documents.display_name(file)
    if counted:
        raise InvalidData(f"{name} has {'a problem' if counted == 1 else f'{counted} problems'}")
    pieces = f"{len(findings)} {'piece' if len(findings) == 1 else 'pieces'} of advice"
    ctx.messages.note(f"{name}: no errors" + (f", {pieces}" if findings else ""))


def _validate_files(ctx: Context, file: str) -> list[Finding]:
    """Return the findings in a rules file or folder, by file and line.

    A file that cannot be parsed gives one finding; the other files of the folder are still validated.
    """
    from loyaltyctl.cli.runtime import rules_loader
    from loyaltyctl.model import desired_rules, rule_files
    from loyaltyctl.model.advice import advice
    from loyaltyctl.model.rule_sets import rule_set

    findings: list[Finding] = []
    entries: list[Entry] = []
    for name, data in rules_loader.read_bytes(ctx.inputs, file).items():
        try:
            entries += rule_files.entries(documents.parse(data, documents.display_name(name)))
        except InvalidData as error:
            at = error.at or Location(documents.display_name(name))
            findings.append(Finding(Severity.ERROR, error.reason, error.problem, at))
    result = rule_set(entries, desired_rules.validate_new_desired)
    findings += _to_findings(Severity.ERROR, result.problems)
    findings += _to_findings(Severity.ADVICE, [*result.warnings, *advice(result.located)])
    return sorted(findings, key=lambda one: one.location[:3])


def _to_findings(severity: Severity, details: Iterable[Detail]) -> list[Finding]:
    """Return problems or advice as the findings of `rules validate`, all with the same severity."""
    return [
        Finding(
            severity,
            detail.rule or "UNKNOWN_FIELD",
            detail.message,
            detail.where if isinstance(detail.where, Location) else Location(str(detail.where)),
            detail.field,
        )
        for detail in details
    ]
