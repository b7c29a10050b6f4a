"""Figures nobody has measured here and no vendor promises: each once, named as assumed.

They are generous rather than hopeful; an execution that measures one replaces it.
"""

from datetime import timedelta

from .terms import Term

_MINUTE = timedelta(minutes=1)

COPY_TO_ANOTHER_REGION = Term(
    "until the copy is complete", 60 * _MINUTE, "assumed", "AWS Backup promises no time for a copy"
)
DECIDE = Term("to decide", 5 * _MINUTE, "assumed", "one person, with a runbook")
NOTICED_BY_PEOPLE = Term(
    "from the first report on", timedelta(0), "assumed", "no monitor sees that data is wrong"
)
ALARM_NOTICES = Term(
    "until an alarm fires", 5 * _MINUTE, "assumed", "five periods of one minute, no uptime check"
)
PROMOTE_REPLICA = Term(
    "to promote the replica", 15 * _MINUTE, "assumed", "RDS: several minutes, longer with load"
)
REPOINT_APPLICATIONS = Term(
    "until applications reach it", 5 * _MINUTE, "assumed", "a DNS change with a TTL of 60 seconds"
)
REPLACE_SERVER = Term(
    "until the group has replaced a server", 7 * _MINUTE, "assumed", "health check, launch, start"
)
GROW_STANDBY = Term(
    "until the standby has grown to the load", 5 * _MINUTE, "assumed", "launch and start of servers"
)
OPEN_SWITCH = Term(
    "to open the standby's switch", 2 * _MINUTE, "assumed", "one call, by a person with a runbook"
)
LAUNCH_STANDBY = Term(
    "to launch the standby's servers", 10 * _MINUTE, "assumed", "nothing runs while it waits"
)
RESOLVERS_FOLLOW = Term(
    "until resolvers follow", _MINUTE, "assumed", "TTL of the alias record: 60 seconds"
)
RESTORE_BUCKET = Term(
    "to restore the bucket", timedelta(hours=4), "assumed", "depends on size and number of objects"
)

RESTORE_BASE = 15 * _MINUTE
RESTORE_PER_100_GIB = 15 * _MINUTE
DEFAULT_STORAGE = 100


def restore_database(storage: int | None) -> Term:
    """Restoring a database of so many GiB; 100 where the size is not known."""
    hundreds = -(-(storage or DEFAULT_STORAGE) // 100)
    size = f"{storage} GiB" if storage else f"size not looked up, {DEFAULT_STORAGE} GiB assumed"
    return Term(
        "to restore the database", RESTORE_BASE + hundreds * RESTORE_PER_100_GIB, "assumed", size
    )
