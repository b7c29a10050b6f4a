"""The secrets of a stack: what the plan names must be there, and never in plain text."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .faults import Fault, nearest

if TYPE_CHECKING:
    from .plan import Plan

# Secrets the program needs whatever the plan says.
REQUIRED_SECRETS = ("datadogApiKey", "datadogAppKey")


def secret_faults(plan: "Plan", secrets: Collection[str]) -> Iterator[Fault]:
    """A fault where the plan names a secret that the stack does not have, for each path.

    secrets   the names of the stack's secrets
    """
    wanted = {**{name: [name] for name in REQUIRED_SECRETS}, **plan.secrets()}
    for name, paths in wanted.items():
        if name in secrets:
            continue
        close = nearest(name, [known for known in secrets if known not in wanted])
        meant = f"did you mean `{close}`? Otherwise " if close else ""
        for path in paths:
            value = name if path != name else None
            yield Fault(
                path,
                "no such secret in the stack file",
                value,
                f"{meant}set it: {_set_secret(name)}",
            )


def plain_secret(fault: Fault, chapters: Mapping[str, Any], known: Collection[str]) -> Fault:
    """The fault of an unknown chapter; where that looks like a secret, what is wrong with it.

    known   the names of the chapters
    """
    name = fault.path
    if name in known or not isinstance(chapters.get(name), (str, int)):
        return fault
    if name not in REQUIRED_SECRETS and not _names_secret(chapters, name):
        return fault
    return Fault(
        name, "a secret that stands in plain text", None, f"replace it: {_set_secret(name)}"
    )


def _names_secret(value: Any, name: str) -> bool:
    if isinstance(value, Mapping):
        return value == {"secret": name} or any(
            _names_secret(each, name) for each in value.values()
        )
    return isinstance(value, (list, tuple)) and any(_names_secret(each, name) for each in value)


def _set_secret(name: str) -> str:
    return f"`pulumi config set --secret upkeep:{name}`"
