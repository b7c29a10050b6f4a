"""The audit of backups: what AWS Backup Audit Manager checks by itself, and its daily report.

It looks at the account as it is, whoever changed it: what the plan declares and what is there may
part, and this tells. Its figures are those of the plan's backups; nothing is stated twice.
"""

from typing import Literal

from pydantic import Field, model_validator

from .faults import Fault, PlanError
from .retention import Retention
from .words import Words

AuditControl = Literal[
    "protected",
    "frequency",
    "locked",
    "copied to recovery",
    "copied to account",
    "encrypted",
    "kept from deletion",
]
CONTROLS: tuple[AuditControl, ...] = (
    "protected",
    "frequency",
    "locked",
    "copied to recovery",
    "copied to account",
    "encrypted",
    "kept from deletion",
)


class BackupAudit(Words):
    """Controls over every backup of the region, and a report of each day.

    without       controls that are left out; default: none, and all of them are checked that the
                  plan's backups answer to
                  protected            every database and bucket of the account is in a backup plan
                  frequency            plans back up as often and keep as long as the plan's least,
                                       and the last recovery point is as young
                  locked               what is backed up is in a locked vault
                  copied to recovery   it has copies in the recovery region
                  copied to account    it has copies in the other account
                  encrypted            every recovery point is encrypted
                  kept from deletion   every vault refuses to delete by hand
    keep_reports  how long the reports are kept
    """

    without: tuple[AuditControl, ...] = ()
    keep_reports: Retention = Field(default="1 year", validate_default=True)

    @model_validator(mode="after")
    def _something_is_left(self) -> "BackupAudit":
        if set(self.without) == set(CONTROLS):
            remedy = "leave the chapter out, or a control in"
            raise PlanError([Fault("without", "nothing is checked any more", None, remedy)])
        return self
