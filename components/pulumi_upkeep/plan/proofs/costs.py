"""What protection costs a month: an estimate from list prices, and what it does not count.

Only what exists for recovery: standbys in a second zone, replicas, copies, servers that wait.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .. import prices
from ..backups import BackupEntry
from ..plan import Plan
from .assumptions import DEFAULT_STORAGE
from .facts import EstateFacts

# Nobody has measured how much of the data changes; a backup after the first holds what did.
DAILY_CHANGE = 0.01
_DAYS_A_MONTH = prices.HOURS_A_MONTH / 24

NOT_COUNTED = (
    "requests, logs, metrics, alarms and functions",
    "restores and restore tests, and what runs during a drill",
    "traffic through load balancers, and to users",
    "free allowances and discounts",
    "Datadog, and people",
)


@dataclass(frozen=True)
class Cost:
    """What one thing costs.

    what   such as ``replicas.orders-usw2-1``
    usd    a month; None where the price table has no price of it
    how    what it is the price of
    """

    what: str
    usd: float | None
    how: str


@dataclass(frozen=True)
class Costs:
    """What protection costs a month.

    lines         one per thing, dearest first; those without a price at the end
    assumptions   what the estimate takes for so
    """

    lines: tuple[Cost, ...]
    assumptions: tuple[str, ...]

    @property
    def usd(self) -> float:
        """The sum of what has a price."""
        return sum(line.usd or 0.0 for line in self.lines)

    @property
    def without_price(self) -> tuple[str, ...]:
        """What has none."""
        return tuple(line.what for line in self.lines if line.usd is None)

    def as_data(self) -> dict[str, Any]:
        """As plain data; amounts in whole cents."""
        return {
            "as_of": prices.AS_OF,
            "usd_a_month": round(self.usd, 2),
            "lines": [
                {
                    "what": line.what,
                    "usd_a_month": None if line.usd is None else round(line.usd, 2),
                    "how": line.how,
                }
                for line in self.lines
            ],
            "assumptions": list(self.assumptions),
            "not_counted": [*NOT_COUNTED],
        }


def monthly_costs(plan: Plan, facts: EstateFacts) -> Costs:
    """What the protection that a plan declares costs a month."""
    lines = [
        *_second_zones(plan, facts),
        *_replicas(plan, facts),
        *(
            line
            for name, entry in plan.backups.items()
            for line in _backups(plan, facts, name, entry)
        ),
        *_bucket_replicas(plan),
        *_standbys(plan),
    ]
    lines.sort(key=lambda line: (line.usd is None, -(line.usd or 0.0), line.what))
    return Costs(tuple(lines), tuple(_assumptions(plan, facts)))


def _assumptions(plan: Plan, facts: EstateFacts) -> Iterator[str]:
    unknown = [name for name in plan.estate.databases if name not in facts.databases]
    unknown += list(plan.estate.buckets)
    if unknown:
        yield f"{DEFAULT_STORAGE} GB each in {', '.join(unknown)}, whose sizes are not looked up"
    yield f"{DAILY_CHANGE:.0%} of the data changes a day"


def size_of(plan: Plan, thing: str, facts: EstateFacts) -> int:
    """GB of a database, or of a bucket, whose size nothing looks up."""
    found = facts.databases.get(thing) if thing in plan.estate.databases else None
    return found.storage if found else DEFAULT_STORAGE


def _instance(class_: str, multi_az: bool, storage: int) -> float | None:
    hour = prices.DATABASE_HOUR.get(class_)
    if hour is None:
        return None
    single = hour * prices.HOURS_A_MONTH + storage * prices.DATABASE_STORAGE
    return single * (prices.MULTI_AZ_TIMES if multi_az else 1)


def _second_zones(plan: Plan, facts: EstateFacts) -> Iterator[Cost]:
    for name in plan.estate.databases:
        found = facts.databases.get(name)
        if found is not None and found.multi_az:
            # The first instance is the estate's, with or without protection.
            single = _instance(found.instance_class, False, found.storage)
            how = f"the standby in a second zone, {found.instance_class}, {found.storage} GB"
            yield Cost(f"estate.databases.{name}", single, how)


def _replicas(plan: Plan, facts: EstateFacts) -> Iterator[Cost]:
    for name, replica in plan.replicas.items():
        storage = size_of(plan, replica.of, facts)
        zones = "two zones" if replica.multi_az else "one zone"
        usd = _instance(replica.class_, replica.multi_az, storage)
        if usd is not None and replica.in_ == "recovery":
            moved = storage * DAILY_CHANGE * _DAYS_A_MONTH
            usd += moved * prices.TO_ANOTHER_REGION + prices.KEY
        how = f"{replica.class_} in {zones}, {storage} GB"
        yield Cost(f"replicas.{name}", usd, how)


def _backups(plan: Plan, facts: EstateFacts, name: str, entry: BackupEntry) -> Iterator[Cost]:
    """The first backup holds everything, later ones what has changed since."""
    kept = [tier.keep.days for tier in entry.tiers.values()]
    if entry.point_in_time is not None:
        kept.append(entry.point_in_time.keep.days)
    changed = 1 + DAILY_CHANGE * max(kept)
    usd = sum(size * changed * price for size, price in _sizes(plan, facts, entry)) + prices.KEY
    yield Cost(f"backups.{name}", usd, f"backups, kept up to {max(kept)} days")
    for place in ("recovery", "account"):
        lengths = [length.days for tier in entry.tiers.values() if (length := tier.kept_in(place))]
        if not lengths:
            continue
        usd = prices.KEY
        for size, price in _sizes(plan, facts, entry):
            usd += size * (1 + DAILY_CHANGE * max(lengths)) * price
            if place == "recovery":
                usd += size * DAILY_CHANGE * _DAYS_A_MONTH * prices.TO_ANOTHER_REGION
        where = "in the recovery region" if place == "recovery" else "in another account"
        how = f"copies {where}, kept up to {max(lengths)} days"
        yield Cost(f"backups.{name}, copies to {place}", usd, how)


def _sizes(plan: Plan, facts: EstateFacts, entry: BackupEntry) -> Iterator[tuple[int, float]]:
    for database in entry.protects.databases:
        yield size_of(plan, database, facts), prices.DATABASE_BACKUP
    for bucket in entry.protects.buckets:
        yield size_of(plan, bucket, facts), prices.BUCKET_BACKUP


def _bucket_replicas(plan: Plan) -> Iterator[Cost]:
    moved = DEFAULT_STORAGE * DAILY_CHANGE * _DAYS_A_MONTH
    usd = DEFAULT_STORAGE * prices.BUCKET_STORAGE + moved * (
        prices.TO_ANOTHER_REGION + prices.REPLICATION_TIME_CONTROL
    )
    for name in plan.bucket_replicas:
        yield Cost(f"bucket_replicas.{name}", usd, f"a second copy of {DEFAULT_STORAGE} GB")


def _standbys(plan: Plan) -> Iterator[Cost]:
    for name, standby in plan.standby.items():
        hour = prices.SERVER_HOUR.get(standby.type)
        usd = None
        if hour is not None or not standby.running:
            hours = (hour or 0.0) * standby.running + prices.LOAD_BALANCER_HOUR
            usd = hours * prices.HOURS_A_MONTH + prices.HEALTH_CHECK
        how = f"{standby.running} {standby.type}, a load balancer, a health check"
        yield Cost(f"standby.{name}", usd, how)


def say_price(usd: float | None) -> str:
    """What an edit costs more a month, in words."""
    if usd is None:
        return "at a price that no list has"
    if usd < 0.5:
        return "for less than $1 a month"
    return f"for about ${usd:,.0f} a month"
