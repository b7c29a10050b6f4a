"""Backups: how often, how long, of what, and whether they can be restored."""

from collections.abc import Iterator

from tools.upkeep.account import clock
from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack


def _of(stack: Stack, id_: str) -> list[Fact]:
    """The rules that back up a thing at times of the day, by the name its ARN ends with."""
    return [
        each
        for each in stack.of("backup_rule")
        if not each["continuous"] and any(arn.endswith(f":{id_}") for arn in each["protects"])
    ]


def _rule(rule: Fact) -> str:
    return (
        f"backup plan {rule['plan']}, rule {rule['rule']}: {rule['cron']} {rule['timezone']}, "
        f"kept {rule['keep_days']} days"
    )


def _tests(stack: Stack, id_: str, every: str) -> Iterator[Finding]:
    """A restore of a thing, as often, that is judged afterwards."""
    found = [
        each
        for each in stack.of("restore_test")
        if any(arn.endswith(f":{id_}") for arn in each["protects"])
    ]
    for each in found:
        often = clock.often(each["cron"])
        judges = _judged(stack, each)
        if often == every and judges:
            yield kept(
                f"restore test {each['plan']} of {id_}: {each['cron']} {each['timezone']}, "
                f"judged by {judges[0]}"
            )
            return
    if not found:
        yield lacks(f"{id_} is not restored on trial")
    for each in found:
        often = clock.often(each["cron"])
        if often != every:
            yield lacks(f"restore test {each['plan']} of {id_}: every {often}, not every {every}")
        else:
            yield lacks(f"restore test {each['plan']} of {id_}: nothing judges what was restored")


def _judged(stack: Stack, test: Fact) -> list[str]:
    """The functions that are called with what was restored, and write a verdict."""
    named = test["plan"].replace("_", "-")
    return sorted(
        target
        for rule in stack.of("event_rule")
        if rule["enabled"] and "aws.backup" in rule["sources"]
        for target in rule["targets"]
        if target.startswith(named) and any(each["name"] == target for each in stack.of("function"))
    )


@clause("PD-4.1")
def daily(seen: Seen, figures: Figures) -> Iterator[Finding]:
    yield from _each_database(seen.prod, figures["every"])


def _each_database(stack: Stack, every: str) -> Iterator[Finding]:
    if not stack.databases:
        yield lacks("the stack file names no database")
    for name, id_ in stack.databases.items():
        found = [each for each in _of(stack, id_) if clock.often(each["cron"]) == every]
        if found:
            yield kept(f"database {name}: {_rule(found[0])}")
        else:
            yield lacks(f"database {name}: no backup every {every}")


@clause("PD-4.2")
def restored_quarterly(seen: Seen, figures: Figures) -> Iterator[Finding]:
    if not seen.prod.databases:
        yield lacks("the stack file names no database")
    for id_ in seen.prod.databases.values():
        yield from _tests(seen.prod, id_, figures["every"])


@clause("PD-4.3")
def tiers(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for name, id_ in seen.prod.databases.items() or (("", ""),):
        for every, days in figures.items():
            rules = [each for each in _of(seen.prod, id_) if clock.often(each["cron"]) == every]
            found = [each for each in rules if each["keep_days"] == days]
            if found:
                yield kept(f"database {name}: {_rule(found[0])}")
            elif rules:
                yield lacks(f"{_rule(rules[0])}, not {days}")
            else:
                yield lacks(f"database {name}: no backup every {every}")


@clause("PD-4.4")
def as_code(seen: Seen, figures: Figures) -> Iterator[Finding]:
    rules = seen.prod.of("backup_rule")
    if not rules:
        yield lacks("no backup plan is there")
    plans = {each["plan"]: each["managed_by"] for each in rules}
    for plan, managed_by in sorted(plans.items()):
        if managed_by == figures["managed_by"]:
            yield kept(f"backup plan {plan} is tagged managed-by {managed_by}")
        else:
            yield lacks(f"backup plan {plan} is tagged managed-by {managed_by or 'nobody'}")


@clause("BY-3.5")
def full_backup(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for name, id_ in seen.prod.databases.items() or (("", ""),):
        found = [
            each
            for each in _of(seen.prod, id_)
            if clock.often(each["cron"]) == figures["every"]
            and clock.at(each["cron"]) == {figures["at"]}
            and each["timezone"] == figures["timezone"]
        ]
        if found:
            yield kept(f"database {name}: {_rule(found[0])}")
        else:
            yield lacks(
                f"database {name}: no backup every {figures['every']} at {figures['at']} "
                f"{figures['timezone']}"
            )


@clause("BY-3.6")
def incremental(seen: Seen, figures: Figures) -> Iterator[Finding]:
    # What AWS Backup takes of a database after the first is incremental.
    yield from _each_database(seen.prod, figures["every"])


@clause("BY-3.7")
def kept_so_long(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for name, id_ in seen.prod.databases.items() or (("", ""),):
        rules = _of(seen.prod, id_)
        if not rules:
            yield lacks(f"database {name}: no backup")
        for each in rules:
            if each["keep_days"] == figures["days"]:
                yield kept(f"database {name}: {_rule(each)}")
            else:
                yield lacks(f"{_rule(each)}, not {figures['days']}")


@clause("BY-3.8")
def verified(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    if not stack.databases:
        yield lacks("the stack file names no database")
    for id_ in stack.databases.values():
        yield from _tests(stack, id_, figures["every"])
    plans = {each["plan"]: each["protects"] for each in stack.of("backup_rule") if each["protects"]}
    # A backup of files is verified by one of the buckets that its plan takes.
    for plan, protects in sorted(plans.items()):
        buckets = [arn.rpartition(":")[2] for arn in protects if arn.startswith("arn:aws:s3:")]
        if not buckets:
            continue
        tested = [
            each
            for each in stack.of("restore_test")
            if any(arn.rpartition(":")[2] in buckets for arn in each["protects"])
        ]
        if not tested:
            yield lacks(f"backup plan {plan}: none of its buckets is restored on trial")
        for each in tested:
            for arn in each["protects"]:
                yield from _tests(stack, arn.rpartition(":")[2], figures["every"])


@clause("BY-3.9")
def files(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for name in figures["buckets"]:
        id_ = seen.prod.buckets.get(name)
        found = [
            each
            for each in (_of(seen.prod, id_) if id_ else ())
            if clock.often(each["cron"]) == figures["every"]
            and each["keep_days"] == figures["days"]
        ]
        if found:
            yield kept(f"{name}: {_rule(found[0])}")
        else:
            yield lacks(
                f"{name}: no backup every {figures['every']} that is kept {figures['days']} days"
            )
