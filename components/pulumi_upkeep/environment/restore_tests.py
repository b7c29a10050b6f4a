"""What proves the backups: restores into isolation, and the ledger of what they showed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from .. import Evidence, IsolatedNetwork, RestoreTest, RestoreTestArgs
from ..plan import Plan
from ..plan.words import Place
from .backup_places import place_name
from .backups import Backups
from .estate import Estate
from .providers import Providers
from .routing import Routes

# The service that a check reaches through the isolated network's endpoint.
_SERVICES = {"database": "secretsmanager", "bucket": "s3"}


@dataclass(frozen=True)
class Proofs:
    """What was declared.

    evidence   None where the plan has no such chapter
    tests      by name
    """

    evidence: Evidence | None
    tests: Mapping[str, RestoreTest]


def declare_evidence(
    plan: Plan,
    providers: Providers,
    routes: Routes,
    drills: Mapping[str, dict[str, str]] | None = None,
) -> Evidence | None:
    """The ledger, in the recovery region: it has to be there when the primary one is not.

    drills   scenario -> ``{"at_most": "35 days", "severity": "p1"}``
    """
    if plan.evidence is None:
        return None
    args: Any = {
        **plan.evidence.in_words(),
        "drills": dict(drills or {}),
        "topics": routes[plan.regions.recovery].alert_topics(),
        "runbooks": plan.runbooks,
        "protected": plan.protected,
    }
    return Evidence(
        "evidence",
        args,
        pulumi.ResourceOptions(provider=providers.recovery),
    )


def declare_restore_tests(
    plan: Plan,
    estate: Estate,
    providers: Providers,
    routes: Routes,
    backups: Backups,
    evidence: Evidence | None,
) -> Proofs:
    """A test each, in the region whose recovery points it restores."""
    if evidence is None:
        return Proofs(None, {})
    networks = {
        place: _network(place, plan, estate, providers)
        for place in sorted({test.in_ for test in plan.restore_tests.values()})
    }
    tests = {}
    for name, test in plan.restore_tests.items():
        region, network = plan.region_of(test.in_), networks[test.in_]
        kind = "database" if test.of in plan.estate.databases else "bucket"
        arn = (
            estate.databases[test.of].instance.db_instance_arn
            if kind == "database"
            else estate.buckets[test.of].arn
        )
        args: RestoreTestArgs = {
            "test": test.in_words(),
            "timezone": plan.timezone,
            "vaults": [
                backups.vaults[place_name(entry, region)].vault_arn
                for entry, planned in plan.backups.items()
                if test.of in (*planned.protects.databases, *planned.protects.buckets)
                and place_name(entry, region) in backups.vaults
            ],
            "network": {
                "subnets": network.subnets,
                "copies": network.copies,
                "checks": network.checks,
                "endpoint": network.endpoints[_SERVICES[kind]],
            },
            "ledger": {
                "bucket": evidence.bucket_name,
                "region": plan.regions.recovery,
            },
            "topics": routes[region].alert_topics(),
            "runbooks": plan.runbooks,
        }
        if kind == "database":
            args["database"] = arn
            # Declared wherever a database is tested.
            args["network"]["subnet_group"] = network.subnet_group.apply(str)
        else:
            args["bucket"] = arn
        tests[name] = RestoreTest(
            name, args, pulumi.ResourceOptions(provider=providers.aws[region])
        )
    return Proofs(evidence, tests)


def _network(place: Place, plan: Plan, estate: Estate, providers: Providers) -> IsolatedNetwork:
    region = plan.region_of(place)
    tested = [test.of for test in plan.restore_tests.values() if test.in_ == place]
    return IsolatedNetwork(
        f"isolated-{region}",
        {
            "region": region,
            "network": estate.isolated[place].vpc_id,
            "subnets": estate.isolated[place].subnets,
            "databases": any(name in plan.estate.databases for name in tested),
            "buckets": any(name in plan.estate.buckets for name in tested),
        },
        pulumi.ResourceOptions(provider=providers.aws[region]),
    )
