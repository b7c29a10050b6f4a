"""Adoption: what the company has made by hand before, and hands over to the plan.

Nothing of it is made anew: Pulumi imports each by its id, and changes in place what the plan wants
otherwise. An entry may stand for good; once a thing is in the state it says nothing any more.
"""

from typing import Annotated

from pydantic import Field

from .spelling import Spelling
from .words import Words

# What preview calls the resource: ``resources-database-orders-cpu``.
Declared = Annotated[
    str,
    Spelling(
        r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$",
        "what a preview calls the resource: letters, digits and _.:-",
        "resources-database-orders-cpu",
    ),
]
# Datadog gives each synthetic test one.
PublicId = Annotated[
    str,
    Spelling(
        r"^[a-z0-9]{3}(-[a-z0-9]{3}){2}$",
        "the public id of a synthetic test, as it stands in its address",
        "abc-def-ghi",
    ),
]
_Name = Annotated[str, Field(min_length=1)]


class Adopt(Words):
    """By kind: what a preview calls the resource -> what the cloud calls it.

    alarms, composite_alarms   names of CloudWatch alarms
    monitors                   numbers of Datadog monitors
    checks                     public ids of synthetic tests: ``abc-def-ghi``
    vaults                     names of backup vaults
    backup_plans               ids of backup plans
    replicas                   identifiers of RDS instances
    log_groups                 names of CloudWatch log groups
    """

    alarms: dict[Declared, _Name] = Field(default_factory=dict)
    composite_alarms: dict[Declared, _Name] = Field(default_factory=dict)
    monitors: dict[Declared, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)
    checks: dict[Declared, PublicId] = Field(default_factory=dict)
    vaults: dict[Declared, _Name] = Field(default_factory=dict)
    backup_plans: dict[Declared, _Name] = Field(default_factory=dict)
    replicas: dict[Declared, _Name] = Field(default_factory=dict)
    log_groups: dict[Declared, _Name] = Field(default_factory=dict)
