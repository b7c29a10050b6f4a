"""What a database instance can hold, where the cloud only counts: connections by memory.

``DatabaseConnections`` is a count; "80 %" needs the number that the instance was configured with.
These are the defaults of RDS's parameter groups; a stack whose own parameter group sets
``max_connections`` passes that number instead.
"""

from collections.abc import Callable, Mapping

# Amazon RDS User Guide, "Maximum number of database connections". Memory is that of the class, in
# bytes; RDS itself reckons with what is left after its own processes, so the instance's limit may
# be lower by a few per cent.
_DEFAULTS: Mapping[str, Callable[[int], int]] = {
    # LEAST({DBInstanceClassMemory/9531392}, 5000)
    "postgres": lambda memory: min(memory // 9_531_392, 5_000),
    # {DBInstanceClassMemory/12582880}, and the parameter's own bounds of 1 to 100,000
    "mysql": lambda memory: min(max(memory // 12_582_880, 1), 100_000),
    "mariadb": lambda memory: min(memory // 12_582_880, 12_000),
}


def connection_capacity(engine: str, memory_bytes: int) -> int:
    """Connections that an RDS instance takes with its engine's default parameter group.

    ``engine`` is RDS's name for it (``postgres``, ``mysql``, ``mariadb``), ``memory_bytes`` the
    memory of the instance class. Raises ``ValueError`` for an engine whose default is unknown
    here, and for memory that is not there.
    """
    if memory_bytes <= 0:
        raise ValueError(f"memory of an instance class is above 0 bytes, not {memory_bytes}")
    try:
        default = _DEFAULTS[engine]
    except KeyError:
        known = ", ".join(sorted(_DEFAULTS))
        raise ValueError(
            f"the default `max_connections` of {engine!r} is not known (known: {known}); "
            "state the number that the parameter group sets"
        ) from None
    return default(memory_bytes)
