"""How long backups are kept: whole days, within what AWS Backup takes."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from .faults import NotInWords
from .limits import BACKUP_RETENTION
from .words import Duration, say_duration


def in_whole_days(length: timedelta) -> timedelta:
    """The length itself; a fault with the next whole day where it is not one."""
    day = timedelta(days=1)
    if rest := length % day:
        raise NotInWords(
            "backups are kept by the day", f"nearest: `{say_duration(length - rest + day)}`"
        )
    return length


Retention = Annotated[Duration, AfterValidator(in_whole_days), BACKUP_RETENTION.validator]
ColdAfter = Annotated[Duration, AfterValidator(in_whole_days)]
