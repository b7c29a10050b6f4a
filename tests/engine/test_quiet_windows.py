"""Quiet windows under the real engine: both clouds hold them, and a later week changes nothing."""

from typing import Any

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.downtimes_api import DowntimesApi

from sandbox.server import Addresses
from tests.engine.conftest import MakeProject, MakePulumi, client

PROGRAM = """
    import pulumi
    from pulumi_upkeep import QuietWindows, aws, datadog
    from pulumi_upkeep.observe import quiet_windows

    # What a later week would compute.
    quiet_windows.next_opening = lambda *_given: "START"
    here = aws.Provider("here", aws.ProviderArgs(region="us-east-1"))
    there = datadog.Provider(
        "datadog", datadog.ProviderArgs(api_key="a", app_key="b", validate="false")
    )
    alarm = aws.cloudwatch.MetricAlarm(
        "cpu",
        aws.cloudwatch.MetricAlarmArgs(
            name="cpu",
            namespace="Upkeep",
            metric_name="cpu",
            statistic="Average",
            period=60,
            evaluation_periods=1,
            threshold=80,
            comparison_operator="GreaterThanThreshold",
        ),
        pulumi.ResourceOptions(provider=here),
    )
    QuietWindows(
        "quiet",
        {
            "windows": {
                "weekly": {
                    "on": "Wednesday",
                    "opens": "OPENS",
                    "closes": "05:00",
                    "alarms": [alarm.name],
                    "monitors": True,
                },
                "monthly": {
                    "on": "first Sunday", "opens": "01:00", "closes": "05:00", "alarms": ["cpu"]
                },
            },
            "timezone": "America/New_York",
            "environment": "prod",
        },
        pulumi.ResourceOptions(providers=[here, there], depends_on=[alarm]),
    )
"""


def program(start: str, opens: str = "03:00") -> str:
    return PROGRAM.replace("START", start).replace("OPENS", opens)


def test_both_clouds_hold_the_windows_and_a_later_week_changes_nothing(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    folder = project(program("2099-01-07T03:00:00"))
    stack = pulumi(folder, own_sandbox)
    stack.run("stack", "init", "prod")

    def steps(*arguments: str) -> dict[str, set[str]]:
        done: dict[str, set[str]] = {}

        def hear(event: Any) -> None:
            step = event.get("resourcePreEvent", {}).get("metadata")
            if step and step["op"] not in ("same", "refresh", "read"):
                done.setdefault(step["op"], set()).add(step["urn"].rpartition(":")[2])

        result = stack.watch("preview", "--stack", "prod", *arguments, heard=hear)
        assert result.code == 0, result.stdout + result.stderr
        return done

    stack.run("up", "--yes", "--skip-preview", "--stack", "prod")
    cloudwatch = client(own_sandbox, "cloudwatch")
    rules = cloudwatch.list_alarm_mute_rules(AlarmName="cpu")["AlarmMuteRuleSummaries"]
    assert len(rules) == 15
    rule = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="tiny-prod-quiet-weekly")
    assert rule["Rule"]["Schedule"] == {
        "Expression": "cron(0 3 * * WED)",
        "Duration": "PT2H",
        "Timezone": "America/New_York",
    }
    (downtime,) = _downtimes(own_sandbox)
    assert downtime.attributes.monitor_identifier.monitor_tags == [
        "env:prod",
        "project:tiny",
        "quiet:weekly",
    ]
    (recurrence,) = downtime.attributes.schedule.recurrences
    assert (recurrence.rrule, recurrence.duration, recurrence.start) == (
        "FREQ=WEEKLY;INTERVAL=1;BYDAY=WE",
        "2h",
        "2099-01-07T03:00:00",
    )

    assert steps() == {}
    assert steps("--refresh") == {}
    # A week later another start is computed, and the one that is there is left.
    main = folder / "infra" / "__main__.py"
    later = main.read_text().replace("2099-01-07", "2099-01-14")
    main.write_text(later)
    assert steps() == {}
    # A window that opens at another time is another downtime, and the same rule.
    main.write_text(later.replace('"03:00"', '"02:30"'))
    assert steps() == {
        "create": {"quiet-weekly-wednesday-0230"},
        "update": {"quiet-weekly"},
        "delete": {"quiet-weekly-wednesday-0300"},
    }
    stack.run("destroy", "--yes", "--skip-preview", "--stack", "prod")
    assert cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []


def _downtimes(addresses: Addresses) -> list[Any]:
    """As Datadog's own client reads them."""
    configuration: Any = Configuration
    api: Any = DowntimesApi
    keys = {"apiKeyAuth": "a", "appKeyAuth": "b"}
    with ApiClient(configuration(host=addresses.dd_api_url, api_key=keys)) as connection:
        return list(api(connection).list_downtimes().data)
