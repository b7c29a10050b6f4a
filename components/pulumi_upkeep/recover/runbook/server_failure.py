"""Application server failure: route traffic to the standby servers.

Source: Bynomi's plan, "Disaster Scenarios and Response": route traffic to standby servers; deploy
application code if needed; verify connectivity to database and services; monitor performance.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from .inside import Inside, look
from .people import People, decision, tell
from .steps import CONTINUE, Permission, Runbook, Step, script

SCENARIO = "application-server-failure"
HEALTHY_TRIES = 3
# How long performance is looked at before the runbook ends.
WATCHED_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class ServerFailure:
    """One standby.

    group, targets, switch   the group's name, the ARNs of target group and listener rule
    servers                  how many shall run before traffic comes
    full                     how many shall run for all users: its full size
    address                  the balancer's own DNS name: health checks and tests ask it there
    serves, health_path      the name that moves, and the path that is asked for health
    writers                  private names of the databases that it needs
    returns_at               what part of the users goes back at a time, such as ``10 %``
    """

    standby: str
    group: str
    targets: str
    switch: str
    servers: int
    address: str
    serves: str
    health_path: str
    writers: tuple[str, ...]
    inside: Inside
    full: int
    returns_at: tuple[str, ...] = ()


def server_failure(of: ServerFailure, people: People, document_name: str, asked_by: str) -> Runbook:
    """The runbook of a standby."""
    steps = (
        _assess(of, people),
        *decision(
            people,
            f"{of.serves} failed: decide",
            "{{ assess.Summary }}",
            f"Start {of.servers} standby servers and send the traffic of {of.serves} to them?",
            asked_by,
            "scale",
        ),
        *_start(of, people),
        look(
            of.inside,
            people,
            "verify_connectivity",
            "Verify that the servers reach database and services.",
            "the health page answers 200 at the standby's own balancer"
            + (f", and {', '.join(of.writers)} takes writes" if of.writers else ""),
            _services(of),
            within=timedelta(minutes=5),
        ),
        *_open(of, people),
        *_grow(of, people),
        Step(
            name="monitor",
            title="Monitor the servers under the first traffic.",
            who="the runbook",
            see=f"{of.full} servers stay healthy for {WATCHED_FOR}",
            action="aws:executeScript",
            inputs=script(
                "watch_servers",
                {
                    "region": people.region,
                    "targets": of.targets,
                    "servers": of.full,
                    "seconds": round(WATCHED_FOR.total_seconds()),
                },
            ),
            limit=timedelta(minutes=10),
            # Traffic is here: that one server left is to be said, not a reason to stop.
            on_failure=CONTINUE,
            may=(Permission("elasticloadbalancing:DescribeTargetHealth", ("*",)),),
        ),
        look(
            of.inside,
            people,
            "verify_serving",
            "Verify the application and its database again, now that users are there.",
            "the health page answers 200 still"
            + (f", and {', '.join(of.writers)} takes writes" if of.writers else ""),
            _services(of),
            within=timedelta(minutes=2),
            on_failure=CONTINUE,
        ),
        tell(
            people,
            "say_done",
            "Say that it is done.",
            f"{of.serves}: the standby serves",
            f"{of.group} serves {of.serves}. How users return, step by step, once the primary side "
            "is well stands on the page.",
            ends=True,
        ),
    )
    return Runbook(
        scenario=SCENARIO,
        of=of.standby,
        document_name=document_name,
        region=people.region,
        title=f"Application server failure: the standby {of.standby} serves {of.serves}",
        when=f"When {of.serves} does not answer, and its own servers cannot be brought back soon.",
        steps=steps,
        after=(
            "Leave the number of servers as it is: deployments do not change it.",
            *_way_back(of, people),
        ),
    )


def _way_back(of: ServerFailure, people: People) -> tuple[str, ...]:
    """How users return, by hand.

    It is no document: it begins when us-east-1 is back, hours or days later, it changes records by
    Route 53's control plane, which is there, and every step is a line of the plan. A document that
    changed the records beside the deployments would be undone by the next one.
    """
    closed = (
        "Type=fixed-response,FixedResponseConfig={ContentType=text/plain,MessageBody=closed,"
        "StatusCode=503}"
    )
    steps = [
        f"To return, see that {of.serves} works on its own side first: ask the primary's load "
        f"balancer for {of.health_path}. Its database is the one that takes the writes."
    ]
    steps += [
        f"Let {share} of the users return: `upkeep:standby.{of.standby}.returned: {share}` in the "
        "plan, `make up`; go on after a quarter of an hour in which no alarm rang."
        for share in of.returns_at
    ]
    if of.switch:
        steps.append(
            f"Close the switch: `aws elbv2 modify-rule --region {people.region} --rule-arn "
            f"{of.switch} --actions '{closed}'`."
        )
    if of.returns_at:
        steps.append(f"Take `returned` out of `upkeep:standby.{of.standby}`, and `make up`.")
    steps.append(
        f"Let the standby shrink: `aws autoscaling update-auto-scaling-group --region "
        f"{people.region} --auto-scaling-group-name {of.group}` with the `--min-size` and "
        f"`--desired-capacity` that `upkeep:standby.{of.standby}.running` says."
    )
    return tuple(steps)


def _services(of: ServerFailure) -> dict[str, Any]:
    return {
        "look": "services",
        "url": f"https://{of.address}{of.health_path}",
        "host": of.serves,
        "writers": list(of.writers),
    }


def _grow(of: ServerFailure, people: People) -> tuple[Step, ...]:
    """To the full size, once traffic is there: users wait for the first servers and not for all."""
    if of.full <= of.servers:
        return ()
    first, healthy, _ = _start(replace(of, servers=of.full), people)
    return (
        replace(
            first,
            name="full_size",
            title=f"Grow to the full size: have {of.full} servers run.",
            on_failure=CONTINUE,
        ),
        replace(
            healthy,
            name="wait_full_size",
            title="Wait until all of them are healthy.",
            on_failure=CONTINUE,
        ),
    )


def _assess(of: ServerFailure, people: People) -> Step:
    return Step(
        name="assess",
        title=f"Look at the standby servers {of.group}.",
        who="the runbook",
        see="Summary says how many servers run, and whether the switch is open",
        action="aws:executeScript",
        inputs=script("assess_servers", _where(of, people, switch=of.switch)),
        limit=timedelta(minutes=3),
        tries=2,
        outputs={
            "Switch": ("$.Payload.switch", "String"),
            "Summary": ("$.Payload.summary", "String"),
        },
        may=(
            Permission("autoscaling:DescribeAutoScalingGroups", ("*",)),
            Permission("elasticloadbalancing:DescribeRules", ("*",)),
            Permission("elasticloadbalancing:DescribeTargetHealth", ("*",)),
        ),
    )


def _where(of: ServerFailure, people: People, **more: Any) -> dict[str, Any]:
    return {"region": people.region, "group": of.group, "targets": of.targets, **more}


def _group_arn(of: ServerFailure, people: People) -> str:
    return (
        f"arn:aws:autoscaling:{people.region}:{people.account}:autoScalingGroup:*:"
        f"autoScalingGroupName/{of.group}"
    )


def _start(of: ServerFailure, people: People) -> tuple[Step, ...]:
    return (
        Step(
            name="scale",
            title=f"Have {of.servers} servers run.",
            who="the runbook",
            see=f"the group's desired capacity is {of.servers} or more",
            action="aws:executeScript",
            inputs=script(
                "scale", {"region": people.region, "group": of.group, "servers": of.servers}
            ),
            limit=timedelta(minutes=2),
            tries=3,
            may=(
                Permission("autoscaling:DescribeAutoScalingGroups", ("*",)),
                Permission("autoscaling:UpdateAutoScalingGroup", (_group_arn(of, people),)),
            ),
        ),
        Step(
            name="wait_healthy",
            title="Wait until they are healthy.",
            who="the runbook",
            see=f"{of.servers} targets are healthy",
            action="aws:executeScript",
            inputs=script(
                "wait_healthy",
                {"region": people.region, "targets": of.targets, "servers": of.servers},
            ),
            limit=timedelta(minutes=10),
            tries=HEALTHY_TRIES,
            may=(Permission("elasticloadbalancing:DescribeTargetHealth", ("*",)),),
        ),
        Step(
            name="deploy_code",
            title="Deploy application code if needed: replace servers of an older template.",
            who="the runbook",
            see="every server runs the version of the template that new ones get",
            action="aws:executeScript",
            inputs=script("newest_code", {"region": people.region, "group": of.group}),
            limit=timedelta(minutes=10),
            tries=HEALTHY_TRIES,
            may=(
                Permission("autoscaling:DescribeAutoScalingGroups", ("*",)),
                Permission("autoscaling:DescribeInstanceRefreshes", ("*",)),
                Permission("autoscaling:StartInstanceRefresh", (_group_arn(of, people),)),
                Permission("ec2:DescribeLaunchTemplateVersions", ("*",)),
            ),
        ),
    )


def _open(of: ServerFailure, people: People) -> tuple[Step, ...]:
    if not of.switch:
        # Traffic moves there by itself as soon as servers are healthy.
        return ()
    return (
        Step(
            name="open_switch",
            title=f"Send traffic there: open the switch of {of.standby}.",
            who="the runbook, by a rule of the standby's own balancer",
            see="the switch answers 200, and Route 53 moves the name within its health checks",
            action="aws:executeAwsApi",
            inputs={
                "Service": "elbv2",
                "Api": "ModifyRule",
                "RuleArn": of.switch,
                "Actions": [
                    {
                        "Type": "fixed-response",
                        "FixedResponseConfig": {
                            "ContentType": "text/plain",
                            "MessageBody": "open",
                            "StatusCode": "200",
                        },
                    }
                ],
            },
            tries=3,
            may=(Permission("elasticloadbalancing:ModifyRule", (of.switch,)),),
        ),
        Step(
            name="verify_switch",
            title="Verify that the switch is open.",
            who="the runbook",
            see="the rule answers 200",
            action="aws:waitForAwsResourceProperty",
            inputs={
                "Service": "elbv2",
                "Api": "DescribeRules",
                "RuleArns": [of.switch],
                "PropertySelector": "$.Rules[0].Actions[0].FixedResponseConfig.StatusCode",
                "DesiredValues": ["200"],
            },
            limit=timedelta(minutes=2),
            may=(Permission("elasticloadbalancing:DescribeRules", ("*",)),),
        ),
        look(
            of.inside,
            people,
            "verify_traffic",
            f"Verify that {of.serves} leads to the standby.",
            f"{of.serves} answers with an address of the standby's balancer",
            {"look": "traffic", "name": of.serves, "address": of.address},
            within=timedelta(minutes=5),
            on_failure=CONTINUE,
        ),
    )
