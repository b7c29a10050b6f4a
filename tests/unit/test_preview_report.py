"""A preview as a comment: what changes, with values; no path of a machine; never too long."""

import os
from pathlib import Path
from typing import Any

import pytest

from tools.upkeep.markdown import code
from tools.upkeep.paths import PROJECT
from tools.upkeep.preview_report import LIMIT, report

Json = dict[str, Any]


def step(op: str, token: str, name: str, **more: Any) -> Json:
    """A step as Pulumi writes it, its machine's paths included."""
    state = {
        "custom": True,
        "type": token,
        "sourcePosition": f"project://{PROJECT}/infra/__main__.py#17",
        "stackTrace": [{"sourcePosition": "project:///../../usr/lib/python3.11/events.py#80"}],
    }
    old, new = more.pop("old", {}), more.pop("new", {})
    return {
        "op": op,
        "urn": f"urn:pulumi:prod::bynomi::upkeep:index:Alarms${token}::{name}",
        "oldState": None if op == "create" else state | {"inputs": old},
        "newState": None if op == "delete" else state | {"inputs": new},
        "detailedDiff": None,
    } | more


ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TOPIC = "aws:sns/topicSubscription:TopicSubscription"
UPDATE = step(
    "update",
    ALARM,
    "orders-cpu",
    old={"threshold": 80, "tags": {"by.whom": "a|b"}, "dimensions": [{"name": "x"}]},
    new={"threshold": 90, "tags": {"by.whom": "c`d"}, "dimensions": [{"name": "y"}]},
    detailedDiff={
        "threshold": {"kind": "update"},
        'tags["by.whom"]': {"kind": "update"},
        "dimensions[0].name": {"kind": "update-replace"},
    },
)
SECRET = step(
    "replace",
    TOPIC,
    "on-call",
    old={"endpoint": "[secret]"},
    new={"endpoint": "[secret]"},
    detailedDiff={"endpoint": {"kind": "update-replace"}},
)


def test_what_changes_comes_with_its_values_the_dangerous_first() -> None:
    preview = {
        "steps": [
            step("create", ALARM, "new"),
            UPDATE,
            step("same", ALARM, "same"),
            step("refresh", ALARM, "refreshed"),
            step("delete-replaced", ALARM, "half of a replacement"),
            step("delete", ALARM, "old"),
        ]
    }
    assert report("prod", preview, "", 0) == (
        "<!-- upkeep-preview: prod -->\n"
        "### `prod`: 1 to delete, 1 to change, 1 to create\n"
        "\n**1 to delete**\n\n"
        "| resource | type | properties |\n| --- | --- | --- |\n"
        "| `old` | `aws.cloudwatch.MetricAlarm` |  |\n"
        "\n**1 to change**\n\n"
        "| resource | type | properties |\n| --- | --- | --- |\n"
        "| `orders-cpu` | `aws.cloudwatch.MetricAlarm` | "
        '`dimensions[0].name`: `"x"` → `"y"` (replaces)<br>'
        '`tags["by.whom"]`: `"a\\|b"` → `` "c`d" ``<br>'
        "`threshold`: `80` → `90` |\n"
        "\n<details><summary>1 to create</summary>\n\n"
        "| resource | type | properties |\n| --- | --- | --- |\n"
        "| `new` | `aws.cloudwatch.MetricAlarm` |  |\n"
        "\n</details>\n"
    )


def test_a_component_is_not_counted() -> None:
    component = step("create", "upkeep:index:UptimeChecks", "uptime")
    component["newState"]["custom"] = False
    assert "nothing changes" in report("prod", {"steps": [component]}, "", 0)


def test_added_removed_and_unknown_values() -> None:
    change = step(
        "update",
        ALARM,
        "a",
        old={"gone": 1},
        new={"came": [1, 2], "later": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"},
        detailedDiff={
            "gone": {"kind": "delete"},
            "came": {"kind": "add"},
            "later": {"kind": "add"},
        },
    )
    assert (
        "`came`: `[1, 2]`<br>`gone`: `1` → removed<br>`later`: `known after deployment`"
        in report("prod", {"steps": [change]}, "", 0)
    )


def test_between_placeholders_a_secret_is_not_compared() -> None:
    preview = {"steps": [SECRET]}
    blank = report("prod", preview, "", 0, secrets_blank=True)
    assert "### `prod`: nothing changes\n" in blank
    assert "Not compared" in blank
    assert "placeholder: `on-call`\n" in blank
    # With the secrets at hand the same is a change, shown without its value.
    real = report("prod", preview, "", 0)
    assert "### `prod`: 1 to replace\n" in real
    assert "`endpoint`: a secret differs (replaces)" in real


def test_a_secret_beside_another_change_is_shown_with_it() -> None:
    both = step(
        "update",
        ALARM,
        "a",
        old={"endpoint": "[secret]", "threshold": 1},
        new={"endpoint": "[secret]", "threshold": 2},
        detailedDiff={"endpoint": {"kind": "update"}, "threshold": {"kind": "update"}},
    )
    text = report("prod", {"steps": [both]}, "", 0, secrets_blank=True)
    assert "### `prod`: 1 to change" in text
    assert "`threshold`: `1` → `2`" in text


def test_a_broken_plan_shows_every_fault_and_nothing_else() -> None:
    preview = {
        "steps": [UPDATE],
        "diagnostics": [
            {"severity": "warning", "message": "warning: deprecated"},
            {"severity": "error", "message": "error: 2 faults\n  uptime.every: …\n  zone: …\n"},
            {
                "severity": "error",
                "message": "error: an unhandled error occurred: program exited with non-zero "
                "exit code: 1\n",
            },
        ],
    }
    assert report("prod", preview, "", 1) == (
        "<!-- upkeep-preview: prod -->\n### `prod`: cannot be deployed\n\n"
        "```text\n2 faults\n  uptime.every: …\n  zone: …\n```\n"
    )


def test_where_pulumi_reports_nothing_its_words_are_shown() -> None:
    text = report("prod", {}, "error: invalid YAML file: line 1\n```\n@everyone\n", 1)
    assert "````text\nerror: invalid YAML file: line 1\n```\n@everyone\n````" in text


def test_no_path_of_this_machine_is_shown() -> None:
    traceback = (
        f'error: boom\n  File "{PROJECT}/infra/__main__.py", line 3\n'
        f'  File "{Path.home()}/lib/python3.11/site-packages/pulumi/x.py", line 4\n'
        '  File "/usr/lib/python3.11/asyncio.py", line 5\n'
        "  see https://internal.bynomi.com/docs/runbooks and /api/health\n"
    )
    text = report("prod", {"diagnostics": [{"severity": "error", "message": traceback}]}, "", 1)
    assert str(PROJECT) not in text
    assert str(Path.home()) not in text
    assert 'File "infra/__main__.py", line 3' in text
    assert 'File "…/x.py"' in text
    assert 'File "…/asyncio.py"' in text
    assert "https://internal.bynomi.com/docs/runbooks and /api/health" in text
    whole = report("prod", {"steps": [UPDATE, SECRET]}, "", 0)
    assert "sourcePosition" not in whole
    assert ".py" not in whole


def test_a_property_that_is_a_path_stays_as_it_is() -> None:
    change = step(
        "update",
        ALARM,
        "agent",
        old={"path": "/opt/aws/agent/a.json", "health": "/api/health"},
        new={"path": "/opt/aws/agent/b.json", "health": "/health"},
        diffReasons=["path", "health"],
    )
    text = report("prod", {"steps": [change]}, "", 0)
    assert '`path`: `"/opt/aws/agent/a.json"` → `"/opt/aws/agent/b.json"`' in text
    assert '`health`: `"/api/health"` → `"/health"`' in text


@pytest.mark.slow
def test_a_long_report_stays_below_githubs_limit_and_counts_what_it_leaves_out() -> None:
    steps = [
        step(
            "update",
            ALARM,
            f"überwacht-{number:04}",
            old={"description": "ä" * 500},
            new={"description": "ö" * 500},
            diffReasons=["description"],
        )
        for number in range(1000)
    ]
    text = report("prod", {"steps": steps}, "", 0, footer="Of abc")
    assert len(text.encode()) <= LIMIT
    shown = text.count("| `überwacht-")
    assert 50 < shown < 1000
    assert f"\n{1000 - shown} more are left out here" in text
    assert "### `prod`: 1000 to change\n" in text
    assert text.endswith("\n<sub>Of abc</sub>\n")
    long = report("prod", {}, "x" * 100_000, 1)
    assert len(long.encode()) <= LIMIT
    assert "cut here" in long


def test_drift_is_said_as_drift_and_a_failed_comparison_as_failed() -> None:
    drifted = report("prod", {"steps": [UPDATE]}, "error: no changes were expected", 7, drift=True)
    assert drifted.startswith(
        "<!-- upkeep-drift: prod -->\n### `prod`: differs from what is declared: 1 to change\n"
    )
    assert "### `prod`: runs as declared" in report("prod", {"steps": []}, "", 0, drift=True)
    failed = report("prod", {}, "error: no credentials", 1, drift=True)
    assert "### `prod`: cannot be compared" in failed


@pytest.mark.parametrize(
    ("text", "span"),
    [("plain", "`plain`"), ("a`b", "`` a`b ``"), ("a``b", "``` a``b ```"), ("a|b\nc", "`a\\|b c`")],
)
def test_code_spans_hold_anything(text: str, span: str) -> None:
    assert code(text) == span


def test_the_workspace_of_the_runner_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = f"{os.sep}home/runner/work/upkeep/upkeep"
    monkeypatch.setenv("GITHUB_WORKSPACE", workspace)
    message = f"error: {workspace}/Pulumi.prod.yaml: line 3"
    text = report("prod", {"diagnostics": [{"severity": "error", "message": message}]}, "", 1)
    assert "\nPulumi.prod.yaml: line 3\n" in text
