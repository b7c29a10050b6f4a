"""The benchmark's own logic: what counts as the same, how ratios are made, what is written."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi_upkeep.plan import Plan

from bench import plans, preview, programs, report
from bench.measure import ROOT, BenchError, Cost, in_turns, middle, ratios
from bench.raw import snake
from bench.registrations import Fingerprint, differences, written_down
from tools.upkeep.declared import declared
from tools.upkeep.pulumi import Result

OURS, RAW = Cost(1.0, 0.5, 50.0), Cost(4.0, 4.0, 200.0)


def _request(name: str = "alerts", **changed: Any) -> Any:
    """A registration as Pulumi's protocol has it."""
    properties = struct_pb2.Struct()
    properties.update(changed.pop("props", {"displayName": "Alerts", "tags": {"a": "1", "b": "2"}}))
    fields = {
        "type": "aws:sns/topic:Topic",
        "name": name,
        "custom": True,
        "version": "7.51.1",
        "parent": "urn:pulumi:prod::bynomi::upkeep:index:AlertRoutes::routes",
        "provider": "urn:pulumi:prod::bynomi::pulumi:providers:aws::aws-us-east-1::id",
        "protect": False,
        "retainOnDelete": False,
        "ignoreChanges": [],
        "deleteBeforeReplace": False,
        "object": properties,
    }
    return SimpleNamespace(**{**fields, **changed})


PLANTED: dict[str, dict[str, Any]] = {
    "type": {"type": "aws:sns/topicPolicy:TopicPolicy"},
    "name": {"name": "other"},
    "version": {"version": "7.0.0"},
    "parent": {"parent": ""},
    "provider": {"provider": "urn:pulumi:prod::bynomi::pulumi:providers:aws::aws-us-west-2::id"},
    "protect": {"protect": True},
    "retain_on_delete": {"retainOnDelete": True},
    "ignore_changes": {"ignoreChanges": ["displayName"]},
    "delete_before_replace": {"deleteBeforeReplace": True},
    "a property": {"props": {"displayName": "Alarms", "tags": {"a": "1", "b": "2"}}},
    "a nested property": {"props": {"displayName": "Alerts", "tags": {"a": "1", "b": "3"}}},
    "a missing property": {"props": {"displayName": "Alerts"}},
}


def _fingerprint(*requests: Any) -> str:
    found = Fingerprint()
    for request in requests:
        found.add(request)
    return str(found)


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_planted_difference_is_seen_and_named(planted: dict[str, Any]) -> None:
    ours, raw = _request(), _request(**planted)

    assert _fingerprint(ours) != _fingerprint(raw)
    named = list(differences(written_down([ours]), written_down([raw])))
    assert named
    assert all("aws:sns/topic" in each for each in named)


def test_the_order_of_registrations_and_of_keys_makes_no_difference() -> None:
    first, second = _request("one"), _request("two")
    turned = _request("one", props={"tags": {"b": "2", "a": "1"}, "displayName": "Alerts"})

    assert _fingerprint(first, second) == _fingerprint(second, turned)
    assert list(differences(written_down([first, second]), written_down([second, turned]))) == []


def test_one_too_many_is_a_difference() -> None:
    once, twice = [_request("one")], [_request("one"), _request("one")]

    assert _fingerprint(*once) != _fingerprint(*twice)
    assert list(differences(written_down(once), written_down(twice))) == [
        "a resource is registered twice"
    ]


def test_secrets_are_told_from_plain_values() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "x"}

    plain, hidden = (written_down([_request(props={"value": value})])[0] for value in ("x", secret))

    assert plain["props"] == hidden["props"] == {"value": "x"}
    assert (plain["secrets"], hidden["secrets"]) == ([], ["value"])
    assert _fingerprint(_request(props={"value": "x"})) != _fingerprint(
        _request(props={"value": secret})
    )


def test_a_run_that_registers_something_else_stops_the_benchmark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = written_down([_request(props={"displayName": "Alerts"})])
    other = copy.deepcopy(kept)
    other[0]["props"]["displayName"] = "Alarms"

    def worker(side: str, given: Path, output: Path | None = None) -> tuple[Cost, str]:
        registrations = kept if side == "ours" else other
        if output is not None:
            output.write_text(json.dumps(registrations), encoding="utf-8")
        return OURS, f"1 resources, {side}"

    monkeypatch.setattr(programs, "worker", worker)
    pair = programs.Pair(plans.Configuration({}, ()), tmp_path, "planted")

    with pytest.raises(BenchError) as refused:
        pair.costs(1, lambda: None)
    assert str(refused.value) == (
        "raw registers something else:\n"
        "aws:sns/topic:Topic::alerts: "
        "props is {'displayName': 'Alerts'} in ours, {'displayName': 'Alarms'} in raw"
    )


def missing(value: Any, at: str) -> Iterator[str]:
    """Where in a registration something is None: what the estate should have answered."""
    if value is None:
        yield at
    entries = enumerate(value) if isinstance(value, list) else ()
    for key, each in value.items() if isinstance(value, dict) else entries:
        yield from missing(each, f"{at}.{key}")


@pytest.mark.slow
def test_raw_is_given_all_values_that_a_cloud_would_have_answered() -> None:
    """A preview refuses a required one that is not there."""
    resources = declared(ROOT / "Pulumi.prod.yaml").resources
    found = [at for each in resources for at in missing(dict(each.props), each.name)]
    # The monitor behind a check: whoever tries a declaration on Datadog puts in one that is there.
    assert [at for at in found if ".monitorIds." not in at] == []
    (cdn,) = [each for each in resources if each.type == "aws:cloudfront/distribution:Distribution"]
    assert cdn.props["origins"][0]["domainName"] == "notices.s3.us-east-1.amazonaws.com"


def test_a_preview_that_fails_says_why_and_not_all_that_it_planned() -> None:
    said = {
        "steps": [{"op": "create", "urn": "urn"}],
        "diagnostics": [
            {"severity": "warning", "message": "look"},
            {"severity": "error", "message": "missing required property 'domainName'\n"},
        ],
    }
    assert preview._complaints(Result(255, json.dumps(said), "")) == [
        "missing required property 'domainName'"
    ]
    assert preview._complaints(Result(1, "no JSON", "no engine")) == ["no JSON", "no engine"]


def test_ratios_are_ours_divided_by_raw() -> None:
    found = ratios(OURS, RAW)
    assert (found.time, found.cpu, found.memory) == (0.25, 0.125, 0.25)
    assert ratios(Cost(1, 1), Cost(2, 4)).memory is None


def test_each_figure_has_its_own_median() -> None:
    costs = [Cost(1, 9, 5), Cost(3, 7, 4), Cost(2, 8, 6)]
    assert middle(costs) == Cost(2, 8, 5)


def test_the_sides_take_turns() -> None:
    ran: list[str] = []

    def side(name: str) -> Any:
        def run() -> Cost:
            ran.append(name)
            return OURS if name == "ours" else RAW

        return run

    costs = in_turns({name: side(name) for name in ("ours", "raw")}, 2, lambda: ran.append("done"))

    assert ran == ["ours", "done", "raw", "done"] * 2
    assert costs == {"ours": OURS, "raw": RAW}


def _result(**changed: Cost) -> dict[str, Any]:
    prod = report.Compared(
        151, changed.get("ours", OURS), RAW, {"ours": Cost(4, 3), "raw": Cost(12, 12)}
    )
    scale = {
        count: report.Compared(
            14 * count, Cost(1.0, 1 + each * count, 50.0), Cost(2.0, 10 + 0.1 * count, 100.0)
        )
        for count, each in ((10, 0.05), (100, 0.05), (1000, 0.055))
    }
    return report.as_data(prod, scale)


def test_the_result_has_the_shape_that_the_docs_say() -> None:
    data = json.loads(json.dumps(_result()))

    assert data["version"] == 1
    assert set(data) == {"version", "note", "versions", "goals", "prod", "scale", "growth"}
    assert {name: value for name, value in data["prod"].items() if name != "medians"} == {
        "resources": 151,
        "time_ratio": 0.25,
        "cpu_ratio": 0.125,
        "memory_ratio": 0.25,
        "preview_ratio": 0.333,
        "preview_cpu_ratio": 0.25,
    }
    assert data["prod"]["medians"]["ours"] == {
        "seconds": 1.0,
        "cpu_seconds": 0.5,
        "memory_mib": 50.0,
    }
    assert list(data["scale"]) == ["10", "100", "1000"]
    assert data["scale"]["1000"]["time_ratio"] == 0.5
    # (56 - 6) / 900 over (6 - 1.5) / 90
    assert data["growth"] == {"ours": 1.111, "raw": 1.0}


def test_goals_that_are_reached_say_nothing_and_missed_ones_say_by_how_much() -> None:
    assert list(report.missed(_result())) == []
    assert list(report.missed(_result(ours=Cost(2.0, 1.0, 80.0)))) == [
        "prod.time_ratio is 0.5, at most 0.25 is the goal",
        "prod.memory_ratio is 0.4, at most 0.33 is the goal",
    ]
    bent = _result()
    bent["growth"]["ours"] = 2.0
    assert list(report.missed(bent)) == [
        "growth is not linear: a further service costs 2.0 times as much at the end"
    ]


def test_a_quick_result_is_judged_by_what_was_measured() -> None:
    prod = report.Compared(151, OURS, RAW)
    quick = report.as_data(prod, {10: report.Compared(240, OURS, RAW)})

    assert quick["growth"] == {}
    assert "preview_ratio" not in quick["prod"]
    assert list(report.missed(quick)) == []


def test_the_table_is_written_between_its_markers_and_nowhere_else() -> None:
    page = f"# Speed\n{report.BEGIN}\nold\n{report.END}\nafter\n"

    written = report.written_into(page, _result())

    assert written.startswith(f"# Speed\n{report.BEGIN}\n| ours / raw |")
    assert "| prod, the program | 151 | 0.25 | 0.12 | 0.25 |" in written
    assert "| 1,000 monitored services | 14,000 |" in written
    assert written.endswith(f"{report.END}\nafter\n")
    assert "old" not in written
    assert report.written_into(written, _result()) == written
    with pytest.raises(ValueError, match="bench: begin"):
        report.written_into("# Speed\n", _result())


def test_the_docs_have_a_place_for_the_table() -> None:
    page = Path(plans.PROD).with_name("docs") / "speed.md"
    assert report.written_into(page.read_text(encoding="utf-8"), _result())


def test_plans_are_read_as_the_program_reads_them() -> None:
    for configuration, services in ((plans.prod(), 1), (plans.of_services(12), 12)):
        chapters = {
            key.removeprefix("upkeep:"): json.loads(text) if text[0] in "[{" else text
            for key, text in configuration.values.items()
            if key not in configuration.secrets
        }
        secrets = {key.removeprefix("upkeep:") for key in configuration.secrets}
        plan = Plan.from_config(chapters, secrets)
        assert len(plan.estate.servers) == services
        assert plan.uptime is not None
        # The shipped service has five.
        assert len(plan.uptime.checks) == services + 4
        assert len(plan.services) == services


@pytest.mark.parametrize(
    ("name", "attribute"),
    [("kmsMasterKeyId", "kms_master_key_id"), ("cidrIpv4", "cidr_ipv4"), ("from", "from")],
)
def test_names_of_the_protocol_become_names_of_the_sdk(name: str, attribute: str) -> None:
    assert snake(name) == attribute
