"""What one chapter of a plan says of another: every name that is referred to must exist.

Most chapters have their own faults, which are asked for here; what belongs to none stands below.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from .access import access_faults
from .business import business_faults
from .contacts import contact_faults
from .corrections import correction_faults
from .dashboards import dashboards_faults
from .database_care import care_faults
from .drills import drill_faults
from .errors import error_faults
from .estate import Estate
from .faults import Fault, nearest
from .findings import NOTED, REFUSED
from .holidays import holiday_faults
from .images import image_faults
from .incidents import incident_faults
from .logs import logs_faults
from .maintenance_windows import window_faults
from .measured import MEASURABLE
from .notices import notice_faults
from .on_call import on_call_faults, severity_faults
from .patching import patching_faults
from .people import people_faults
from .providers import provider_faults
from .quiet import quiet_faults
from .recovery import recovery_faults
from .releases import release_faults
from .route_tests import route_test_faults
from .runs import skipped_faults
from .security import security_faults
from .service_levels import service_level_faults
from .services import service_faults
from .stack_secrets import secret_faults
from .standby import standby_faults
from .status_page import status_page_faults
from .substitutes import substitute_faults
from .support import support_faults
from .teams import team_faults
from .tuned import tuned_faults
from .updates import update_faults
from .words import say_duration
from .writers import writer_faults

if TYPE_CHECKING:
    from .plan import Plan, Regions


def reference_faults(
    plan: "Plan", secrets: Collection[str], broken: Collection[str] = ()
) -> list[Fault]:
    """What one chapter says of another and that is not so; broken chapters are not asked."""
    faults: list[Fault] = []
    if "regions" not in broken:
        faults += _regions(plan)
    if "people" not in broken:
        faults += people_faults(plan)
        if not {"teams", "slack"} & {*broken}:
            faults += team_faults(plan)
        if "contacts" not in broken:
            faults += contact_faults(plan)
        if "providers" not in broken:
            faults += provider_faults(plan)
    if not {"on_call", "people", "teams", "timezone"} & {*broken}:
        faults += on_call_faults(plan)
    if "holidays" not in broken:
        faults += holiday_faults(plan)
    if "support" not in broken:
        faults += support_faults(plan, broken)
    if "severities" not in broken:
        faults += secret_faults(plan, secrets)
        if "slack" not in broken:
            faults += _channels(plan)
        if not {"on_call", "tickets"} & {*broken}:
            faults += severity_faults(plan)
    if "estate" not in broken:
        faults += _estate(plan)
        if "replicas" not in broken:
            faults += writer_faults(plan.estate, plan.replicas, plan.writers, _home(plan))
            if not {"standby", "objectives", "writers"} & {*broken}:
                places = {
                    name: member.place
                    for name in plan.estate.databases
                    for member in plan.members(name)
                    if member.active
                }
                faults += standby_faults(plan.standby, plan.objectives, places)
    if "services" not in broken:
        faults += service_faults(plan, broken)
    faults += error_faults(plan, broken)
    faults += business_faults(plan, broken)
    if not {"service_levels", "uptime"} & {*broken}:
        faults += service_level_faults(plan, broken)
        faults += correction_faults(plan, broken)
    if "status_page" not in broken:
        faults += status_page_faults(plan, broken)
    # What a runbook misses because of a fault that is said already is not said again.
    moved = any(fault.path.startswith(("replicas.", "standby.", "writers.")) for fault in faults)
    if not moved and not {"estate", "recovery", "replicas", "standby", "writers"} & {*broken}:
        faults += recovery_faults(plan)
    if not {"estate", "restore_tests"} & {*broken}:
        faults += _restore_tests(plan, broken)
    if not {"dashboards", "estate", "standby"} & {*broken}:
        faults += dashboards_faults(plan)
    if "logs" not in broken:
        faults += logs_faults(plan, broken)
    if not {"drills", "recovery", "evidence"} & {*broken}:
        faults += drill_faults(plan)
    if "windows" not in broken:
        faults += quiet_faults(plan, broken)
        faults += window_faults(plan, broken)
    faults += notice_faults(plan, broken)
    if "releases" not in broken:
        faults += release_faults(plan, broken)
    if "updates" not in broken:
        faults += update_faults(plan, broken)
    if "patching" not in broken:
        faults += patching_faults(plan, broken)
    if "images" not in broken:
        faults += image_faults(plan, broken)
    if "security" not in broken:
        faults += security_faults(plan, broken)
    if "database_care" not in broken:
        faults += care_faults(plan, broken)
    if not {"route_tests", "severities"} & {*broken}:
        faults += route_test_faults(plan, broken)
    if "incidents" not in broken:
        faults += incident_faults(plan, broken)
    if "access" not in broken:
        faults += access_faults(plan, broken)
    if "tuned" not in broken:
        faults += tuned_faults(plan)
    if "substitutes" not in broken:
        faults += substitute_faults(plan, broken)
    faults += _accepted(plan)
    return faults


def _unknown(
    path: str, name: str, kind: str, known: Iterable[str], chapter: str
) -> Iterator[Fault]:
    """A fault where a name is not among the known ones."""
    names = sorted(known)
    if name in names:
        return
    close = nearest(name, names)
    if close:
        remedy = f"did you mean `{close}`?"
    else:
        remedy = f"known: {', '.join(names)}" if names else f"{chapter} names none"
    yield Fault(path, f"no such {kind} in `{chapter}`", name, remedy)


def _home(plan: "Plan") -> str:
    """The primary region's code; a likely one where the regions cannot be read."""
    regions: Regions | None = plan.regions
    return regions.primary if regions else "us-east-1"


def _regions(plan: "Plan") -> Iterator[Fault]:
    if plan.regions.primary == plan.regions.recovery:
        yield Fault(
            "regions.recovery",
            "equals the primary region: what fails there fails here too",
            plan.regions.recovery,
            "name another region",
        )


def _named_twice(estate: Estate) -> Iterator[Fault]:
    """A name of two things: what refers to it would be ambiguous."""
    kinds: dict[str, Iterable[str]] = {
        "databases": estate.databases,
        "servers": estate.servers,
        "buckets": estate.buckets,
    }
    first: dict[str, str] = {}
    for kind, things in kinds.items():
        for name in things:
            if name in first:
                rule = f"the name stands in `estate.{first[name]}` too"
                yield Fault(f"estate.{kind}.{name}", rule, None, "give each a name of its own")
            first.setdefault(name, kind)


def _served_twice(plan: "Plan") -> Iterator[Fault]:
    """A host name of two standbys: it has one primary and one secondary record."""
    first: dict[str, str] = {}
    for name, standby in plan.standby.items():
        if standby.serves in first:
            yield Fault(
                f"standby.{name}.serves",
                f"`standby.{first[standby.serves]}` serves it already, and a name has one primary "
                "and one secondary record [Route 53, failover routing]",
                standby.serves,
                "give it a name of its own",
            )
        first.setdefault(standby.serves, name)


def _channels(plan: "Plan") -> Iterator[Fault]:
    channels = plan.slack.channels if plan.slack else {}
    for severity, definition in plan.severities.by_severity().items():
        for index, channel in enumerate(definition.slack):
            path = f"severities.{severity}.slack.{index}"
            yield from _unknown(path, channel, "channel", channels, "slack.channels")


def _accepted(plan: "Plan") -> Iterator[Fault]:
    for index, entry in enumerate(plan.accepted):
        path = f"accepted.{index}.finding"
        if entry.finding in REFUSED:
            yield Fault(path, "is refused, and cannot be accepted", entry.finding, "mend it")
        elif entry.finding not in NOTED:
            close = nearest(entry.finding, NOTED)
            remedy = f"did you mean `{close}`?" if close else f"known: {', '.join(NOTED)}"
            yield Fault(path, "no such finding", entry.finding, remedy)


def _bucket_replicas(plan: "Plan") -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, replica in plan.bucket_replicas.items():
        path = f"bucket_replicas.{name}.of"
        yield from _unknown(path, replica.of, "bucket", plan.estate.buckets, "estate.buckets")
        if replica.of in first:
            rule = (
                f"`bucket_replicas.{first[replica.of]}` replicates it already, and a bucket has "
                "one replication document [S3]"
            )
            yield Fault(path, rule, replica.of, "leave one of them out")
        first.setdefault(replica.of, name)


def _estate(plan: "Plan") -> Iterator[Fault]:
    estate = plan.estate
    for name, entry in plan.backups.items():
        path = f"backups.{name}.protects"
        for index, database in enumerate(entry.protects.databases):
            yield from _unknown(
                f"{path}.databases.{index}",
                database,
                "database",
                estate.databases,
                "estate.databases",
            )
        for index, bucket in enumerate(entry.protects.buckets):
            yield from _unknown(
                f"{path}.buckets.{index}", bucket, "bucket", estate.buckets, "estate.buckets"
            )
        for tier_name, tier in entry.tiers.items():
            copy = tier.copy_in("account")
            if copy is not None and estate.vault_account is None:
                yield Fault(
                    f"backups.{name}.tiers.{tier_name}.{tier.copy_path(copy)}.to",
                    "`estate.vault_account` names no other account",
                    copy.to,
                    "add it: its `id` and the `role` that deployments take there",
                )
    yield from _bucket_replicas(plan)
    for name, standby in plan.standby.items():
        path = f"standby.{name}.for"
        yield from _unknown(path, standby.for_, "server group", estate.servers, "estate.servers")
        if not f".{standby.serves}".endswith(f".{estate.zone}"):
            yield Fault(
                f"standby.{name}.serves",
                "not a name of the zone in `estate.zone`",
                standby.serves,
                f"a name that ends in `.{estate.zone}`",
            )
    yield from _served_twice(plan)
    for name, replica in plan.replicas.items():
        path = f"replicas.{name}.of"
        yield from _unknown(path, replica.of, "database", estate.databases, "estate.databases")
    yield from _named_twice(estate)
    holders = {*estate.databases, *estate.buckets}
    for importance, data in plan.objectives.data.items():
        for item, holder in data.holds.items():
            path = f"objectives.data.{importance}.holds.{item}"
            yield from _unknown(path, holder, "database or bucket", holders, "estate")
    for importance, functions in plan.objectives.functions.items():
        for item, needs in functions.needs.items():
            for index, need in enumerate(needs):
                path = f"objectives.functions.{importance}.needs.{item}.{index}"
                known = {*holders, *estate.servers}
                yield from _unknown(path, need, "thing", known, "estate")
    for item in plan.objectives.retention:
        path = f"objectives.retention.{item}"
        yield from _unknown(path, item, "database or bucket", holders, "estate")
    yield from _measured(plan)


def _restore_tests(plan: "Plan", broken: Collection[str]) -> Iterator[Fault]:
    """Restore tests of what is not there, or is not backed up where they look for it."""
    estate = plan.estate
    for name, test in plan.restore_tests.items():
        path = f"restore_tests.{name}"
        holders = {*estate.databases, *estate.buckets}
        if test.of not in holders:
            yield from _unknown(f"{path}.of", test.of, "database or bucket", holders, "estate")
            continue
        kind = "database" if test.of in estate.databases else "bucket"
        for fault in test.faults(kind):
            yield replace(fault, path=f"{path}.{fault.path}")
        if "timezone" not in broken and not test.may_miss_one:
            so = f"the last proof would be older than {say_duration(test.proof_at_most)}"
            yield from skipped_faults(test, plan.timezone, so, f"{path}.at")
        entries = [
            entry
            for entry in plan.backups.values()
            if test.of in (*entry.protects.databases, *entry.protects.buckets)
        ]
        if test.in_ == "recovery":
            entries = [e for e in entries if any(tier.copies for tier in e.tiers.values())]
        if not entries and "backups" not in broken:
            where = " in the recovery region" if test.in_ == "recovery" else ""
            yield Fault(
                f"{path}.of",
                f"no entry of `backups` keeps recovery points of it{where}",
                test.of,
                "name it in an entry's `protects`" + (" and add a copy" if where else ""),
            )
    if plan.restore_tests and plan.evidence is None and "evidence" not in broken:
        rule = "restore tests need a place for their proofs"
        yield Fault("evidence", rule, None, "`evidence: {}`")
    if plan.restore_tests and estate.isolated is None:
        yield Fault(
            "estate.isolated",
            "restore tests need subnets that nothing leaves",
            None,
            "name the value of their tag `Tier`: `isolated: isolated`",
        )


# What each kind of thing a figure is measured of is called.
_MEASURED = {"databases": "database", "buckets": "bucket", "servers": "server group"}


def _measured(plan: "Plan") -> Iterator[Fault]:
    """A figure measured of something that is not there, or that has no such term."""
    for index, entry in enumerate(plan.measured):
        kinds = MEASURABLE[entry.term]
        known: set[str] = {"account"} if "account" in kinds else set()
        for kind in kinds:
            known.update(getattr(plan.estate, kind, ()))
        what = " or ".join(_MEASURED.get(kind, kind) for kind in kinds)
        yield from _unknown(f"measured.{index}.of", entry.of, what, known, "estate")
