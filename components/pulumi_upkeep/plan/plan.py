"""The whole plan: its chapters, and what one chapter says of another.

A chapter's own rules stand with its models; here every name that is referred to must exist.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from .accepted import Accepted
from .access import Access, access_faults
from .adopt import Adopt
from .backup_audit import BackupAudit
from .backups import Backups
from .bucket_replicas import BucketReplicas
from .business import Business, business_faults
from .contacts import Contacts, contact_faults
from .corrections import correction_faults
from .dashboards import Dashboards, dashboards_faults
from .database_care import DatabaseCares, care_faults
from .drills import Drills, drill_faults
from .errors import TrackedErrors, error_faults
from .estate import Estate
from .evidence import Evidence
from .faults import Fault, PlanError, from_validation, nearest
from .findings import NOTED, REFUSED
from .holidays import Holidays, holiday_faults
from .images import ImageScans, image_faults
from .incidents import Incidents, incident_faults
from .logs import Logs, logs_faults
from .maintenance_windows import window_faults
from .measured import MEASURABLE, Measured
from .monitoring import Monitoring
from .notices import Notices, notice_faults
from .objectives import Objectives
from .on_call import OnCalls, on_call_faults, severity_faults
from .patching import Patching, patching_faults
from .people import People, people_faults
from .providers import Providers, provider_faults
from .quiet import quiet_faults
from .recovery import Recovery, recovery_faults
from .releases import Releases, release_faults
from .replicas import Replicas
from .restore_tests import RestoreTests
from .route_tests import RouteTests, route_test_faults
from .runs import skipped_faults
from .security import Security, security_faults
from .service_levels import ServiceLevels, service_level_faults
from .services import Services, service_faults
from .severities import BusinessHours, Severities, Slack
from .standby import Standbys, standby_faults
from .status_page import StatusPage, status_page_faults
from .substitutes import Substitutes, substitute_faults
from .support import Support, support_faults
from .teams import Teams, team_faults
from .tickets import Tickets
from .tuned import TunedAlerts, tuned_faults
from .updates import Updates, update_faults
from .uptime import Uptime
from .windows import Windows
from .words import Place, Region, Secret, TimeZone, Url, Words, say_duration
from .writers import Member, Writers, members_of, writer_faults


class Regions(Words):
    """Where the company runs, and where it goes when that fails.

    primary, recovery   codes of two different regions of AWS
    """

    primary: Region
    recovery: Region


class Plan(Words):
    """A maintenance plan for one environment: the chapters of a stack file.

    company         as people call it
    environment     ``prod``, ``staging``: the tag ``environment`` of everything declared
    timezone        the clocks that every time of the plan is read on (an IANA name)
    runbooks        the address below which every alert has its page: ``{runbooks}/{alert}``
    protected       whether Pulumi refuses to delete what holds data (vaults, keys, replicas);
                    default true
    A chapter that is left out declares nothing.
    """

    company: str
    environment: str
    timezone: TimeZone
    regions: Regions
    protected: bool = True
    runbooks: Url
    estate: Estate
    severities: Severities
    slack: Slack | None = None
    business_hours: BusinessHours = BusinessHours()
    holidays: Holidays = ()
    people: People = Field(default_factory=dict)
    teams: Teams = Field(default_factory=dict)
    on_call: OnCalls = Field(default_factory=dict)
    support: Support | None = None
    contacts: Contacts = Field(default_factory=dict)
    providers: Providers = Field(default_factory=dict)
    tickets: Tickets = Field(default_factory=dict)
    services: Services = Field(default_factory=dict)
    errors: TrackedErrors | None = None
    business: Business = Field(default_factory=dict)
    monitoring: Monitoring | None = None
    uptime: Uptime | None = None
    service_levels: ServiceLevels = Field(default_factory=dict)
    status_page: StatusPage | None = None
    logs: Logs | None = None
    dashboards: Dashboards | None = None
    backups: Backups = Field(default_factory=dict)
    backup_audit: BackupAudit | None = None
    bucket_replicas: BucketReplicas = Field(default_factory=dict)
    replicas: Replicas = Field(default_factory=dict)
    writers: Writers = Field(default_factory=dict)
    standby: Standbys = Field(default_factory=dict)
    recovery: Recovery | None = None
    restore_tests: RestoreTests = Field(default_factory=dict)
    evidence: Evidence | None = None
    drills: Drills | None = None
    objectives: Objectives = Objectives()
    measured: Measured = ()
    windows: Windows = Field(default_factory=dict)
    database_care: DatabaseCares = Field(default_factory=dict)
    notices: Notices | None = None
    releases: Releases | None = None
    updates: Updates | None = None
    patching: Patching = Field(default_factory=dict)
    images: ImageScans | None = None
    security: Security | None = None
    route_tests: RouteTests | None = None
    incidents: Incidents | None = None
    access: Access | None = None
    tuned: TunedAlerts = ()
    substitutes: Substitutes = ()
    accepted: Accepted = ()
    adopt: Adopt = Adopt()

    def region_of(self, place: Place) -> str:
        """The region's code of a place."""
        return self.regions.recovery if place == "recovery" else self.regions.primary

    def members(self, database: str) -> tuple[Member, ...]:
        """The members of a database of the estate: its instance first, then replicas by name."""
        return members_of(database, self.estate, self.replicas, self.writers)

    def active_member(self, database: str) -> Member:
        """The member that takes writes, and that every replica follows."""
        return next(member for member in self.members(database) if member.active)

    def active_region(self, database: str) -> str:
        """The region's code of the member that takes writes."""
        return self.region_of(self.active_member(database).place)

    def successor_member(self, database: str) -> Member | None:
        """The member that takes over; None where the plan names none, or where it has."""
        return next((member for member in self.members(database) if member.successor), None)

    def taken_over(self, database: str) -> bool:
        """Whether the successor takes the writes, and no other one is named yet."""
        writer = self.writers.get(database)
        return writer is not None and writer.successor == self.active_member(database).name

    @classmethod
    def from_config(cls, chapters: Mapping[str, Any], secrets: Collection[str]) -> "Plan":
        """A plan from its chapters as configuration holds them, without the ``upkeep:`` before.

        ``secrets`` are the names of the Pulumi secrets at the top level of the stack. Raises
        :class:`PlanError` with every fault of every chapter, and of what they say of each other.
        """
        reading = read_chapters(chapters, secrets)
        if reading.faults:
            raise PlanError(reading.faults)
        return reading.whole()

    def secrets(self) -> dict[str, list[str]]:
        """The names of the secrets the plan uses, each with the paths that use it."""
        used: dict[str, list[str]] = {}
        for severity, definition in self.severities.by_severity().items():
            for index, number in enumerate(definition.sms):
                if isinstance(number, Secret):
                    path = f"severities.{severity}.sms.{index}"
                    used.setdefault(number.secret, []).append(path)
        for name, person in (self.people or {}).items():
            if isinstance(person.phone, Secret):
                used.setdefault(person.phone.secret, []).append(f"people.{name}.phone")
        for name, provider in (self.providers or {}).items():
            for secret, path in provider.secrets():
                used.setdefault(secret, []).append(f"providers.{name}.{path}")
        for name, tracker in (self.tickets or {}).items():
            for secret, path in tracker.webhook.secrets() if tracker.webhook else ():
                used.setdefault(secret, []).append(f"tickets.{name}.webhook.{path}")
        for secret, paths in (self.uptime.secrets() if self.uptime else {}).items():
            used.setdefault(secret, []).extend(paths)
        return used


CHAPTERS = tuple(Plan.model_fields)

# Secrets the program needs whatever the plan says.
REQUIRED_SECRETS = ("datadogApiKey", "datadogAppKey")


@dataclass(frozen=True)
class Reading:
    """What could be read of a plan.

    plan     its chapters; those that are broken are left out
    broken   the chapters in which something cannot stand
    faults   of the chapters, and of what they say of each other
    """

    plan: Plan
    broken: frozenset[str]
    faults: tuple[Fault, ...]

    def whole(self) -> Plan:
        """The plan where nothing is broken."""
        if self.broken:
            raise PlanError(self.faults)
        return self.plan


def read_chapters(chapters: Mapping[str, Any], secrets: Collection[str]) -> Reading:
    """Reads what can be read, so that a fault in one chapter hides none in another."""
    try:
        plan = Plan.model_validate(dict(chapters))
        broken: frozenset[str] = frozenset()
        faults: list[Fault] = []
    except ValidationError as error:
        faults = from_validation(error, Plan)
        broken = frozenset(str(details["loc"][0]) for details in error.errors(include_url=False))
        plan = _without(chapters, broken)
    faults = [_plain_secret(fault, chapters) for fault in faults]
    # A chapter whose name is misspelt is there, and what refers to it is not asked either.
    meant = {nearest(name, CHAPTERS) or name for name in broken if name not in CHAPTERS}
    faults += reference_faults(plan, secrets, broken | meant)
    return Reading(plan, broken, tuple(faults))


def _without(chapters: Mapping[str, Any], broken: Collection[str]) -> Plan:
    """The plan of the chapters that are whole; what is missing of the rest is None or empty."""
    whole: dict[str, Any] = dict.fromkeys(CHAPTERS)
    for name, field in Plan.model_fields.items():
        if name in chapters and name not in broken:
            whole[name] = _chapter(name).validate_python(chapters[name])
        elif not field.is_required():
            whole[name] = field.get_default(call_default_factory=True)
    return Plan.model_construct(**whole)


@cache
def _chapter(name: str) -> TypeAdapter[Any]:
    annotation: Any = Plan.model_fields[name].annotation
    return TypeAdapter(annotation)


def _plain_secret(fault: Fault, chapters: Mapping[str, Any]) -> Fault:
    """Says of an unknown chapter that looks like a secret what is wrong with it."""
    name = fault.path
    if name in CHAPTERS or not isinstance(chapters.get(name), (str, int)):
        return fault
    if name not in REQUIRED_SECRETS and not _names_secret(chapters, name):
        return fault
    return Fault(
        name, "a secret that stands in plain text", None, f"replace it: {_set_secret(name)}"
    )


def _names_secret(value: Any, name: str) -> bool:
    if isinstance(value, Mapping):
        return value == {"secret": name} or any(
            _names_secret(each, name) for each in value.values()
        )
    return isinstance(value, (list, tuple)) and any(_names_secret(each, name) for each in value)


def _set_secret(name: str) -> str:
    return f"`pulumi config set --secret upkeep:{name}`"


def reference_faults(
    plan: Plan, secrets: Collection[str], broken: Collection[str] = ()
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
        faults += _secrets(plan, secrets)
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


def _home(plan: Plan) -> str:
    """The primary region's code; a likely one where the regions cannot be read."""
    regions: Regions | None = plan.regions
    return regions.primary if regions else "us-east-1"


def _regions(plan: Plan) -> Iterator[Fault]:
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


def _served_twice(plan: Plan) -> Iterator[Fault]:
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


def _channels(plan: Plan) -> Iterator[Fault]:
    channels = plan.slack.channels if plan.slack else {}
    for severity, definition in plan.severities.by_severity().items():
        for index, channel in enumerate(definition.slack):
            path = f"severities.{severity}.slack.{index}"
            yield from _unknown(path, channel, "channel", channels, "slack.channels")


def _secrets(plan: Plan, secrets: Collection[str]) -> Iterator[Fault]:
    wanted = {**{name: [name] for name in REQUIRED_SECRETS}, **plan.secrets()}
    for name, paths in wanted.items():
        if name in secrets:
            continue
        close = nearest(name, [known for known in secrets if known not in wanted])
        meant = f"did you mean `{close}`? Otherwise " if close else ""
        for path in paths:
            value = name if path != name else None
            yield Fault(
                path,
                "no such secret in the stack file",
                value,
                f"{meant}set it: {_set_secret(name)}",
            )


def _accepted(plan: Plan) -> Iterator[Fault]:
    for index, entry in enumerate(plan.accepted):
        path = f"accepted.{index}.finding"
        if entry.finding in REFUSED:
            yield Fault(path, "is refused, and cannot be accepted", entry.finding, "mend it")
        elif entry.finding not in NOTED:
            close = nearest(entry.finding, NOTED)
            remedy = f"did you mean `{close}`?" if close else f"known: {', '.join(NOTED)}"
            yield Fault(path, "no such finding", entry.finding, remedy)


def _bucket_replicas(plan: Plan) -> Iterator[Fault]:
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


def _estate(plan: Plan) -> Iterator[Fault]:
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


def _restore_tests(plan: Plan, broken: Collection[str]) -> Iterator[Fault]:
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


def _measured(plan: Plan) -> Iterator[Fault]:
    """A figure measured of something that is not there, or that has no such term."""
    for index, entry in enumerate(plan.measured):
        kinds = MEASURABLE[entry.term]
        known: set[str] = {"account"} if "account" in kinds else set()
        for kind in kinds:
            known.update(getattr(plan.estate, kind, ()))
        what = " or ".join(_MEASURED.get(kind, kind) for kind in kinds)
        yield from _unknown(f"measured.{index}.of", entry.of, what, known, "estate")
