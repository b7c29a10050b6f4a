"""The workflows of .github: what each job may do, and that nothing can make it do more."""

import json
import os
import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi_upkeep.plan.tickets import PAYLOAD

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
READ, IDENTITY = {"contents": "read"}, {"contents": "read", "id-token": "write"}
TAGS = {"contents": "write"}
# What is reviewed here and called by its branch: this folder, and this repository from others.
OURS = ("./", "bynomi/upkeep/")


class _Loader(yaml.SafeLoader):
    """YAML 1.2 as GitHub reads it: ``on`` is a word."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool"]
    for letter, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


def read(path: Path) -> dict[str, Any]:
    found = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    assert isinstance(found, dict)
    return found


def workflow(name: str) -> dict[str, Any]:
    return read(GITHUB / "workflows" / f"{name}.yml")


def steps() -> list[tuple[str, dict[str, Any]]]:
    """Every step, with the name of where it stands."""
    jobs = [
        (f"{path.stem}.{name}", job)
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
    ]
    actions = [(path.parent.name, read(path)["runs"]) for path in ACTIONS]
    return [(where, step) for where, holder in jobs + actions for step in holder.get("steps", [])]


# ---- what each job may do ----------------------------------------------------------------------


@pytest.mark.slow
def test_a_job_has_the_permissions_listed_here_and_no_others() -> None:
    found = {
        f"{path.stem}.{name}": job["permissions"]
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
    }
    assert found == {
        "deadlines.tell": READ | {"issues": "write"},
        "audit.python": READ,
        "branches.check": {},
        "dependency_review.audit": READ,
        "dependency_review.issue": {"issues": "write"},
        "deploy.kind": {"contents": "read", "pull-requests": "read"},
        "deploy.test": READ,
        "deploy.staging": IDENTITY,
        "deploy.preview": IDENTITY,
        "deploy.prod": IDENTITY,
        "deploy.version": TAGS,
        "drill.rehearse": IDENTITY,
        "drift.compare": IDENTITY,
        "drift.alert": {"issues": "write"},
        "held.wake": {"actions": "write", "contents": "read"},
        "pull_request.branch": {},
        "pull_request.check": READ,
        "pull_request.preview": IDENTITY,
        "pull_request.comment": {"pull-requests": "write"},
        "release_application.staging": IDENTITY,
        "release_application.production": IDENTITY,
        "release_application.version": TAGS,
        "test.test": READ,
        "version.tag": TAGS,
        "ticket.issue": {"issues": "write"},
    }
    assert {path.stem: read(path)["permissions"] for path in WORKFLOWS} == {
        path.stem: {} for path in WORKFLOWS
    }


def test_only_these_events_start_a_workflow() -> None:
    assert {path.stem: set(read(path)["on"]) for path in WORKFLOWS} == {
        "deadlines": {"schedule", "workflow_dispatch"},
        "audit": {"schedule", "workflow_dispatch"},
        "branches": {"workflow_call"},
        "dependency_review": {"workflow_call"},
        "deploy": {"push"},
        "drift": {"schedule", "workflow_dispatch"},
        "drill": {"schedule", "workflow_dispatch"},
        "held": {"schedule", "workflow_dispatch"},
        "pull_request": {"pull_request"},
        "release_application": {"workflow_call"},
        "version": {"workflow_call"},
        "test": {"pull_request", "workflow_call"},
        "ticket": {"repository_dispatch"},
    }
    assert workflow("deploy")["on"]["push"] == {"branches": ["main"]}


def test_each_job_assumes_its_own_role() -> None:
    found = {
        where: step["with"]["role-to-assume"]
        for where, step in steps()
        if step.get("uses", "").startswith("aws-actions/configure-aws-credentials@")
    }
    assert found == {
        "pull_request.preview": "${{ vars.AWS_PREVIEW_ROLE_ARN }}",
        "deploy.staging": "${{ vars.AWS_STAGING_ROLE_ARN }}",
        "deploy.preview": "${{ vars.AWS_PREVIEW_ROLE_ARN }}",
        "deploy.prod": "${{ vars.AWS_PRODUCTION_ROLE_ARN }}",
        "release_application.staging": "${{ inputs.staging_role }}",
        "release_application.production": "${{ inputs.production_role }}",
        "drift.compare": "${{ vars.AWS_DRIFT_ROLE_ARN }}",
        "drill.rehearse": "${{ vars.AWS_STAGING_ROLE_ARN }}",
    }


def test_no_workflow_holds_a_secret() -> None:
    for path in [*WORKFLOWS, *ACTIONS]:
        assert "secrets." not in path.read_text(encoding="utf-8"), path.name


def test_forks_get_the_check_alone() -> None:
    jobs = workflow("pull_request")["jobs"]
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    assert "if" not in jobs["check"]
    assert jobs["preview"]["if"] == own
    assert jobs["comment"]["needs"] == "preview"
    assert "needs.preview.result != 'skipped'" in jobs["comment"]["if"]


def test_staging_comes_before_prod_which_waits_for_its_approval() -> None:
    jobs = workflow("deploy")["jobs"]
    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "kind": None,
        "test": "kind",
        "staging": "test",
        "preview": "staging",
        "prod": ["kind", "preview"],
        "version": "prod",
    }
    assert {name: job.get("environment") for name, job in jobs.items()} == {
        "kind": None,
        "test": None,
        "staging": None,
        "preview": None,
        "prod": "production",
        "version": None,
    }
    for name in ("staging", "prod"):
        assert jobs[name]["concurrency"] == {
            "group": f"deploy-{name}",
            "cancel-in-progress": False,
        }
    elsewhere = [path for path in WORKFLOWS if "environment:" in path.read_text(encoding="utf-8")]
    assert [path.stem for path in elsewhere] == ["deploy", "release_application"]


# ---- that nothing can make it do more ----------------------------------------------------------


def test_actions_are_pinned_to_one_commit_each_with_its_version() -> None:
    pins: dict[str, set[str]] = {}
    for path in [*WORKFLOWS, *ACTIONS]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if not (used := re.search(r"uses: (\S+)", line)) or used[1].startswith(OURS):
                continue
            match = re.fullmatch(r"\s*-? ?uses: (\S+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)", line)
            assert match, f"{path.name}: {line.strip()}"
            pins.setdefault(match[1], set()).add(f"{match[2]} {match[3]}")
    assert {name: len(found) for name, found in pins.items()} == dict.fromkeys(pins, 1)


def test_checkouts_leave_no_token_behind() -> None:
    checkouts = [step for _, step in steps() if "actions/checkout@" in step.get("uses", "")]
    assert checkouts
    for step in checkouts:
        assert step["with"] | {"fetch-depth": 0} == {"persist-credentials": False, "fetch-depth": 0}


def test_scripts_hold_no_expression() -> None:
    for where, step in steps():
        assert "${{" not in step.get("run", ""), where


def test_the_job_that_may_write_runs_nothing_of_the_repository() -> None:
    for name, job in (("pull_request", "comment"), ("drift", "alert")):
        uses = [step["uses"] for step in workflow(name)["jobs"][job]["steps"] if "uses" in step]
        assert [each.partition("@")[0] for each in uses] == ["actions/download-artifact"]


def test_the_cli_is_the_one_that_the_requirements_pin() -> None:
    wanted = re.search(r"^pulumi==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert wanted
    versions = [
        step["with"]["pulumi-version"]
        for _, step in steps()
        if step.get("uses", "").startswith("pulumi/actions@")
    ]
    assert versions == [wanted[1]]


def test_dependabot_watches_every_manifest_daily() -> None:
    updates = read(GITHUB / "dependabot.yml")["updates"]
    assert {entry["schedule"]["interval"] for entry in updates} == {"daily"}
    watched = {
        (entry["package-ecosystem"], folder) for entry in updates for folder in entry["directories"]
    }
    modules = {("gomod", f"/tools/{path.parent.name}") for path in ROOT.glob("tools/*/go.mod")}
    assert watched == modules | {
        ("pip", "/"),
        ("pip", "/components"),
        ("github-actions", "/"),
        ("github-actions", "/.github/actions/*"),
    }


# ---- the scripts, against a gh that writes down what it is asked -------------------------------

FAKE_GH = """#!/bin/sh
printf '%s\\n' "$*" >> "$GH_LOG"
case "$*" in
  *--paginate*) printf '%s' "$GH_COMMENT" ;;
  "issue list"*) printf '%s' "$GH_ISSUE" ;;
esac
"""


def script(name: str, job: str) -> str:
    runs = [step["run"] for step in workflow(name)["jobs"][job]["steps"] if "run" in step]
    assert len(runs) == 1
    return str(runs[0])


def run(text: str, folder: Path, **environment: str) -> tuple[int, list[str]]:
    """Run as GitHub does; the exit code and the calls of gh that change something."""
    binaries, log = folder / "bin", folder / "log"
    binaries.mkdir(exist_ok=True)
    log.write_text("")
    (binaries / "gh").write_text(FAKE_GH)
    (binaries / "gh").chmod(0o755)
    values = {
        "PATH": f"{binaries}:{os.defpath}",
        "GH_LOG": str(log),
        "GH_COMMENT": "",
        "GH_ISSUE": "",
        "RUN": "https://github.com/bynomi/upkeep/actions/runs/1",
        "REPOSITORY": "bynomi/upkeep",
        "PULL_REQUEST": "7",
    }
    done = subprocess.run(
        ["bash", "-e", "-c", text], cwd=folder, env=values | environment, capture_output=True
    )
    calls = log.read_text().splitlines()
    return done.returncode, [
        call for call in calls if re.search("PATCH|POST|issue (create|edit|close|comment)", call)
    ]


def test_the_first_preview_writes_a_comment_and_the_next_renews_it(tmp_path: Path) -> None:
    (tmp_path / "preview-prod").mkdir()
    (tmp_path / "preview-prod" / "comment.md").write_text("<!-- upkeep-preview: prod -->\n")
    comment = script("pull_request", "comment")
    body = "--field body=@preview-prod/comment.md"
    assert run(comment, tmp_path) == (
        0,
        [f"api --method POST --silent repos/bynomi/upkeep/issues/7/comments {body}"],
    )
    assert run(comment, tmp_path, GH_COMMENT="42\n43\n") == (
        0,
        [f"api --method PATCH --silent repos/bynomi/upkeep/issues/comments/42 {body}"],
    )


def drift(folder: Path, **codes: str) -> None:
    for stack, code in codes.items():
        (folder / f"drift-{stack}").mkdir()
        (folder / f"drift-{stack}" / "code").write_text(code)
        (folder / f"drift-{stack}" / "report.md").write_text("what differs\n")


def test_drift_opens_an_issue_and_fails_the_run(tmp_path: Path) -> None:
    drift(tmp_path, prod="7", staging="0")
    assert run(script("drift", "alert"), tmp_path) == (
        1,
        ["issue create --title Drift: prod --label drift --body-file drift-prod/report.md"],
    )


def test_drift_that_stays_renews_its_issue(tmp_path: Path) -> None:
    drift(tmp_path, prod="7")
    drift(tmp_path, staging="7")
    code, calls = run(script("drift", "alert"), tmp_path, GH_ISSUE="5")
    assert code == 1
    assert calls[0] == "issue edit 5 --body-file drift-prod/report.md"


def test_what_runs_as_declared_again_closes_its_issue(tmp_path: Path) -> None:
    drift(tmp_path, prod="0", staging="0")
    code, calls = run(script("drift", "alert"), tmp_path, GH_ISSUE="5")
    assert code == 0
    assert [call.split(" --comment")[0] for call in calls] == ["issue close 5", "issue close 5"]


def test_a_comparison_that_never_ended_alerts_too(tmp_path: Path) -> None:
    drift(tmp_path, prod="0")
    code, calls = run(script("drift", "alert"), tmp_path)
    assert code == 1
    assert calls == [
        "issue create --title Drift: staging --label drift --body-file drift-staging/report.md"
    ]
    assert "did not come to an end" in (tmp_path / "drift-staging" / "report.md").read_text()


def alert(folder: Path, transition: str, **more: str) -> tuple[int, list[str]]:
    said = {
        "TRANSITION": transition,
        "KEY": "5f0a",
        "TITLE": "[P1] bynomi-prod-uptime-checkout",
        "TEXT": "checkout does not answer",
        "TAGS": "env:prod,severity:p0,team:shop",
        "LINK": "https://app.datadoghq.com/monitors/1",
    }
    return run(script("ticket", "issue"), folder, **(said | more))


def test_the_payload_of_the_webhook_is_what_the_workflow_reads() -> None:
    (step,) = workflow("ticket")["jobs"]["issue"]["steps"]
    read_from = {
        value.split("client_payload.")[1].split(" ")[0]
        for value in step["env"].values()
        if "client_payload." in value
    }
    assert read_from <= PAYLOAD["client_payload"].keys()
    assert workflow("ticket")["on"]["repository_dispatch"]["types"] == [PAYLOAD["event_type"]]


def test_an_alert_opens_one_issue_and_its_end_closes_it(tmp_path: Path) -> None:
    code, calls = alert(tmp_path, "Triggered")
    assert (code, calls) == (
        0,
        [
            "issue create --title [P1] bynomi-prod-uptime-checkout --label alert,p0,hotfix "
            "--body-file body.md"
        ],
    )
    assert (tmp_path / "body.md").read_text().endswith("<!-- alert: 5f0a -->\n")
    # Told again while it lasts, and its end.
    assert alert(tmp_path, "Renotify", GH_ISSUE="5")[1] == [
        "issue comment 5 --body Renotify. https://app.datadoghq.com/monitors/1"
    ]
    assert alert(tmp_path, "Recovered", GH_ISSUE="5")[1] == [
        "issue close 5 --comment Over. https://app.datadoghq.com/monitors/1"
    ]
    # Somebody has closed it by hand.
    assert alert(tmp_path, "Recovered") == (0, [])


def test_only_a_p0_takes_the_way_of_a_hotfix(tmp_path: Path) -> None:
    assert "--label alert,p2 " in alert(tmp_path, "Triggered", TAGS="env:prod, severity:p2")[1][0]
    assert "--label alert,untold " in alert(tmp_path, "Triggered", TAGS="")[1][0]


def test_an_alert_without_a_key_is_refused(tmp_path: Path) -> None:
    assert alert(tmp_path, "Triggered", KEY="") == (1, [])


# ---- the roles, as docs/ci.md writes them ------------------------------------------------------

Policy = dict[str, Any]
ISSUER = "token.actions.githubusercontent.com"
PULL_REQUEST = "repo:bynomi/upkeep:pull_request"
MAIN = "repo:bynomi/upkeep:ref:refs/heads/main"
PRODUCTION = "repo:bynomi/upkeep:environment:production"
STATE = "arn:aws:s3:::bynomi-upkeep-state/.pulumi"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"


def policies(kind: str) -> dict[str, Policy]:
    text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```json role=(\S+) policy=(\S+)\n(.*?)```", text, re.DOTALL)
    return {role: json.loads(body) for role, each, body in blocks if each == kind}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def holds(operator: str, wanted: dict[str, Any], context: dict[str, str]) -> bool:
    plain = operator.removeprefix("ForAnyValue:")
    assert plain in ("StringEquals", "StringLike")
    for key, values in wanted.items():
        given = context.get(key)
        if given is None:
            return False
        if plain == "StringEquals" and given not in listed(values):
            return False
        if plain == "StringLike" and not any(fnmatchcase(given, each) for each in listed(values)):
            return False
    return True


def allowed(policy: Policy, action: str, resource: str, **context: str) -> bool:
    """IAM's rule for one policy: something allows it and nothing denies it."""
    decided = False
    for statement in policy["Statement"]:
        actions = listed(statement["Action"])
        if not any(fnmatchcase(action.lower(), each.lower()) for each in actions):
            continue
        if "NotResource" in statement:
            matches = not any(
                fnmatchcase(resource, each) for each in listed(statement["NotResource"])
            )
        else:
            matches = any(
                fnmatchcase(resource, each) for each in listed(statement.get("Resource", "*"))
            )
        conditions = statement.get("Condition", {})
        if not matches or not all(
            holds(operator, wanted, context) for operator, wanted in conditions.items()
        ):
            continue
        if statement["Effect"] == "Deny":
            return False
        decided = True
    return decided


def assumable(subject: str, audience: str = "sts.amazonaws.com") -> set[str]:
    context = {f"{ISSUER}:sub": subject, f"{ISSUER}:aud": audience}
    return {
        role
        for role, policy in policies("trust").items()
        if allowed(policy, "sts:AssumeRoleWithWebIdentity", "*", **context)
    }


@pytest.mark.parametrize(
    ("subject", "roles"),
    [
        (PULL_REQUEST, {"upkeep-preview"}),
        (MAIN, {"upkeep-preview", "upkeep-drift", "upkeep-deploy-staging"}),
        (PRODUCTION, {"upkeep-deploy-prod"}),
        ("repo:bynomi/upkeep:ref:refs/heads/main-2", set()),
        ("repo:bynomi/upkeep:ref:refs/heads/feature/x", set()),
        ("repo:bynomi/upkeep:ref:refs/tags/v1.0.0", set()),
        ("repo:bynomi/upkeep:environment:staging", set()),
        ("repo:bynomi/upkeep:environment:production-2", set()),
        ("repo:mallory/upkeep:pull_request", set()),
        ("repo:mallory/upkeep:environment:production", set()),
        ("repo:bynomi/upkeep-2:environment:production", set()),
    ],
)
def test_who_may_assume_which_role(subject: str, roles: set[str]) -> None:
    assert assumable(subject) == roles


def test_a_token_for_somebody_else_opens_nothing() -> None:
    assert assumable(PRODUCTION, audience="https://github.com/bynomi") == set()


@pytest.mark.parametrize(
    ("action", "resource", "may"),
    [
        ("s3:ListBucket", "arn:aws:s3:::bynomi-upkeep-state", True),
        ("s3:GetObject", f"{STATE}/stacks/bynomi/prod.json", True),
        ("s3:GetObject", f"{STATE}/history/bynomi/prod/prod-1.checkpoint.json", False),
        ("s3:GetObject", "arn:aws:s3:::bynomi-prod-user-uploads/1.png", False),
        ("s3:PutObject", f"{STATE}/stacks/bynomi/prod.json", False),
        ("s3:PutObject", f"{STATE}/locks/organization/bynomi/prod/1.json", False),
        ("kms:Decrypt", KEY, False),
        ("secretsmanager:DescribeSecret", "*", True),
        ("secretsmanager:GetSecretValue", "*", False),
        ("ssm:GetParameter", "*", False),
        ("rds:DescribeDBInstances", "*", True),
        ("rds:ModifyDBInstance", "*", False),
        ("iam:PassRole", "*", False),
        ("sts:AssumeRole", "*", False),
    ],
)
def test_what_a_pull_request_may_do(action: str, resource: str, may: bool) -> None:
    assert allowed(policies("permissions")["upkeep-preview"], action, resource) is may


def test_a_pull_request_may_do_nothing_that_writes() -> None:
    reads = re.compile(r"^\w+:(?:Describe|Get|List)[\w*]+$")
    for statement in policies("permissions")["upkeep-preview"]["Statement"]:
        if statement["Effect"] == "Allow":
            assert [each for each in listed(statement["Action"]) if not reads.match(each)] == []


def test_the_nightly_comparison_opens_the_stacks_keys_and_writes_one_metric() -> None:
    policy = policies("permissions")["upkeep-drift"]
    alias = "kms:ResourceAliases"
    assert allowed(policy, "kms:Decrypt", KEY, **{alias: "alias/bynomi-prod-upkeep-secrets"})
    assert not allowed(policy, "kms:Decrypt", KEY, **{alias: "alias/bynomi-prod-database"})
    assert not allowed(policy, "kms:Decrypt", KEY)
    namespace = "cloudwatch:namespace"
    assert allowed(policy, "cloudwatch:PutMetricData", "*", **{namespace: "Upkeep"})
    assert not allowed(policy, "cloudwatch:PutMetricData", "*", **{namespace: "AWS/RDS"})
    assert not allowed(policy, "s3:PutObject", f"{STATE}/stacks/bynomi/prod.json")


@pytest.mark.parametrize(
    ("action", "resource", "context", "may"),
    [
        ("s3:PutObject", f"{STATE}/stacks/bynomi/staging.json", {}, True),
        ("s3:PutObject", f"{STATE}/stacks/bynomi/prod.json", {}, False),
        ("s3:PutObject", f"{STATE}/locks/organization/bynomi/prod/1.json", {}, False),
        ("s3:GetObject", f"{STATE}/history/bynomi/prod/prod-1.checkpoint.json", {}, False),
        ("kms:Decrypt", KEY, {"kms:ResourceAliases": "alias/bynomi-staging-upkeep-secrets"}, True),
        ("kms:Decrypt", KEY, {"kms:ResourceAliases": "alias/bynomi-prod-upkeep-secrets"}, False),
        ("rds:DeleteDBInstance", "*", {"aws:ResourceTag/environment": "staging"}, True),
        ("rds:DeleteDBInstance", "*", {"aws:ResourceTag/environment": "prod"}, False),
        ("sns:Publish", "arn:aws:sns:us-east-1:123456789012:bynomi-prod-alerts-p0", {}, False),
        ("sns:Publish", "arn:aws:sns:us-east-1:123456789012:bynomi-staging-alerts-p0", {}, True),
        ("iam:PutRolePolicy", "arn:aws:iam::123456789012:role/upkeep-deploy-prod", {}, False),
    ],
)
def test_stagings_role_keeps_out_of_prod_whatever_is_attached(
    action: str, resource: str, context: dict[str, str], may: bool
) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    denials = policies("permissions")["upkeep-deploy-staging"]["Statement"]
    policy = {"Statement": [everything, *denials]}
    assert allowed(policy, action, resource, **context) is may


# ---- the linters -------------------------------------------------------------------------------

BAD = """
name: Bad
on: pull_request_target
jobs:
  bad:
    runs-on: ubuntu-24.04
    needs: nothing
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.pull_request.title }}"
"""


@pytest.fixture(scope="module")
def lint() -> str:
    pins = (ROOT / "tools" / "actionlint" / "go.mod").read_text(encoding="utf-8")
    version = re.search(r"^require github.com/rhysd/actionlint v(\S+)$", pins, re.MULTILINE)
    assert version
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    built = cache / "upkeep" / f"actionlint-{version[1]}" / "actionlint"
    if not built.exists() and not shutil.which("go"):
        pytest.skip("actionlint is not built yet, and there is no Go to build it")
    return str(ROOT / "tools" / "lint-workflows.sh")


@pytest.mark.slow
def test_the_linters_find_nothing(lint: str) -> None:
    done = subprocess.run([lint], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_linters_catch_a_bad_workflow(lint: str, tmp_path: Path) -> None:
    planted = tmp_path / ".github" / "workflows" / "bad.yml"
    planted.parent.mkdir(parents=True)
    planted.write_text(BAD)
    done = subprocess.run([lint, str(planted)], capture_output=True, text=True)
    assert done.returncode == 1
    # What GitHub would refuse, then what an attacker would use.
    assert 'needs job "nothing" which does not exist' in done.stdout
    for finding in ("dangerous-triggers", "unpinned-uses", "template-injection", "artipacked"):
        assert f"[{finding}]" in done.stdout, done.stdout + done.stderr
