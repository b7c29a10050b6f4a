"""Route 53: health checks and record sets that are kept as they were sent.

moto forgets what an alarm's health check watches, loses a calculated check's children when
something else changes, and deletes every record of a zone that shares a set identifier. Here a
record set is known by name, type and set identifier, and a batch of changes is all or nothing.
"""

import uuid
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.route53.exceptions import InvalidInput, NoSuchHealthCheck, Route53ClientError
from moto.route53.models import HealthCheck, RecordSet, Route53Backend
from moto.route53.responses import Route53

from sandbox.aws.extension import Extension
from sandbox.aws.health import HEALTH

# Figures of Route 53's API reference.
REQUEST_INTERVALS = (10, 30)
FAILURE_THRESHOLDS = range(1, 10 + 1)
FEWEST_REGIONS = 3
MOST_CHILDREN = 256
ROUTING = ("Failover", "Weight", "Region", "GeoLocation", "MultiValueAnswer")

_DEFAULTS_OF_PROBES = {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False}
_FIXED_AT_CREATION = frozenset({"Type", "RequestInterval", "MeasureLatency"})
_ADDRESS = frozenset({"HealthCheckId", "HealthCheckVersion", "ResetElements"})


class UpkeepHealthCheck(HealthCheck):
    """A health check whose configuration is the request's, with the service's defaults."""

    def __init__(self, caller_reference: str, config: Mapping[str, Any]) -> None:
        super().__init__(str(uuid.uuid4()), caller_reference, {})
        self.sent = deepcopy(dict(config))
        self.config = _with_defaults(self.sent)
        self.type_ = self.config["Type"]

    @property
    def health_check_config(self) -> dict[str, Any]:
        """In the API's own names."""
        return self.config


class UpkeepRoute53Backend(Route53Backend):
    """moto's backend with its own health checks and record changes."""

    def make_health_check(self, reference: str, config: Mapping[str, Any]) -> UpkeepHealthCheck:
        """The same request twice gives the same check; the reference with another is refused."""
        check_health_check(config)
        for existing in self.health_checks.values():
            if existing.caller_reference == reference:
                assert isinstance(existing, UpkeepHealthCheck)
                if existing.sent != config:
                    raise Route53ClientError(
                        "HealthCheckAlreadyExists",
                        f"A health check with the caller reference {reference} already exists.",
                    )
                return existing
        for child in config.get("ChildHealthChecks", []):
            if child not in self.health_checks:
                raise InvalidInput(f"ChildHealthCheck {child} does not exist")
        # Abstract in moto's annotations only: for CloudFormation, which is not used here.
        made = UpkeepHealthCheck(reference, config)  # type: ignore[abstract]
        self.health_checks[made.id] = made
        return made

    def change_health_check(self, check_id: str, asked: Mapping[str, Any]) -> UpkeepHealthCheck:
        """Replace what is named, reset what is listed in ResetElements, keep the rest."""
        found = self.health_checks.get(check_id)
        if not isinstance(found, UpkeepHealthCheck):
            raise NoSuchHealthCheck(check_id)
        version = asked.get("HealthCheckVersion")
        if version is not None and version != found.health_check_version:
            raise Route53ClientError(
                "HealthCheckVersionMismatch", f"The version is {found.health_check_version}"
            )
        changed = {
            **{k: v for k, v in found.config.items() if k not in asked.get("ResetElements", [])},
            **{key: value for key, value in asked.items() if key not in _ADDRESS},
        }
        check_health_check(changed)
        # What cannot change is not among the parameters of the operation.
        assert all(changed.get(key) == found.config.get(key) for key in _FIXED_AT_CREATION)
        found.config = _with_defaults(changed)
        found.health_check_version += 1
        return found

    def change_resource_record_sets(self, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        """All changes of a batch, or none of them."""
        zone = self.get_hosted_zone(zoneid)
        records = list(zone.rrsets)
        for change in change_list:
            wanted = dict(change["ResourceRecordSet"])
            wanted["Name"] = wanted["Name"].lower().rstrip(".") + "."
            if not f".{wanted['Name']}".endswith(f".{zone.name.rstrip('.')}."):
                raise _refused(wanted, f"is not in zone {zone.name}", "RRSet")
            self._change(records, change["Action"], wanted)
        zone.rrsets = records

    def _change(self, records: list[RecordSet], action: str, wanted: dict[str, Any]) -> None:
        found = next((record for record in records if _key(record) == _key_of(wanted)), None)
        if action == "DELETE":
            if found is None:
                raise _refused(
                    wanted, "but it was not found", "Tried to delete resource record set"
                )
            if _shown(found) != _shown(_record(wanted)):
                raise _refused(
                    wanted,
                    "but the values provided do not match the current values",
                    "Tried to delete resource record set",
                )
            records.remove(found)
            return
        if action == "CREATE" and found is not None:
            raise _refused(wanted, "but it already exists", "Tried to create resource record set")
        self._check_against(wanted, [record for record in records if record is not found])
        if found is None:
            records.append(_record(wanted))
        else:
            records[records.index(found)] = _record(wanted)

    def _check_against(self, wanted: Mapping[str, Any], others: list[RecordSet]) -> None:
        check = wanted.get("HealthCheckId")
        if check is not None and check not in self.health_checks:
            raise NoSuchHealthCheck(check)
        routing = [policy for policy in ROUTING if wanted.get(policy) is not None]
        if len(routing) > 1 or bool(routing) != bool(wanted.get("SetIdentifier")):
            raise InvalidInput(
                "A SetIdentifier needs exactly one routing policy, and a routing policy a "
                f"SetIdentifier: {wanted['Name']} has {routing or 'none'}"
            )
        siblings = [
            record
            for record in others
            if (record.name, record.type) == (wanted["Name"], wanted["Type"])
        ]
        for sibling in siblings:
            theirs = [policy for policy in ROUTING if _shown(sibling).get(policy) is not None]
            if theirs != routing:
                raise _refused(
                    wanted, "conflicts with other records of that name and type", "RRSet"
                )
            if routing == ["Failover"] and sibling.failover == wanted["Failover"]:
                raise _refused(wanted, f"is a second {wanted['Failover']}", "RRSet")


class UpkeepRoute53Response(Route53):
    """Health check operations over whole configurations."""

    @property
    def backend(self) -> UpkeepRoute53Backend:
        """The backend of the caller's account and partition."""
        backend = super().backend
        assert isinstance(backend, UpkeepRoute53Backend)
        return backend

    def create_health_check(self) -> ActionResult:
        made = self.backend.make_health_check(
            self._get_param("CallerReference"), _plain(self._get_param("HealthCheckConfig"))
        )
        location = f"https://route53.amazonaws.com/2013-04-01/healthcheck/{made.id}"
        return ActionResult({"HealthCheck": made, "Location": location})

    def update_health_check(self) -> ActionResult:
        asked = {**_plain(self._get_params()), "HealthCheckId": self._get_param("HealthCheckId")}
        return ActionResult(
            {"HealthCheck": self.backend.change_health_check(asked["HealthCheckId"], asked)}
        )

    def get_health_check_status(self) -> ActionResult:
        check_id = self._get_param("HealthCheckId")
        if check_id not in self.backend.health_checks:
            raise NoSuchHealthCheck(check_id)
        said = "Success" if HEALTH.healthy(check_id) else "Failure"
        return ActionResult(
            {
                "HealthCheckObservations": [
                    {
                        "Region": region,
                        "IPAddress": "127.0.0.1",
                        "StatusReport": {
                            "Status": f"{said}: asked by the sandbox.",
                            "CheckedTime": datetime.now(UTC),
                        },
                    }
                    for region in self.backend.health_checks[check_id].health_check_config.get(
                        "Regions"
                    )
                    or ["us-east-1"]
                ]
            }
        )

    def delete_health_check(self) -> ActionResult:
        check_id = self._get_param("HealthCheckId")
        if check_id not in self.backend.health_checks:
            raise NoSuchHealthCheck(check_id)
        self.backend.delete_health_check(check_id)
        return EmptyResult()


def check_health_check(config: Mapping[str, Any]) -> None:
    """Raise InvalidInput for what Route 53 refuses in a health check."""
    kind = config["Type"]
    children = config.get("ChildHealthChecks") or []
    if kind == "CALCULATED":
        if config.get("HealthThreshold") is None or len(children) > MOST_CHILDREN:
            raise InvalidInput(
                f"CALCULATED needs HealthThreshold and at most {MOST_CHILDREN} children"
            )
        return
    if kind == "CLOUDWATCH_METRIC":
        if not config.get("AlarmIdentifier"):
            raise InvalidInput("CLOUDWATCH_METRIC needs AlarmIdentifier")
        return
    if children:
        raise InvalidInput("ChildHealthChecks is for CALCULATED only")
    if kind == "RECOVERY_CONTROL":
        return
    if not (config.get("IPAddress") or config.get("FullyQualifiedDomainName")):
        raise InvalidInput(f"{kind} needs IPAddress or FullyQualifiedDomainName")
    if config.get("RequestInterval", 30) not in REQUEST_INTERVALS:
        raise InvalidInput(f"RequestInterval {config['RequestInterval']}: 10 or 30")
    if config.get("FailureThreshold", 3) not in FAILURE_THRESHOLDS:
        raise InvalidInput(f"FailureThreshold {config['FailureThreshold']}: 1 to 10")
    regions = config.get("Regions") or []
    if regions and len(regions) < FEWEST_REGIONS:
        raise InvalidInput(f"Regions {regions}: at least {FEWEST_REGIONS}, or none")
    if kind.endswith("STR_MATCH") and not config.get("SearchString"):
        raise InvalidInput(f"{kind} needs SearchString")


def _with_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    kind = config["Type"]
    defaults: dict[str, Any] = {"Inverted": False, "Disabled": False}
    if kind.startswith(("HTTP", "TCP")):
        secure = kind.startswith("HTTPS")
        defaults |= _DEFAULTS_OF_PROBES | {"EnableSNI": secure}
        if kind != "TCP":
            defaults["Port"] = 443 if secure else 80
    return {**defaults, **config}


def _plain(parsed: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in dict(parsed).items() if value is not None}


def _record(wanted: Mapping[str, Any]) -> RecordSet:
    values = [record["Value"] for record in wanted.get("ResourceRecords") or []]
    return RecordSet({**wanted, "ResourceRecords": values})  # type: ignore[abstract]


def _shown(record: RecordSet) -> dict[str, Any]:
    """A record's settings in the API's names; alias names without the dot at the end."""
    alias = dict(record.alias_target or {})
    if alias:
        alias["DNSName"] = alias["DNSName"].lower().rstrip(".")
    return {
        "TTL": record.ttl,
        "ResourceRecords": sorted(record.records),
        "AliasTarget": alias,
        "HealthCheckId": record.health_check_id,
        "Failover": record.failover,
        "Weight": record.weight,
        "Region": record.region,
        "GeoLocation": record.geo_location,
        "MultiValueAnswer": record.multi_value_answer,
    }


def _key(record: RecordSet) -> tuple[str, str | None, str | None]:
    return record.name, record.type, record.set_identifier


def _key_of(wanted: Mapping[str, Any]) -> tuple[str, str, str | None]:
    return wanted["Name"], wanted["Type"], wanted.get("SetIdentifier")


def _refused(wanted: Mapping[str, Any], why: str, what: str) -> Route53ClientError:
    identifier = (
        f", set-identifier='{wanted['SetIdentifier']}'" if "SetIdentifier" in wanted else ""
    )
    return Route53ClientError(
        "InvalidChangeBatch",
        f"[{what} [name='{wanted['Name']}', type='{wanted['Type']}'{identifier}] {why}]",
    )


EXTENSION = Extension(
    service="route53", backend=UpkeepRoute53Backend, response=UpkeepRoute53Response
)
