"""Accepted findings: what was looked at and is meant to be as it is, with the reason."""

from typing import Annotated

from pydantic import Field

from .words import Words


class Acceptance(Words):
    """One finding that is accepted.

    finding   its code, such as ``backup-in-window``
    at        the path it stands at, as the check names it
    because   why it is meant; at least a few words
    Only what is noted can be accepted, never what is refused. One that matches nothing is itself
    noted.
    """

    finding: str
    at: str
    because: Annotated[str, Field(min_length=10)]


Accepted = tuple[Acceptance, ...]
