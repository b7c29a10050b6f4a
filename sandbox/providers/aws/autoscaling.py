"""Auto-scaling groups and their policies."""

from __future__ import annotations

from typing import Any

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, computed, plain
from sandbox.providers.cloud import Properties

_TAG: Shape = (*plain("key", "value"), Prop("propagateAtLaunch"))
_GROUP: Shape = (
    Prop("name", "AutoScalingGroupName"),
    *plain(
        "defaultInstanceWarmup",
        "maxInstanceLifetime",
        "maxSize",
        "minSize",
        "placementGroup",
    ),
    *computed(
        "defaultCooldown",
        "desiredCapacity",
        "healthCheckType",
        "terminationPolicies",
        serviceLinkedRoleArn="ServiceLinkedRoleARN",
    ),
    Prop("capacityRebalance", default=False),
    Prop("availabilityZones", computed=True, unordered=True),
    Prop("healthCheckGracePeriod", default=300, default_sent=True),  # seconds
    Prop("protectFromScaleIn", "NewInstancesProtectedFromScaleIn", default=False),
    Prop("targetGroupArns", "TargetGroupARNs", unordered=True),
    Prop(
        "vpcZoneIdentifiers",
        "VPCZoneIdentifier",
        unordered=True,
        computed=True,
        to=",".join,
        back=lambda text: text.split(",") if text else None,
    ),
    Prop(
        "launchTemplate",
        shape=computed(id="LaunchTemplateId", name="LaunchTemplateName", version="Version"),
    ),
    Prop(
        "instanceMaintenancePolicy",
        shape=plain("minHealthyPercentage", "maxHealthyPercentage"),
    ),
    Prop("tags", shape=_TAG, many=True, unordered=True),
    # Calls of their own.
    Prop("enabledMetrics", unordered=True, sent=False),
    Prop("metricsGranularity", default="1Minute", sent=False),
    Prop("suspendedProcesses", unordered=True, sent=False),
)
_UPDATED = {"AutoScalingGroupName"} | {
    prop.key
    for prop in _GROUP
    if prop.sent and prop.name not in ("tags", "targetGroupArns", "serviceLinkedRoleArn")
}


def _create_group(api: Api, request: Document, inputs: Properties) -> str:
    api("autoscaling").create_auto_scaling_group(**request)
    return str(request["AutoScalingGroupName"])


def _finish_group(api: Api, name: str, inputs: Properties) -> None:
    _enable_metrics(api, name, inputs)
    if inputs.get("suspendedProcesses"):
        api("autoscaling").suspend_processes(
            AutoScalingGroupName=name, ScalingProcesses=inputs["suspendedProcesses"]
        )


def _enable_metrics(api: Api, name: str, inputs: Properties) -> None:
    if inputs.get("enabledMetrics"):
        api("autoscaling").enable_metrics_collection(
            AutoScalingGroupName=name,
            Metrics=inputs["enabledMetrics"],
            Granularity=inputs.get("metricsGranularity") or "1Minute",
        )


def _describe_group(api: Api, name: str, known: Properties) -> Document | None:
    answer = api("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    group = only(answer["AutoScalingGroups"])
    if group is None or group.get("Status"):  # a status is that of a deletion under way
        return None
    metrics = group.get("EnabledMetrics") or []
    return {
        **group,
        "EnabledMetrics": [metric["Metric"] for metric in metrics],
        "MetricsGranularity": metrics[0]["Granularity"] if metrics else None,
        "SuspendedProcesses": [it["ProcessName"] for it in group.get("SuspendedProcesses") or []],
    }


def _refresh(client: Any, name: str, how: Properties | None) -> None:
    """What the provider does with running servers once new ones would be others."""
    if not how:
        return
    preferences = {
        key[0].upper() + key[1:]: value
        for key, value in (how.get("preferences") or {}).items()
        if value is not None
    }
    client.start_instance_refresh(
        AutoScalingGroupName=name, Strategy=how["strategy"], Preferences=preferences
    )


def _update_group(api: Api, name: str, request: Document, change: Change) -> None:
    client = api("autoscaling")
    client.update_auto_scaling_group(
        **{key: value for key, value in request.items() if key in _UPDATED}
    )
    if change.of("tags"):
        _set_tags(api, name, change)
    if change.of("targetGroupArns"):
        now = set(change.old_outputs.get("targetGroupArns") or [])
        wanted = set(change.inputs.get("targetGroupArns") or [])
        if wanted - now:
            client.attach_load_balancer_target_groups(
                AutoScalingGroupName=name, TargetGroupARNs=sorted(wanted - now)
            )
        if now - wanted:
            client.detach_load_balancer_target_groups(
                AutoScalingGroupName=name, TargetGroupARNs=sorted(now - wanted)
            )
    if change.of("enabledMetrics", "metricsGranularity"):
        gone = set(change.old_outputs.get("enabledMetrics") or []) - set(
            change.inputs.get("enabledMetrics") or []
        )
        if gone:
            client.disable_metrics_collection(AutoScalingGroupName=name, Metrics=sorted(gone))
        _enable_metrics(api, name, change.inputs)
    if change.of("launchTemplate", "launchConfiguration", "mixedInstancesPolicy"):
        _refresh(client, name, change.inputs.get("instanceRefresh"))
    if change.of("suspendedProcesses"):
        stopped = set(change.old_outputs.get("suspendedProcesses") or [])
        wanted = set(change.inputs.get("suspendedProcesses") or [])
        if stopped - wanted:
            client.resume_processes(
                AutoScalingGroupName=name, ScalingProcesses=sorted(stopped - wanted)
            )
        if wanted - stopped:
            client.suspend_processes(
                AutoScalingGroupName=name, ScalingProcesses=sorted(wanted - stopped)
            )


def _set_tags(api: Api, name: str, change: Change) -> None:
    def tag(item: Properties) -> Document:
        return {
            "ResourceId": name,
            "ResourceType": "auto-scaling-group",
            "Key": item["key"],
            "Value": item["value"],
            "PropagateAtLaunch": item["propagateAtLaunch"],
        }

    wanted = change.inputs.get("tags") or []
    keys = {item["key"] for item in wanted}
    gone = [item for item in change.old_outputs.get("tags") or [] if item["key"] not in keys]
    if gone:
        api("autoscaling").delete_tags(Tags=[tag(item) for item in gone])
    if wanted:
        api("autoscaling").create_or_update_tags(Tags=[tag(item) for item in wanted])


def _delete_group(api: Api, name: str, known: Properties) -> None:
    # The provider empties the group and waits for it; the sandbox's servers end at once.
    api("autoscaling").delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


_PREDEFINED: Shape = plain("resourceLabel", predefinedMetricType="PredefinedMetricType")
_CUSTOMIZED: Shape = (
    *plain("metricName", "namespace", "statistic", "unit", "period"),
    Prop("metricDimensions", "Dimensions", shape=plain("name", "value"), many=True, unordered=True),
)
_POLICY: Shape = (
    Prop("name", "PolicyName"),
    Prop("autoscalingGroupName", "AutoScalingGroupName"),
    Prop("policyType", default="SimpleScaling", default_sent=True),
    Prop("enabled", default=True, default_sent=True),
    *plain(
        "adjustmentType",
        "cooldown",
        "estimatedInstanceWarmup",
        "minAdjustmentMagnitude",
        "scalingAdjustment",
    ),
    *computed("metricAggregationType"),
    Prop(
        "stepAdjustments",
        shape=(
            Prop("scalingAdjustment"),
            # Bounds are text in the SDK, so that "none" differs from 0.
            Prop("metricIntervalLowerBound", to=float, back=lambda bound: f"{bound:g}"),
            Prop("metricIntervalUpperBound", to=float, back=lambda bound: f"{bound:g}"),
        ),
        many=True,
        unordered=True,
    ),
    Prop(
        "targetTrackingConfiguration",
        shape=(
            Prop("targetValue"),
            Prop("disableScaleIn", default=False),
            Prop("predefinedMetricSpecification", shape=_PREDEFINED),
            Prop("customizedMetricSpecification", shape=_CUSTOMIZED),
        ),
    ),
)


def _put_policy(api: Api, request: Document, inputs: Properties) -> str:
    api("autoscaling").put_scaling_policy(**request)
    return str(request["PolicyName"])


def _describe_policy(api: Api, name: str, known: Properties) -> Document | None:
    group = known.get("autoscalingGroupName")
    if group is None:  # an import: `group/policy`
        group, _, name = name.partition("/")
    answer = found(
        api("autoscaling").describe_policies, AutoScalingGroupName=group, PolicyNames=[name]
    )
    return only((answer or {}).get("ScalingPolicies"))


AUTOSCALING = (
    Resource(
        token=token("autoscaling", "Group"),
        service="autoscaling",
        shape=_GROUP,
        name=Name(longest=255),
        create=_create_group,
        finish=_finish_group,
        describe=_describe_group,
        update=_update_group,
        delete=_delete_group,
        outputs={"arn": "AutoScalingGroupARN", "warmPoolSize": "WarmPoolSize"},
        provider_only=frozenset(
            {
                "forceDelete",
                "forceDeleteWarmPool",
                "ignoreFailedScalingActivities",
                "instanceRefresh",
                "minElbCapacity",
                "waitForCapacityTimeout",
                "waitForElbCapacity",
            }
        ),
        forces_replacement=frozenset({"name"}),
    ),
    Resource(
        token=token("autoscaling", "Policy"),
        service="autoscaling",
        shape=_POLICY,
        name=Name(longest=255),
        create=_put_policy,
        describe=_describe_policy,
        update=lambda api, name, request, change: _put_policy(api, request, change.inputs),
        delete=lambda api, name, known: api("autoscaling").delete_policy(
            AutoScalingGroupName=known["autoscalingGroupName"], PolicyName=known["name"]
        ),
        outputs={"arn": "PolicyARN"},
        place=("autoscalingGroupName", "name"),
        forces_replacement=frozenset({"name", "autoscalingGroupName"}),
    ),
)
