"""Adoption: what a team already has is taken over as it is, by its id, without being made anew.

For any stack: call :func:`adopt` before the first component is declared, and ``require_used`` of
what it returns after the last. An adopted resource keeps its own name and whatever else it could
only change by being replaced; what the plan wants otherwise is changed in place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi

from .plan.adopt import Adopt
from .plan.faults import Fault, PlanError, nearest


@dataclass(frozen=True)
class Kind:
    """A kind of thing that can be adopted.

    type    its token
    named   the attribute that is its id in the cloud and its name; empty where ids are given
    kept    properties that only a replacement could change: they stay as they are found
    """

    type: str
    named: str = ""
    kept: tuple[str, ...] = ()


# What is kept: `createOnlyProperties` of CloudFormation's schemas, ForceNew of the providers.
KINDS: Mapping[str, Kind] = {
    "alarms": Kind("aws:cloudwatch/metricAlarm:MetricAlarm", "name"),
    "composite_alarms": Kind("aws:cloudwatch/compositeAlarm:CompositeAlarm", "alarm_name"),
    "monitors": Kind("datadog:index/monitor:Monitor", kept=("type",)),
    "checks": Kind("datadog:index/syntheticsTest:SyntheticsTest"),
    "vaults": Kind("aws:backup/vault:Vault", "name", ("kmsKeyArn",)),
    "backup_plans": Kind("aws:backup/plan:Plan", kept=("name",)),
    "replicas": Kind(
        "aws:rds/instance:Instance",
        "identifier",
        ("dbSubnetGroupName", "kmsKeyId", "replicateSourceDb", "storageEncrypted"),
    ),
    "log_groups": Kind("aws:cloudwatch/logGroup:LogGroup", "name"),
}


class Adoption:
    """What is to be adopted, and what of it was declared."""

    def __init__(self, plan: Adopt) -> None:
        self._wanted = {
            (KINDS[kind].type, name): (kind, str(id_))
            for kind in KINDS
            for name, id_ in getattr(plan, kind).items()
        }
        self._declared: dict[str, set[str]] = {kind.type: set() for kind in KINDS.values()}

    def transform(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        """Pulumi's hook: adds the id of what is adopted to the options of its resource."""
        if args.type_ not in self._declared:
            return None
        self._declared[args.type_].add(args.name)
        wanted = self._wanted.get((args.type_, args.name))
        if wanted is None:
            return None
        kind, id_ = KINDS[wanted[0]], wanted[1]
        props = {**args.props, kind.named: id_} if kind.named else args.props
        ignored = [*(args.opts.ignore_changes or []), *kind.kept]
        stated = pulumi.ResourceOptions(import_=id_, ignore_changes=ignored)
        return pulumi.ResourceTransformationResult(
            props, pulumi.ResourceOptions.merge(args.opts, stated)
        )

    def require_used(self) -> None:
        """Raises ``PlanError`` for every entry whose resource is not declared."""
        if faults := list(self.faults()):
            raise PlanError(faults)

    def faults(self) -> Iterator[Fault]:
        """Every entry whose resource is not declared."""
        for (type_, name), (kind, id_) in self._wanted.items():
            declared = self._declared[type_]
            if name in declared:
                continue
            close = nearest(name, declared)
            yield Fault(
                f"adopt.{kind}.{name}",
                "nothing of that name is declared, so nothing is taken over",
                id_,
                f"did you mean `{close}`?" if close else "`pulumi preview` shows the names",
            )


def adopt(plan: Adopt) -> Adoption:
    """Has every resource that is declared from now on looked up among what is to be adopted."""
    adoption = Adoption(plan)
    pulumi.runtime.register_stack_transformation(adoption.transform)
    return adoption
