"""The whole plan: its chapters, and how they are read.

A chapter's own rules stand with its models, what one says of another in ``references.py``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from .accepted import Accepted
from .access import Access
from .adopt import Adopt
from .backup_audit import BackupAudit
from .backups import Backups
from .bucket_replicas import BucketReplicas
from .business import Business
from .contacts import Contacts
from .dashboards import Dashboards
from .database_care import DatabaseCares
from .drills import Drills
from .errors import TrackedErrors
from .estate import Estate
from .evidence import Evidence
from .faults import Fault, PlanError, from_validation, nearest
from .holidays import Holidays
from .images import ImageScans
from .incidents import Incidents
from .logs import Logs
from .measured import Measured
from .monitoring import Monitoring
from .notices import Notices
from .objectives import Objectives
from .on_call import OnCalls
from .patching import Patching
from .people import People
from .providers import Providers
from .recovery import Recovery
from .references import reference_faults
from .releases import Releases
from .replicas import Replicas
from .restore_tests import RestoreTests
from .route_tests import RouteTests
from .security import Security
from .service_levels import ServiceLevels
from .services import Services
from .severities import BusinessHours, Severities, Slack
from .stack_secrets import plain_secret
from .standby import Standbys
from .status_page import StatusPage
from .substitutes import Substitutes
from .support import Support
from .teams import Teams
from .tickets import Tickets
from .tuned import TunedAlerts
from .updates import Updates
from .uptime import Uptime
from .windows import Windows
from .words import Place, Region, Secret, TimeZone, Url, Words
from .writers import Member, Writers, members_of


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
    faults = [plain_secret(fault, chapters, CHAPTERS) for fault in faults]
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
