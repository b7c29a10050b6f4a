"""Patching: security patches of the operating system, in a window, watched for what is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import ValidationError

from .. import aws, policy
from ..account import account_of
from ..component import UpkeepComponent
from ..function import declare_function
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..plan.faults import Fault, PlanError, from_validation
from ..plan.patching import DAY, GRACE, SYSTEMS, Patched, grades_of
from ..plan.words import Later, Name, Url, Words
from . import patch_policies
from .patch_policies import DOCUMENT
from .window_role import declare_window_role

NAMESPACE = "Upkeep/Operate"
PAGE = "patching"
# Patch Manager: a baseline's name has 3 to 128 characters [CreatePatchBaseline].
NAME_LIMIT = 128
# How long a window's command waits for a server to take it.
_TAKEN_WITHIN = timedelta(minutes=10)
# EC2 Auto Scaling gives each of its servers this tag.
_BY_GROUP = "tag:aws:autoscaling:groupName"
_REBOOTS = {"if needed": "RebootIfNeeded", "never": "NoReboot"}
_COMPLIANCE = {
    "critical": "CRITICAL",
    "important": "HIGH",
    "medium": "MEDIUM",
    "low": "LOW",
}
# The age is published every day; a day and a half without it are a fault of the watch itself.
_PERIOD = timedelta(days=1)


class PatchedServersArgs(TypedDict):
    """A group of servers, and when and how it is patched."""

    groups: list[str]
    """Names of the auto-scaling groups; each server has the tag ``PatchGroup`` with its group's
    name."""
    system: str
    """``Amazon Linux 2``, ``Amazon Linux 2023``, ``Debian``, ``Red Hat Enterprise Linux``, ``Rocky
    Linux``, ``Ubuntu`` or ``Windows``."""
    windows: dict[str, pulumi.Input[str]]
    """Ids of the maintenance windows it is patched in, by a name each; empty for the only one."""
    late_after: str
    """How long a server may lack an approved patch, and how old the last installation may be: more
    than from one window to the next; ``37 days``."""
    roles: NotRequired[list[pulumi.Input[str]]]
    """Names of the servers' roles (IAM), which are given what patching takes. Default: they have
    it."""
    severities: NotRequired[list[str]]
    """``critical``, ``important``, ``medium``, ``low``. Default: the first two."""
    approve_after: NotRequired[str]
    """How long after its release a patch is approved. Default ``7 days``; of Debian and Ubuntu
    ``at once``."""
    reboot: NotRequired[str]
    """``if needed`` (default) or ``never``."""
    at_once: NotRequired[str]
    """How many servers at once: ``1`` (default) or ``25 %``."""
    errors: NotRequired[str]
    """How many may fail before no further one is begun: ``0`` (default) or ``10 %``."""
    severity: NotRequired[str]
    """Whose topic hears of it. Default ``p2``."""


class PatchingArgs(TypedDict):
    """Arguments of Patching."""

    servers: dict[str, PatchedServersArgs]
    """By a name each."""
    topics: AlertTopics
    """The SNS topic of each severity, in the region of the provider."""
    runbooks: str
    """The address below which each alert has its page."""


class Patching(UpkeepComponent):
    """Security patches of servers: a baseline, a scan every day, and installation in windows.

    Of each group: a patch baseline for its system; an association that scans every server, and each
    new one when it starts; a task in each window that installs, so many servers at once, and stops
    at the first errors; a role that the task takes. A function looks every day what is missing, and
    three figures are published: servers that lack patches, servers that have for too long, and the
    age of the last installation. The last two are alarmed; so is silence.

    Servers of an auto-scaling group do not last: a new one starts from the group's image, without
    what was patched since that was made, and is scanned at once. A new image is what patches it.
    """

    baselines: pulumi.Output[Mapping[str, str]]
    """Name -> id of the patch baseline."""
    tasks: pulumi.Output[Mapping[str, str]]
    """Name -> id of the task in its first window."""
    alarms: pulumi.Output[Mapping[str, str]]
    """Name of the alarm within the component -> its ARN."""
    function_name: pulumi.Output[str]
    """Name of the function that looks every day what is missing."""

    def __init__(
        self, name: str, args: PatchingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        self.refuse(_faults(settings))
        prefix = "/" + "/".join([pulumi.get_project(), pulumi.get_stack(), self.name])
        account = account_of(self)
        baselines: dict[str, pulumi.Output[str]] = {}
        tasks: dict[str, pulumi.Output[str]] = {}
        alarms: dict[str, pulumi.Output[str]] = {}
        for each in sorted(settings.servers):
            group = settings.servers[each]
            entry = group.entry()
            baselines[each] = self._baseline(each, group, entry)
            self._let_be_patched(each, group)
            self._scan(each, group)
            role = declare_window_role(
                self,
                each,
                "task",
                says=f"Lets a maintenance window patch {each}",
                statements=[
                    account.apply(patch_policies.run_document),
                    account.apply(patch_policies.on_servers),
                    patch_policies.follow_commands(),
                ],
            )
            found = [
                self._install(each, part, group, entry, role) for part in sorted(group.windows)
            ]
            tasks[each] = found[0]
            aws.ssm.Parameter(
                f"{self.name}-{each}",
                aws.ssm.ParameterArgs(
                    name=f"{prefix}/{each}",
                    type="String",
                    description=f"What was found of the patches of {each}; written by its function",
                    value="{}",
                ),
                # What stands in it is the function's.
                self.child(ignore_changes=["value"]),
            )
            for watch in _watches(each, entry):
                alarm = declare_alarm(self, watch, args["topics"], settings.runbooks)
                alarms[watch.part] = alarm.arn
        function = self._function(settings, args, prefix, baselines)
        self.baselines = pulumi.Output.all(**baselines)
        self.tasks = pulumi.Output.all(**tasks)
        self.alarms = pulumi.Output.all(**alarms)
        self.function_name = function.name
        self.register_outputs(
            {
                "baselines": self.baselines,
                "tasks": self.tasks,
                "alarms": self.alarms,
                "function_name": self.function_name,
            }
        )

    def _baseline(self, name: str, group: "_Group", entry: Patched) -> pulumi.Output[str]:
        system = SYSTEMS[entry.system]
        baseline = aws.ssm.PatchBaseline(
            f"{self.name}-{name}",
            aws.ssm.PatchBaselineArgs(
                name=physical_name(self.name, name, limit=NAME_LIMIT),
                description=f"Security patches of {entry.system}",
                operating_system=system.code,
                approval_rules=[
                    aws.ssm.PatchBaselineApprovalRuleArgs(
                        approve_after_days=entry.approval // DAY,
                        compliance_level=_COMPLIANCE[entry.severities[0]],
                        patch_filters=[
                            aws.ssm.PatchBaselineApprovalRulePatchFilterArgs(
                                key=key, values=list(values)
                            )
                            for key, values in (
                                *system.section,
                                grades_of(entry.system, entry.severities),
                            )
                        ],
                    )
                ],
            ),
            self.child(),
        )
        for scaled in sorted(group.groups):
            aws.ssm.PatchGroup(
                "-".join([self.name, name, *([scaled] if len(group.groups) > 1 else [])]),
                aws.ssm.PatchGroupArgs(baseline_id=baseline.id, patch_group=scaled),
                self.child(),
            )
        return baseline.id

    def _let_be_patched(self, name: str, group: "_Group") -> None:
        account = account_of(self)
        for index, role in enumerate(group.roles):
            aws.iam.RolePolicy(
                "-".join([self.name, name, "servers", *([str(index)] if index else [])]),
                aws.iam.RolePolicyArgs(
                    name=physical_name(self.name, name, "patched", limit=NAME_LIMIT),
                    role=role,
                    policy=account.apply(patch_policies.server_permissions),
                ),
                self.child(),
            )

    def _scan(self, name: str, group: "_Group") -> None:
        aws.ssm.Association(
            f"{self.name}-{name}-scan",
            aws.ssm.AssociationArgs(
                association_name=physical_name(self.name, name, "scan", limit=NAME_LIMIT),
                name=DOCUMENT,
                # New servers are scanned when they start, all of them once a day.
                schedule_expression="rate(1 day)",
                parameters={"Operation": "Scan"},
                targets=[aws.ssm.AssociationTargetArgs(key=_BY_GROUP, values=sorted(group.groups))],
            ),
            self.child(),
        )

    def _install(
        self,
        name: str,
        part: str,
        group: "_Group",
        entry: Patched,
        role: pulumi.Output[str],
    ) -> pulumi.Output[str]:
        parts = [self.name, name, *([part] if part else [])]
        window = group.windows[part]
        target = aws.ssm.MaintenanceWindowTarget(
            "-".join(parts),
            aws.ssm.MaintenanceWindowTargetArgs(
                window_id=window,
                name=physical_name(*parts, limit=NAME_LIMIT),
                resource_type="INSTANCE",
                targets=[
                    aws.ssm.MaintenanceWindowTargetTargetArgs(
                        key=_BY_GROUP, values=sorted(group.groups)
                    )
                ],
            ),
            self.child(),
        )
        task = aws.ssm.MaintenanceWindowTask(
            "-".join(parts),
            aws.ssm.MaintenanceWindowTaskArgs(
                window_id=window,
                name=physical_name(*parts, limit=NAME_LIMIT),
                description=f"Installs the approved security patches of {entry.system}",
                task_type="RUN_COMMAND",
                task_arn=DOCUMENT,
                service_role_arn=role,
                priority=1,
                max_concurrency=entry.at_once,
                max_errors=entry.errors,
                # What is not begun before the cutoff waits for the next window.
                cutoff_behavior="CANCEL_TASK",
                targets=[
                    aws.ssm.MaintenanceWindowTaskTargetArgs(
                        key="WindowTargetIds", values=[target.id]
                    )
                ],
                task_invocation_parameters=(
                    aws.ssm.MaintenanceWindowTaskTaskInvocationParametersArgs(
                        run_command_parameters=_command(self._comment(name), entry)
                    )
                ),
            ),
            self.child(),
        )
        return task.id

    def _comment(self, name: str) -> str:
        """What a command of ours is known by: up to 100 characters [SendCommand]."""
        return physical_name(self.name, name, "install", limit=100)

    def _function(
        self,
        settings: "_Settings",
        args: PatchingArgs,
        prefix: str,
        baselines: Mapping[str, pulumi.Output[str]],
    ) -> aws.lambda_.Function:
        known = {
            name: {
                "baseline": baselines[name],
                "comment": self._comment(name),
                "groups": sorted(group.groups),
                "late": group.entry().late_after // DAY,  # type: ignore[operator]
            }
            for name, group in sorted(settings.servers.items())
        }
        return declare_function(
            self,
            "compliance",
            package="patch_compliance",
            says="Looks every day which servers lack patches, and since when",
            statements=[
                patch_policies.look(),
                policy.publish_figures(NAMESPACE),
                account_of(self).apply(lambda account: patch_policies.remember(account, prefix)),
            ],
            environment={
                "GROUPS": pulumi.Output.json_dumps(known, sort_keys=True),
                "NAMESPACE": NAMESPACE,
                "PARAMETERS": prefix,
            },
            timeout=timedelta(minutes=5),
            topics=args["topics"],
            severity=min(group.entry().severity for group in settings.servers.values()),
            runbooks=settings.runbooks,
            runbook=PAGE,
            schedule="rate(1 day)",
        )


def _command(
    comment: str, entry: Patched
) -> aws.ssm.MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersArgs:
    parameters = {"Operation": "Install", "RebootOption": _REBOOTS[entry.reboot]}
    return aws.ssm.MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersArgs(
        comment=comment,
        timeout_seconds=round(_TAKEN_WITHIN.total_seconds()),
        parameters=[
            aws.ssm.MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersParameterArgs(
                name=key, values=[value]
            )
            for key, value in sorted(parameters.items())
        ],
    )


def _watches(name: str, entry: Patched) -> Iterator[Watch]:
    days = (entry.late_after or GRACE) // DAY
    for part, metric, threshold, says in (
        (
            "overdue",
            "PatchesOverdue",
            0,
            f"servers of {name} have lacked security patches for more than {days} days, failed to "
            "install one, or are not scanned",
        ),
        (
            "age",
            "PatchAge",
            days,
            f"no installation of patches has succeeded on {name} for more than {days} days",
        ),
    ):
        yield Watch(
            part=f"{name}-{part}",
            says=says,
            severity=entry.severity,
            metric=Metric(NAMESPACE, metric, {"Servers": name}, "Maximum"),
            threshold=threshold,
            period=_PERIOD,
            periods=1,
            # It is published every day: silence is a fault.
            missing_data="breaching",
            runbook=PAGE,
        )


class _Group(Words):
    groups: tuple[str, ...]
    system: str
    windows: dict[str, Later]
    late_after: str
    roles: tuple[Later, ...] = ()
    severities: tuple[str, ...] | None = None
    approve_after: str | None = None
    reboot: str | None = None
    at_once: str | None = None
    errors: str | None = None
    severity: str | None = None

    def entry(self) -> Patched:
        """What the plan would say of it; raises where it could not."""
        given: dict[str, Any] = {
            "servers": ["servers"],
            "window": "window",
            **{
                key: value
                for key, value in self.model_dump().items()
                if key not in ("groups", "roles", "windows") and value is not None
            },
        }
        return Patched.model_validate(given)


class _Settings(Words):
    servers: dict[Name, _Group]
    topics: Topics
    runbooks: Url


def _faults(settings: _Settings) -> Iterator[Fault]:
    owner: dict[str, str] = {}
    for name, group in settings.servers.items():
        path = f"servers.{name}"
        if not group.groups:
            rule, remedy = "patches no server", "name an auto-scaling group"
            yield Fault(f"{path}.groups", rule, None, remedy)
        if not group.windows:
            rule, remedy = "is patched in no window", "name the id of a maintenance window"
            yield Fault(f"{path}.windows", rule, None, remedy)
        for each in group.groups:
            if each in owner:
                rule = f"`servers.{owner[each]}` patches it too: two owners"
                yield Fault(f"{path}.groups", rule, each, "name it once")
            owner.setdefault(each, name)
        yield from _entry_faults(path, group)


def _entry_faults(path: str, group: _Group) -> Iterator[Fault]:
    try:
        group.entry()
    except PlanError as error:
        found = [*error.faults]
    except ValidationError as error:
        found = from_validation(error, Patched)
    else:
        return
    for fault in found:
        yield replace(fault, path=f"{path}.{fault.path}")
