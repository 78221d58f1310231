"""The CI workflow in the README: its steps run unchanged, for changes that pass and for changes that must not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from loyaltyctl.backtest import example
from tests.conftest import GOLD, KEY, PURCHASE, SITE
from tests.project.test_distribution import ROOT
from tests.stories.runner import on_path

if TYPE_CHECKING:
    from tests.conftest import Home, Run, Served

VALUES = {"secrets.LOYALTYCTL_API_KEY": KEY, "vars.LOYALTYCTL_SITE_ID": SITE}
INSTALLS = "python3 -m pip install"
VALIDATES = "loyaltyctl rules validate"
DIFFS = "git show"
BACKTESTS = "loyaltyctl points backtest"


class JobResult(NamedTuple):
    """Result of a job: its steps, their output, and the exit code of the last one."""

    steps: list[str]
    log: str
    code: int


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this tree as the README says, without network."""
    folder = tmp_path_factory.mktemp("tools")
    line = [sys.executable, "-m", "pip", "--isolated", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*line, "-w", str(folder), str(ROOT)], check=True, capture_output=True, timeout=120)
    [wheel] = folder.glob("*.whl")
    return wheel


def workflow() -> dict[str, Any]:
    """Return the workflow in the README."""
    blocks = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    [text] = [block for block in blocks if "jobs:" in block]
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return found


@pytest.fixture
def repository(home: Home, run: Run, served: Served, environ: dict[str, str], wheel: Path) -> dict[str, str]:
    """Create a repository as the README says, and return the environment of its CI."""
    run("rules export --out rules.yaml", env=served.environ)
    (home.work / "orders.csv").write_text(example.files()["orders.csv"])
    (home.work / "tools").mkdir()
    (home.work / "tools" / wheel.name).write_bytes(wheel.read_bytes())
    path = f"{Path(sys.executable).parent}:{on_path(home.work.parent / 'bin')}"
    author = {
        f"GIT_{role}_{field}": "shop@example.com"
        for role in ("AUTHOR", "COMMITTER")
        for field in ("NAME", "EMAIL")
    }
    environ |= {
        **author,
        "PATH": path,
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(home.work.parent / "summary.md"),
        "LOYALTYCTL_BASE_URL": served.url,
        "PIP_DRY_RUN": "1",  # the program and its libraries are installed already
        "PIP_NO_INDEX": "1",
    }
    commit("git init --quiet", environ, home)
    return environ


def commit(command: str, environ: dict[str, str], home: Home) -> None:
    """Run a command, and commit all changes."""
    lines = f"{command} && git add --all && git commit --quiet --message change"
    subprocess.run(["/bin/bash", "-c", lines], env=environ, cwd=home.work, check=True)


def run_job(job: str, environ: dict[str, str], home: Home) -> JobResult:
    """Run the steps of a job in order until one fails, as GitHub does."""
    result = JobResult([], "", 0)
    for step in workflow()["jobs"][job]["steps"]:
        if "run" in step and not result.code:
            own = {name: VALUES[text.strip("${} ")] for name, text in step.get("env", {}).items()}
            line = ["/bin/bash", "-e", "-c", step["run"]]
            ended = subprocess.run(line, env=environ | own, cwd=home.work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120)  # fmt: skip
            result = JobResult(
                [*result.steps, step["run"]], result.log + ended.stdout.decode(), ended.returncode
            )
    assert "\x1b" not in result.log
    assert KEY not in result.log
    return result


def test_a_good_change_passes_all_gates_is_shown_and_applied(
    repository: dict[str, str], home: Home, run: Run, served: Served
) -> None:
    commit("sed -i 's/100 points/120 points/' rules.yaml", repository, home)

    checked = run_job("check", repository, home)
    summary = (home.work.parent / "summary.md").read_text()
    assert checked.code == 0, checked.log
    for step, start in zip(checked.steps, (INSTALLS, VALIDATES, DIFFS, BACKTESTS), strict=True):
        assert step.startswith(start)
    assert "Book a session" in summary
    assert "100 points  120 points" in summary
    assert summary.startswith("~~~\nCHANGE ")
    assert "\x1b" not in summary
    assert run("rules diff -f rules.yaml --exit-code", env=served.environ, code=10).out

    applied = run_job("apply", repository, home)
    assert applied.code == 0, applied.log
    assert run("rules diff -f rules.yaml --exit-code", env=served.environ).out == ""


def test_a_revert_undoes_a_merge_that_added_a_rule(
    repository: dict[str, str], home: Home, run: Run, served: Served
) -> None:
    added = "printf -- '- {title: Tickets, trigger: events/OrderConfirmed, earn: 5 points}\\n' >> rules.yaml"
    commit(added, repository, home)
    assert run_job("apply", repository, home).code == 0
    commit("git revert --no-edit HEAD > revert.txt", repository, home)

    assert run_job("apply", repository, home).code == 0
    assert run("rules diff -f rules.yaml --exit-code", env=served.environ).out == ""


class Change(NamedTuple):
    """Change that must not be merged: the edit, the concurrent change of the site, and the expected failure."""

    edit: str
    meanwhile: str
    gate: str
    code: int
    message: str


STOPPED = {
    "no rule": Change("s/20 per 1/2.5 per 1/", "", VALIDATES, 6, "rules.yaml:5:9\terror\tearn: must be a whole number"),
    "a site changed by hand": Change("s/100 points/120 points/", f"rules pause {PURCHASE}", DIFFS, 10, "differ from the desired ones"),
    "a rule made by hand": Change("s/100 points/120 points/", "rules create --title Double --trigger stores/OrderPaid --per 1 --points 20", DIFFS, 10, '"Double" ('),
    "a tier added by hand": Change("s/100 points/120 points/", f"rules update {PURCHASE} --tier {GOLD}=40", DIFFS, 10, f"{GOLD} earns 40 per 1 on the site alone"),
    "what the site cannot do": Change("s/Order a plan/Order any plan/", "", DIFFS, 6, "changes that cannot be made"),
    "too many points": Change("s/20 per 1/22 per 1/", "", BACKTESTS, 10, "gives out more than --max-increase 5% allows"),
}  # fmt: skip


@pytest.mark.parametrize("change", STOPPED.values(), ids=STOPPED)
def test_a_change_that_must_not_be_merged_stops_at_its_gate(
    change: Change, repository: dict[str, str], home: Home, run: Run, served: Served
) -> None:
    commit(f"sed -i '{change.edit}' rules.yaml", repository, home)
    if change.meanwhile:
        run(change.meanwhile, env=served.environ)

    checked = run_job("check", repository, home)

    assert (checked.steps[-1].startswith(change.gate), checked.code) == (True, change.code), checked.log
    assert change.message in checked.log
    assert ('"ruleId"' in (home.work / "rules.sarif").read_text()) == (change.gate == VALIDATES)


def test_a_pull_request_without_the_key_is_checked_offline_and_stopped(
    repository: dict[str, str], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VALUES, "secrets.LOYALTYCTL_API_KEY", "")
    commit("sed -i 's/100 points/120 points/' rules.yaml", repository, home)

    checked = run_job("check", repository, home)

    assert (checked.steps[-1].startswith(DIFFS), checked.code) == (True, 4), checked.log


def test_only_steps_that_call_the_api_have_the_key() -> None:
    found = workflow()

    assert {*found} == {"name", "on", "permissions", "jobs"}
    for job in found["jobs"].values():
        assert "env" not in job
        for step in job["steps"]:
            line = step.get("run", "")
            assert "${{" not in line
            assert ("env" in step) == ("rules diff" in line or "rules apply" in line)
