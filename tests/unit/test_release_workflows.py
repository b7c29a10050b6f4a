"""The release process as workflows: what comes before what, and their scripts, run with stubs."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.plan.releases import LONGEST_JOB
from pulumi_upkeep.plan.words import parse_duration

from tests.unit.plans import ROOT, prod
from tests.unit.test_workflows import GITHUB, read, workflow

APPLICATION = ROOT / "examples" / "application" / ".github"
WAIT = "5 hours"

Step = dict[str, Any]


def steps_of(name: str, job: str) -> list[Step]:
    found: list[Step] = workflow(name)["jobs"][job]["steps"]
    return found


def step(name: str, job: str, called: str) -> Step:
    (found,) = [each for each in steps_of(name, job) if each.get("name") == called]
    return found


def titles(name: str, job: str) -> list[str]:
    """What each step is, in order."""
    return [
        each.get("name") or each.get("run", "").split("\n")[0] or each["uses"].partition("@")[0]
        for each in steps_of(name, job)
    ]


# ---- what comes before what --------------------------------------------------------------------


def test_production_is_deployed_in_this_order() -> None:
    assert titles("deploy", "prod") == [
        "actions/checkout",
        "./.github/actions/prepare",
        "Wait for a window",
        "An approval that comes late deploys nothing old",
        "aws-actions/configure-aws-credentials",
        "pulumi up --stack prod --yes --non-interactive --color never",
        "A second run has nothing to do",
        "Watch more closely for a while",
        "Verify what customers reach",
        "Write the handbook of what is deployed",
        "actions/upload-artifact",
    ]


def test_an_application_is_released_in_this_order() -> None:
    jobs = workflow("release_application")["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "staging": None,
        "production": "staging",
        "version": "production",
    }
    assert {name: job.get("environment") for name, job in jobs.items()} == {
        "staging": None,
        "production": "production",
        "version": None,
    }
    assert titles("release_application", "production") == [
        "actions/checkout",
        "bynomi/upkeep/.github/actions/plan",
        "Wait for a window",
        "aws-actions/configure-aws-credentials",
        "Deploy",
        "Watch more closely for a while",
        "Verify",
    ]
    for name in ("staging", "production"):
        assert jobs[name]["concurrency"] == {
            "group": f"release-{name}",
            "cancel-in-progress": False,
        }


@pytest.mark.parametrize(
    ("name", "job"), [("deploy", "prod"), ("release_application", "production")]
)
def test_a_job_lasts_as_long_as_it_may_wait_and_deploy_and_githubs_limit(
    name: str, job: str
) -> None:
    releases = prod().releases
    assert releases is not None
    limit = workflow(name)["jobs"][job]["timeout-minutes"]
    wait = parse_duration(WAIT).total_seconds() / 60
    assert wait + releases.takes.total_seconds() / 60 <= limit <= LONGEST_JOB.total_seconds() / 60


def test_everything_speaks_of_the_same_wait() -> None:
    """A deployment that is begun again must be one that can wait."""
    for name in ("deploy", "held", "release_application"):
        text = (GITHUB / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
        assert set(re.findall(r'--(?:wait|within) "([^"]+)"', text)) == {WAIT}, name
    # It is asked hourly, so four of the five hours are there to approve.
    assert workflow("held")["on"]["schedule"] == [{"cron": "41 * * * *"}]


def test_what_is_looked_for_by_name_is_there() -> None:
    """`held` finds the job and the step by their names."""
    script = step("held", "wake", "Look for a deployment that the gate held")["run"]
    assert workflow("deploy")["jobs"]["prod"]["name"] in script
    assert "Wait for a window" in titles("deploy", "prod")
    assert '"Wait for a window"' in script
    assert "--workflow deploy.yml" in script


def test_the_examples_call_what_there_is_with_what_it_takes() -> None:
    calls: dict[str, Any] = {}
    for path in sorted((APPLICATION / "workflows").glob("*.yml")):
        for name, job in read(path)["jobs"].items():
            if "uses" in job:
                calls[f"{path.stem}.{name}"] = job
    assert len(calls) == 3
    for where, job in calls.items():
        match = re.fullmatch(r"bynomi/upkeep/\.github/workflows/(\w+)\.yml@main", job["uses"])
        assert match, where
        called = workflow(match[1])
        inputs = called["on"]["workflow_call"]
        inputs = (inputs or {}).get("inputs", {})
        given = job.get("with", {})
        assert given.keys() <= inputs.keys(), where
        required = {key for key, each in inputs.items() if each.get("required")}
        assert required <= given.keys(), where
        # A called workflow cannot have more than its caller lets it have.
        needed: dict[str, str] = {}
        for each in called["jobs"].values():
            needed |= {
                key: level
                for key, level in each["permissions"].items()
                if needed.get(key) != "write"
            }
        allowed = job["permissions"]
        assert all(allowed.get(key) in (level, "write") for key, level in needed.items()), where


def test_what_the_plan_action_installs_is_pinned() -> None:
    (_, install) = read(GITHUB / "actions" / "plan" / "action.yml")["runs"]["steps"]
    match = re.search(r"'\^\(([^)]*)\)=='", install["run"])
    assert match
    pinned = "".join((ROOT / f"requirements{each}.txt").read_text() for each in ("", "-dev"))
    for name in match[1].split("|"):
        assert re.search(rf"^{name}==", pinned, re.MULTILINE), name


# ---- the scripts, run with stubs ---------------------------------------------------------------

# Each stub writes down its arguments. What gh is asked for with --jq, jq answers.
GH = """#!/bin/bash
printf '%s\\n' "gh $*" >> "$LOG"
jq_of() { while [ $# -gt 0 ]; do [ "$1" != --jq ] || { printf '%s' "$2"; return; }; shift; done; }
case "$*" in
  *"/pulls"*) jq -r "$(jq_of "$@")" "$DATA/pulls.json" ;;
  "run list"*) jq -r "$(jq_of "$@")" "$DATA/runs.json" ;;
  *"/jobs"*) jq -r "$(jq_of "$@")" "$DATA/jobs.json" ;;
  "issue list"*) jq -r "$(jq_of "$@")" "$DATA/issues.json" ;;
esac
"""
PYTHON = """#!/bin/bash
printf '%s\\n' "python $*" >> "$LOG"
[ -z "$DD_API_KEY" ] || printf '%s\\n' "key $DD_API_KEY" >> "$LOG"
exit "${CODE:-0}"
"""
PULUMI = """#!/bin/bash
printf '%s\\n' "pulumi $*" >> "$LOG"
echo a-key
"""
AWS = """#!/bin/bash
printf '%s\\n' "aws $*" >> "$LOG"
echo '{"api_key": "a-key", "app_key": "another"}'
"""

needs_jq = pytest.mark.skipif(
    shutil.which("jq") is None, reason="jq is missing: GitHub's runners have it"
)


class Runner:
    """Runs a step as GitHub does, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log, self.output = folder / "log", folder / "output"
        binaries = folder / "bin"
        (folder / ".venv" / "bin").mkdir(parents=True)
        binaries.mkdir()
        for path, text in (
            (binaries / "gh", GH),
            (binaries / "pulumi", PULUMI),
            (binaries / "aws", AWS),
            (binaries / "python", PYTHON),
            (folder / ".venv" / "bin" / "python", PYTHON),
        ):
            path.write_text(text)
            path.chmod(0o755)
        self.path = f"{binaries}:{os.environ['PATH']}"

    def data(self, **files: Any) -> None:
        for name, content in files.items():
            (self.folder / f"{name}.json").write_text(json.dumps(content))

    def run(self, found: Step, **environment: str) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        self.output.write_text("")
        values = {
            "PATH": self.path,
            "LOG": str(self.log),
            "DATA": str(self.folder),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_SHA": "4f2c",
            "GH_REPO": "bynomi/shop",
            "PYTHON": str(self.folder / "bin" / "python"),
            "HOME": str(self.folder),
        }
        return subprocess.run(
            ["bash", "-e", "-c", found["run"]],
            cwd=self.folder,
            env=values | environment,
            capture_output=True,
            text=True,
        )

    @property
    def calls(self) -> list[str]:
        return self.log.read_text().splitlines()

    @property
    def outputs(self) -> dict[str, str]:
        lines = self.output.read_text().splitlines()
        return {key: value for key, _, value in (line.partition("=") for line in lines)}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def pull(*labels: str, body: str | None = "", base: str = "main") -> dict[str, Any]:
    return {
        "merged_at": "2026-11-24T10:00:00Z",
        "base": {"ref": base},
        "labels": [{"name": each} for each in labels],
        "body": body,
    }


def kinds() -> Iterator[Any]:
    """The step that asks of this repository, and that of an application's."""
    yield pytest.param(
        step("deploy", "kind", "Ask the pull request whether it is a hotfix"), id="own"
    )
    (asks,) = read(APPLICATION / "workflows" / "release.yml")["jobs"]["kind"]["steps"]
    yield pytest.param(asks, id="application")


@needs_jq
@pytest.mark.parametrize("asks", list(kinds()))
def test_a_hotfix_is_a_label_and_a_reason(runner: Runner, asks: Step) -> None:
    reason = "Some words.\r\nHotfix: checkout is down; `rm -rf /` $(x)\r\nMore."
    runner.data(pulls=[pull("bug", "hotfix", body=reason)])
    assert runner.run(asks, COMMIT="4f2c").returncode == 0
    assert runner.outputs == {"hotfix": "checkout is down; `rm -rf /` $(x)"}
    assert runner.calls[0].startswith("gh api repos/bynomi/shop/commits/4f2c/pulls")


@pytest.mark.slow
@needs_jq
@pytest.mark.parametrize("asks", list(kinds()))
@pytest.mark.parametrize("body", [None, "", "A hotfix: really", "Hotfix:   "])
def test_a_hotfix_without_a_reason_is_refused(runner: Runner, asks: Step, body: str | None) -> None:
    runner.data(pulls=[pull("hotfix", body=body)])
    done = runner.run(asks, COMMIT="4f2c")
    assert done.returncode == 1
    assert "::error::a hotfix without a reason" in done.stdout
    assert runner.outputs == {}


@pytest.mark.slow
@needs_jq
@pytest.mark.parametrize("asks", list(kinds()))
@pytest.mark.parametrize(
    "found",
    [
        [],
        [pull("bug", body="Hotfix: a reason alone is none")],
        [pull("hotfix", body="Hotfix: it went elsewhere", base="develop")],
        [pull("hotfix", body="Hotfix: it is still open") | {"merged_at": None}],
        [pull("not-a-hotfix", body="Hotfix: another label")],
    ],
)
def test_anything_else_is_none(runner: Runner, asks: Step, found: Any) -> None:
    runner.data(pulls=found)
    assert runner.run(asks, COMMIT="4f2c").returncode == 0
    assert runner.outputs == {}


@needs_jq
@pytest.mark.parametrize("kind", ["major", "minor"])
def test_a_planned_release_is_a_label(runner: Runner, kind: str) -> None:
    (asks,) = read(APPLICATION / "workflows" / "release.yml")["jobs"]["kind"]["steps"]
    runner.data(pulls=[pull("docs", kind)])
    assert runner.run(asks, COMMIT="4f2c").returncode == 0
    assert runner.outputs == {"release": kind}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"HOTFIX": ""}, "--wait 5 hours"),
        ({"HOTFIX": "it is down; $(x)"}, "--wait 5 hours --hotfix it is down; $(x)"),
    ],
)
def test_the_gate_is_asked(runner: Runner, environment: dict[str, str], expected: str) -> None:
    asks = step("deploy", "prod", "Wait for a window")
    assert runner.run(asks, **environment).returncode == 0
    assert runner.calls == [f"python -m pulumi_upkeep.plan.gate Pulumi.prod.yaml {expected}"]
    # What it answers is what becomes of the job.
    assert runner.run(asks, CODE="1", **environment).returncode == 1


def test_an_applications_gate_is_asked_of_the_planned_release(runner: Runner) -> None:
    asks = step("release_application", "production", "Wait for a window")
    environment = {"PLAN": "/plan/Pulumi.prod.yaml", "HOTFIX": "", "RELEASE": "major"}
    assert runner.run(asks, **environment).returncode == 0
    assert runner.calls == [
        "python -m pulumi_upkeep.plan.gate /plan/Pulumi.prod.yaml --wait 5 hours --release major"
    ]
    assert runner.run(asks, **environment, CODE="1").returncode == 1


@pytest.mark.parametrize(("hotfix", "more"), [("", ""), ("it is down", " --hotfix")])
def test_the_marker_is_sent_with_a_key_that_no_log_shows(
    runner: Runner, hotfix: str, more: str
) -> None:
    marks = step("deploy", "prod", "Watch more closely for a while")
    done = runner.run(marks, HOTFIX=hotfix)
    assert done.returncode == 0
    assert runner.calls == [
        "pulumi config get upkeep:datadogApiKey --stack prod",
        f"python -m pulumi_upkeep.operate.mark_deployment Pulumi.prod.yaml --version 4f2c{more}",
        "key a-key",
    ]
    assert done.stdout == "::add-mask::a-key\n"


@needs_jq
def test_an_applications_marker_takes_the_key_from_secrets_manager(runner: Runner) -> None:
    marks = step("release_application", "production", "Watch more closely for a while")
    done = runner.run(marks, HOTFIX="", PLAN="/plan/Pulumi.prod.yaml", SECRET="bynomi-datadog")
    assert done.returncode == 0
    assert runner.calls[1:] == [
        "python -m pulumi_upkeep.operate.mark_deployment /plan/Pulumi.prod.yaml --version 4f2c",
        "key a-key",
    ]
    assert "--secret-id bynomi-datadog" in runner.calls[0]
    assert done.stdout == "::add-mask::a-key\n"


@pytest.mark.parametrize("job", ["staging", "production"])
def test_an_applications_own_script_deploys(runner: Runner, job: str) -> None:
    script = runner.folder / "scripts" / "deploy"
    script.parent.mkdir()
    script.write_text('#!/bin/sh\necho "deploy $1" >> "$LOG"\n')
    script.chmod(0o755)
    deploys = step("release_application", job, "Deploy")
    assert runner.run(deploys, DEPLOY="scripts/deploy").returncode == 0
    assert runner.calls == [f"deploy {job}"]


def test_a_company_without_a_plan_for_staging_verifies_none(runner: Runner) -> None:
    verifies = step("release_application", "staging", "Verify")
    assert runner.run(verifies, PLAN=str(runner.folder / "Pulumi.staging.yaml")).returncode == 0
    assert runner.calls == []
    (runner.folder / "Pulumi.staging.yaml").write_text("")
    assert runner.run(verifies, PLAN="Pulumi.staging.yaml", CODE="1").returncode == 1
    assert runner.calls == ["python -m pulumi_upkeep.operate.verify Pulumi.staging.yaml"]


# ---- what is held, and begun again -------------------------------------------------------------


def job(name: str, conclusion: str, **concluded: str) -> dict[str, Any]:
    steps = [{"name": key.replace("_", " "), "conclusion": each} for key, each in concluded.items()]
    return {"name": name, "conclusion": conclusion, "steps": steps}


HELD = job("Deploy prod", "failure", Wait_for_a_window="failure")


@pytest.mark.slow
@needs_jq
@pytest.mark.parametrize(
    ("conclusion", "jobs", "expected"),
    [
        ("failure", [HELD], {"run": "77"}),
        # It failed at something else, and nobody begins that again by the clock.
        ("failure", [job("Deploy prod", "failure", Wait_for_a_window="success")], {}),
        ("failure", [job("Deploy staging", "failure", Wait_for_a_window="failure")], {}),
        # Rejected before its first step.
        ("failure", [{"name": "Deploy prod", "conclusion": "failure"}], {}),
        ("success", [HELD], {}),
        # It waits for its approval.
        ("", [HELD], {}),
    ],
)
def test_only_what_the_gate_held_is_begun_again(
    runner: Runner, conclusion: str, jobs: Any, expected: dict[str, str]
) -> None:
    runner.data(runs=[{"databaseId": 77, "conclusion": conclusion}], jobs={"jobs": jobs})
    looks = step("held", "wake", "Look for a deployment that the gate held")
    assert runner.run(looks).returncode == 0
    assert runner.outputs == expected


@pytest.mark.parametrize(
    ("code", "ends", "reruns"), [("0", 0, True), ("1", 0, False), ("2", 2, False)]
)
def test_it_is_begun_again_where_a_window_is_near(
    runner: Runner, code: str, ends: int, reruns: bool
) -> None:
    begins = step("held", "wake", "Begin it again where a window is near")
    assert runner.run(begins, RUN="77", CODE=code).returncode == ends
    asked = "python -m pulumi_upkeep.plan.gate Pulumi.prod.yaml --within 5 hours"
    assert runner.calls == [asked] + ["gh run rerun 77 --failed"] * reruns


# ---- branches ----------------------------------------------------------------------------------


def branch_inputs(application: bool) -> dict[str, str]:
    inputs = workflow("branches")["on"]["workflow_call"]["inputs"]
    values = {key.upper(): each["default"] for key, each in inputs.items()}
    if not application:
        given = workflow("pull_request")["jobs"]["branch"]["with"]
        values |= {key.upper(): each for key, each in given.items()}
    return values


@pytest.mark.slow
@pytest.mark.parametrize(
    ("head", "base", "application", "own"),
    [
        ("feature/cart", "develop", True, True),
        ("feature/cart", "main", False, True),
        ("hotfix/checkout", "main", True, True),
        ("hotfix/checkout", "develop", True, True),
        ("release/1.4.0", "main", True, True),
        ("release/1.4.0", "develop", True, True),
        ("feature/cart", "release/1.4.0", True, True),
        ("hotfix/checkout", "release/1.4.0", True, True),
        ("dependabot/npm_and_yarn/develop/next-16", "develop", True, True),
        ("dependabot/npm_and_yarn/next-16.0.1", "main", True, True),
        ("develop", "main", False, False),
        ("main", "develop", False, False),
        ("fix-it", "main", False, False),
        ("featured/cart", "develop", False, False),
        ("anything", "somebodys-own", True, True),
        ("*", "main", False, False),
    ],
)
def test_which_branch_may_go_where(
    runner: Runner, head: str, base: str, application: bool, own: bool
) -> None:
    compares = step("branches", "check", "Compare with the strategy")
    for inputs, allowed in ((branch_inputs(True), application), (branch_inputs(False), own)):
        done = runner.run(compares, HEAD=head, BASE=base, **inputs)
        assert done.returncode == (0 if allowed else 1)
        assert ("::error::" in done.stdout) is not allowed


def test_the_rules_protect_every_branch_of_the_strategy() -> None:
    rules = json.loads((APPLICATION / "rulesets" / "main.json").read_text(encoding="utf-8"))
    assert rules["enforcement"] == "active"
    assert rules["conditions"]["ref_name"]["include"] == [
        "refs/heads/main",
        "refs/heads/develop",
        "refs/heads/release/*",
    ]
    by_type = {each["type"]: each.get("parameters", {}) for each in rules["rules"]}
    assert {"deletion", "non_fast_forward", "pull_request", "required_status_checks"} == {*by_type}
    # "Code review by at least one team member."
    assert by_type["pull_request"]["required_approving_review_count"] == 1


# ---- the version -------------------------------------------------------------------------------


@pytest.fixture
def repository(runner: Runner) -> Runner:
    if shutil.which("git-cliff") is None and not _CLIFF.exists():
        pytest.skip("git-cliff is missing: it comes with the requirements of the tests")
    git(runner, "init", "--quiet", "--initial-branch", "main")
    return runner


# Beside the interpreter that runs the tests.
_CLIFF = Path(sys.executable).parent / "git-cliff"


def git(runner: Runner, *arguments: str) -> str:
    identity = ["-c", "user.name=x", "-c", "user.email=x@x.example", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments],
        cwd=runner.folder,
        env={"PATH": os.environ["PATH"], "HOME": str(runner.folder), "GIT_CONFIG_NOSYSTEM": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def commit(runner: Runner, message: str) -> None:
    git(runner, "commit", "--quiet", "--allow-empty", "--message", message)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (["fix: the cart forgets nothing"], "v1.4.3"),
        (["feat(cart): gifts", "fix: a typo"], "v1.5.0"),
        (["feat!: a new checkout"], "v2.0.0"),
        (["fix: x\n\nBREAKING CHANGE: the old one is gone"], "v2.0.0"),
        (["docs: how to", "chore: tidy"], "v1.4.3"),
    ],
)
def test_the_version_follows_from_what_was_committed(
    repository: Runner, messages: list[str], expected: str
) -> None:
    commit(repository, "feat: the shop")
    git(repository, "tag", "v1.4.2")
    for message in messages:
        commit(repository, message)
    tags = step("version", "tag", "Tag what was deployed")
    # Both the interpreter of the tests and git-cliff stand in one folder, as in the action.
    done = repository.run(tags, CONFIG=str(GITHUB / "cliff.toml"), PYTHON=str(_CLIFF))
    assert done.returncode == 0, done.stderr
    assert repository.calls == [
        f"gh release create {expected} --target 4f2c --title {expected} --notes-file changelog.md"
    ]


def test_the_changelog_has_what_users_read_first(repository: Runner) -> None:
    commit(repository, "feat: the shop")
    git(repository, "tag", "v1.4.2")
    for message in ("chore: tidy", "fix: a typo", "feat(cart)!: gifts", "Merge of something"):
        commit(repository, message)
    tags = step("version", "tag", "Tag what was deployed")
    repository.run(tags, CONFIG=str(GITHUB / "cliff.toml"), PYTHON=str(_CLIFF))
    text = re.sub(r"\([0-9a-f]{7}\)", "(sha)", (repository.folder / "changelog.md").read_text())
    assert re.sub(r"\n+", "\n", text).strip() == (
        "### Added\n- **Breaking:** cart: gifts (sha)\n### Fixed\n- a typo (sha)\n"
        "### Other\n- tidy (sha)"
    )


def test_the_first_version_is_0_1_0_and_nothing_new_is_no_version(repository: Runner) -> None:
    commit(repository, "feat: the shop")
    tags = step("version", "tag", "Tag what was deployed")
    given = {"CONFIG": str(GITHUB / "cliff.toml"), "PYTHON": str(_CLIFF)}
    assert repository.run(tags, **given).returncode == 0
    assert repository.calls[0].startswith("gh release create v0.1.0 ")
    git(repository, "tag", "v0.1.0")
    assert repository.run(tags, **given).returncode == 0
    assert repository.calls == []


# ---- the review of dependencies ----------------------------------------------------------------

AUDIT = {
    "metadata": {"vulnerabilities": {"high": 1, "total": 1}},
    "vulnerabilities": {"next": {"severity": "high", "range": "<15.2.3"}},
}


@pytest.mark.slow
@needs_jq
def test_a_review_is_one_issue_with_what_the_audit_finds(runner: Runner) -> None:
    opens = step("dependency_review", "issue", "Open it")
    (runner.folder / "audit").mkdir()
    (runner.folder / "audit" / "audit.json").write_text(json.dumps(AUDIT))
    runner.data(issues=[])
    assert runner.run(opens, RUN="https://run.example").returncode == 0
    body = (runner.folder / "body.md").read_text()
    assert "- high: 1" in body
    assert "- [ ] next <15.2.3: high" in body
    assert runner.calls[-1].startswith("gh issue create --title Dependency review 20")
    title = runner.calls[-1].split("--title ")[1].split(" --label")[0]
    runner.data(issues=[{"number": 5, "title": title}])
    assert runner.run(opens, RUN="https://run.example").returncode == 0
    assert runner.calls[-1] == "gh issue edit 5 --body-file body.md"


@needs_jq
def test_an_audit_that_never_ended_is_said(runner: Runner) -> None:
    runner.data(issues=[])
    opens = step("dependency_review", "issue", "Open it")
    assert runner.run(opens, RUN="https://run.example").returncode == 0
    assert "did not come to an end" in (runner.folder / "body.md").read_text()
