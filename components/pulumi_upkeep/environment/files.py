"""What follows the buckets, and what AWS checks of all backups by itself."""

import pulumi

from .. import AuditFramework, BucketReplica
from ..plan import Plan
from ..plan.audited import audited
from ..recover.audit_framework import AuditFrameworkArgs
from ..recover.bucket_replica import BucketReplicaArgs
from .estate import Estate
from .providers import Providers
from .routing import Routes


def declare_bucket_replicas(
    plan: Plan, estate: Estate, providers: Providers, routes: Routes
) -> dict[str, BucketReplica]:
    """The replicas, each in its region; the rules that fill them stand with their sources."""
    replicas = {}
    for name, replica in plan.bucket_replicas.items():
        region = plan.region_of(replica.in_)
        args: BucketReplicaArgs = {
            "source": plan.estate.buckets[replica.of],
            "source_region": plan.regions.primary,
            "lag": replica.lag.in_words(),
            "deletes": replica.deletes,
            "topics": routes[region].alert_topics(),
            "source_topics": routes[plan.regions.primary].alert_topics(),
            "runbooks": plan.runbooks,
            "protected": plan.protected,
        }
        words = replica.in_words()
        if "earlier_versions" in words:
            args["earlier_versions"] = words["earlier_versions"]
        replicas[name] = BucketReplica(
            name, args, pulumi.ResourceOptions(provider=providers.aws[region])
        )
    return replicas


def declare_audit(plan: Plan, providers: Providers) -> AuditFramework | None:
    """The audit of the region in which backups are taken; None where the plan has none."""
    asked = audited(plan)
    if asked is None:
        return None
    args: AuditFrameworkArgs = {
        "kinds": list(asked.kinds),
        "lock": asked.locked,
        "regions": [plan.regions.recovery] if asked.in_recovery else [],
        "accounts": [asked.account] if asked.account else [],
        "encrypted": asked.encrypted,
        "kept_from_deletion": asked.kept_from_deletion,
        "protected_kinds": asked.protected,
        "keep_reports": asked.keep_reports,
        "protected": plan.protected,
    }
    if asked.figures is not None:
        args["figures"] = {
            "every": asked.figures.every,
            "keep": asked.figures.keep,
            "age": asked.figures.age,
        }
    return AuditFramework("backup-audit", args, pulumi.ResourceOptions(provider=providers.primary))
