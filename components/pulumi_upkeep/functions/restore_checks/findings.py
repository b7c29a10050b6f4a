"""What a check found: the one shape in which databases and files answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One check.

    check      what was looked at: ``rows of orders``
    passed     whether it is as the plan expects
    found      in words
    expected   in words
    """

    check: str
    passed: bool
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.check}: {self.found}; expected {self.expected}"


def answer(findings: Iterable[Finding]) -> dict[str, Any]:
    """What the function answers: passed only where something was looked at and all of it passed."""
    found = list(findings)
    failed = [str(finding) for finding in found if not finding.passed]
    return {
        "passed": bool(found) and not failed,
        "reason": "; ".join(failed) if found else "nothing was looked at",
        "checks": [vars(finding) for finding in found],
    }
