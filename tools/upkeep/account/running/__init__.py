"""What is running, asked of AWS and Datadog with their own clients."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from datadog_api_client.exceptions import OpenApiException

from tools.upkeep.account.running import aws, datadog
from tools.upkeep.account.seen import KINDS, Fact

Clients = Callable[[str, str], Any]
"""boto3's client of a service in a region."""


class Running:
    """The facts of one environment; each kind is asked for when it is wanted, once.

    clients   boto3's
    api       Datadog's ApiClient
    prefix    what the environment's names begin with
    regions   where it is, the primary first
    """

    def __init__(
        self, clients: Clients, api: Any, prefix: str, environment: str, regions: Sequence[str]
    ) -> None:
        cloud = aws.Account(clients, prefix, tuple(dict.fromkeys(regions)))
        organisation = datadog.Organisation(api, prefix, environment)
        self._read: Mapping[str, Callable[[], list[Fact]]] = {
            **{kind: partial(reader, cloud) for kind, reader in aws.READERS.items()},
            **{kind: partial(reader, organisation) for kind, reader in datadog.READERS.items()},
        }
        self._known: dict[str, list[Fact]] = {}
        self.unread: dict[str, str] = {}
        """Kinds that could not be asked for, and why: nothing of them is seen."""

    def of(self, kind: str) -> Sequence[Fact]:
        if kind not in KINDS:
            raise KeyError(kind)
        if kind not in self._known:
            try:
                self._known[kind] = self._read[kind]() if kind in self._read else []
            except (OpenApiException, BotoCoreError, ClientError) as fault:
                self._known[kind] = []
                self.unread[kind] = " ".join(str(getattr(fault, "reason", fault)).split())
        return self._known[kind]
