"""What a stack file declares, in the form of what is running: for previews, and for tests.

A judge of what is not deployed yet. References to other resources are those resources' names here,
which is what is compared; what only the cloud knows is not there.
"""

from collections.abc import Sequence

from tools.upkeep.account.declared import aws, datadog
from tools.upkeep.account.declared.resources import Resources
from tools.upkeep.account.seen import KINDS, Fact
from tools.upkeep.declared import Declaration

_READERS = {**aws.READERS, **datadog.READERS}


class DeclaredFacts:
    """The facts of a declaration; each kind is read when it is wanted, once.

    prefix   what the environment's names begin with
    """

    def __init__(self, declaration: Declaration, prefix: str) -> None:
        self._resources = Resources(declaration, prefix)
        self._known: dict[str, list[Fact]] = {}

    def of(self, kind: str) -> Sequence[Fact]:
        if kind not in KINDS:
            raise KeyError(kind)
        if kind not in self._known:
            self._known[kind] = _READERS[kind](self._resources) if kind in _READERS else []
        return self._known[kind]
