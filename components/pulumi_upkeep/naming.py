"""Physical names: what resources are called in the cloud.

A name is told by where it stands (``bynomi-prod-database-daily``: project, stack, component,
part), never by an order or a random suffix, so that the same plan gives the same bytes and a
person finds at three in the morning what an alert speaks of.
"""

import hashlib

import pulumi

# Where a vendor's limit is known it is stated at the call; this is the shortest one in use
# by names without a limit of their own (IAM roles: 64).
DEFAULT_LIMIT = 64


def physical_name(component: str, *parts: str, limit: int = DEFAULT_LIMIT) -> str:
    """``{project}-{stack}-{component}-{parts...}``, at most ``limit`` characters.

    A name that is too long keeps its beginning and ends in eight characters of its own hash, so
    that two long names never become one.
    """
    return shorten("-".join([pulumi.get_project(), pulumi.get_stack(), component, *parts]), limit)


def shorten(name: str, limit: int) -> str:
    """A name within ``limit`` characters, unique where it had to be cut."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: limit - 9].rstrip('-')}-{digest}"


_DIRECTIONS = {
    "central": "c",
    "east": "e",
    "north": "n",
    "northeast": "ne",
    "northwest": "nw",
    "south": "s",
    "southeast": "se",
    "southwest": "sw",
    "west": "w",
}


def region_code(region: str) -> str:
    """A region in a name: ``us-east-1`` is ``use1``. No two regions share one."""
    first, *directions, number = region.split("-")
    return first + "".join(_DIRECTIONS[each] for each in directions) + number
