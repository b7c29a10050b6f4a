"""PostgreSQL servers on this machine: what stands behind the sandbox's databases. No AWS in it.

``House``    everything of one sandbox: programs, a folder, a range of loopback addresses, and a
             keeper that ends every server when the sandbox ends, however it ends
``Cluster``  one server with a data directory and an address of its own (PostgreSQL's word for it)

Linux only: elsewhere there is one loopback address.
"""

from sandbox.postgres.cluster import SUPERUSER, Cluster
from sandbox.postgres.house import House
from sandbox.postgres.tools import PostgresError

__all__ = ["SUPERUSER", "Cluster", "House", "PostgresError"]
