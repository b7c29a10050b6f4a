"""Figures nobody has measured here and no vendor promises: each once, named as assumed.

They are generous rather than hopeful. An execution that measures one replaces it: the chapter
``measured`` names the term by its id.
"""

from dataclasses import replace
from datetime import timedelta

from ..limits import RDS_FAILOVER, RDS_FAILOVER_SOURCE
from ..measured import ACCOUNT, Measurable, Measurement
from ..plan import Plan
from .terms import Term

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


def _assumed(term: Measurable, what: str, length: timedelta, source: str) -> Term:
    return Term(what, length, "assumed", source, term)


# ---- what an execution can measure -------------------------------------------------------------

COPY_TO_ANOTHER_REGION = _assumed(
    "copy-to-region",
    "until the copy is complete",
    60 * _MINUTE,
    "AWS Backup promises no time for a copy",
)
COPY_TO_ANOTHER_ACCOUNT = _assumed(
    "copy-to-account",
    "until the copy is complete",
    60 * _MINUTE,
    "AWS Backup promises no time for a copy",
)
FAILOVER = Term(
    "until RDS has failed over", RDS_FAILOVER, "vendor", RDS_FAILOVER_SOURCE, "failover"
)
PROMOTE_REPLICA = _assumed(
    "promote-replica",
    "to promote the replica",
    15 * _MINUTE,
    "RDS: several minutes, longer with load",
)
REPOINT_APPLICATIONS = _assumed(
    "repoint",
    "until applications reach it",
    5 * _MINUTE,
    "a DNS change with a TTL of 60 seconds",
)
REPLACE_SERVER = _assumed(
    "replace-server",
    "until the group has replaced a server",
    7 * _MINUTE,
    "health check, launch, start",
)
GROW_STANDBY = _assumed(
    "grow-standby",
    "until the standby has grown to the load",
    5 * _MINUTE,
    "launch and start of servers",
)
OPEN_SWITCH = _assumed(
    "open-switch",
    "to open the standby's switch",
    2 * _MINUTE,
    "one call, by a person with a runbook",
)
LAUNCH_STANDBY = _assumed(
    "launch-standby",
    "to launch the standby's servers",
    10 * _MINUTE,
    "nothing runs while it waits",
)
RESOLVERS_FOLLOW = _assumed(
    "resolvers-follow",
    "until resolvers follow",
    _MINUTE,
    "TTL of the alias record: 60 seconds",
)
RESTORE_BUCKET = _assumed(
    "restore-bucket",
    "to restore the bucket",
    4 * _HOUR,
    "depends on size and number of objects",
)
ROLL_BACK_BUCKET = _assumed(
    "roll-back-bucket",
    "to bring earlier versions back",
    30 * _MINUTE,
    "a batch job; S3 takes 3,500 writes a second and prefix, a million objects in 5 minutes",
)
READ_FROM_REPLICA = _assumed(
    "read-from-replica",
    "until applications read the bucket's replica",
    5 * _MINUTE,
    "one setting, by a person with a runbook",
)
REBUILD_ACCOUNT = replace(
    _assumed(
        "rebuild-account",
        "to build everything anew in another account",
        24 * _HOUR,
        "networks, roles, names and servers from code, quotas and certificates from the vendor",
    ),
    of=ACCOUNT,
)

# ---- what nothing that is executed can tell ----------------------------------------------------

DECIDE = Term("to decide", 5 * _MINUTE, "assumed", "one person, with a runbook")
NOTICED_BY_PEOPLE = Term(
    "from the first report on", timedelta(0), "assumed", "no monitor sees that data is wrong"
)
ALARM_NOTICES = Term(
    "until an alarm fires", 5 * _MINUTE, "assumed", "five periods of one minute, no uptime check"
)

RESTORE_BASE = 15 * _MINUTE
RESTORE_PER_100_GIB = 15 * _MINUTE
DEFAULT_STORAGE = 100


def restore_database(storage: int | None) -> Term:
    """Restoring a database of so many GiB; 100 where the size is not known."""
    hundreds = -(-(storage or DEFAULT_STORAGE) // 100)
    size = f"{storage} GiB" if storage else f"size not looked up, {DEFAULT_STORAGE} GiB assumed"
    return _assumed(
        "restore-database",
        "to restore the database",
        RESTORE_BASE + hundreds * RESTORE_PER_100_GIB,
        size,
    )


def known(plan: Plan, term: Term, of: str) -> Term:
    """A term of a thing: as the plan has it measured, or else as it was given.

    Of several measurements the longest counts: what once took so long may do so again.
    """
    taken: list[Measurement] = [
        each for each in plan.measured if each.term == term.id and each.of == of
    ]
    if not taken:
        return replace(term, of=of)
    longest = max(taken, key=lambda each: (each.took, each.on, each.execution))
    source = f"execution {longest.execution} of {longest.on}"
    return Term(term.what, longest.took, "measured", source, term.id, of)
