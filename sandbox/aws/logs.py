"""CloudWatch Logs: the key of a log group that is there already, which moto cannot change.

What comes after is encrypted with the key; what was there stays as it was. The key must be one of
the account's, and not on its way to be deleted.
"""

from moto.kms.models import kms_backends
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogGroup, LogsBackend
from moto.logs.responses import LogsResponse

from sandbox.aws.extension import Extension


class UpkeepLogsBackend(LogsBackend):
    """moto's backend with keys that change."""

    def set_key(self, name: str, key: str | None) -> None:
        """Encrypt what comes with a key, or with CloudWatch's own."""
        group: LogGroup | None = self.groups.get(name)
        if group is None:
            raise ResourceNotFoundException()
        if key is not None:
            known = kms_backends[self.account_id][self.region_name].keys
            found = known.get(key.rpartition("/")[2])
            if found is None or not found.enabled:
                raise InvalidParameterException(
                    constraint="an enabled key of this account and region",
                    parameter="kmsKeyId",
                    value=key,
                )
        group.kms_key_id = key


class UpkeepLogsResponse(LogsResponse):
    """moto's operations, and those on keys."""

    @property
    def _backend(self) -> UpkeepLogsBackend:
        backend = self.logs_backend
        assert isinstance(backend, UpkeepLogsBackend)
        return backend

    def associate_kms_key(self) -> str:
        """``AssociateKmsKey``, of a log group."""
        self._backend.set_key(self._get_param("logGroupName"), self._get_param("kmsKeyId"))
        return ""

    def disassociate_kms_key(self) -> str:
        """``DisassociateKmsKey``, of a log group."""
        self._backend.set_key(self._get_param("logGroupName"), None)
        return ""


EXTENSION = Extension(service="logs", backend=UpkeepLogsBackend, response=UpkeepLogsResponse)
