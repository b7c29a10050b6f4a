"""How a backend of ours takes the place of one of moto's.

moto keeps one *backend* (the state) per service, account and region, and one *response* class
(the operations) per service. A service is extended by a subclass of each: what the subclass does
not say stays moto's. The subclass of the response finds new operations by their name in snake
case, exactly as moto's own do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import moto.backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import BaseResponse


@dataclass(frozen=True)
class Extension:
    """One service of moto's, as this sandbox answers for it.

    ``paths`` are URL patterns that moto does not route yet, in its notation (``{0}`` is the host);
    the patterns that it has are kept.
    """

    service: str
    backend: type[BaseBackend]
    response: type[BaseResponse]
    paths: tuple[str, ...] = field(default=())

    def install(self) -> None:
        """Put this extension in moto's place. Installing twice changes nothing.

        Raises RuntimeError when moto already holds state for the service: that state would have
        been made by the class that is being replaced.
        """
        backends: BackendDict[Any] = moto.backends.get_backend(self.service)  # type: ignore[call-overload]
        if backends.backend is self.backend:
            return
        if backends:
            raise RuntimeError(
                f"{self.service} is in use: install extensions before the first request"
            )
        urls = _urls_of(backends.backend, self.response, self.paths)
        # BaseBackend looks its routes up in the module next to its class, which for a class of
        # ours would be a module that does not exist.
        self.backend._url_module = property(lambda _backend: urls)  # type: ignore[assignment]
        backends.backend = self.backend


def _urls_of(
    original: type[BaseBackend], response: type[BaseResponse], extra: tuple[str, ...]
) -> SimpleNamespace:
    module = __import__(
        original.__module__.removesuffix("models") + "urls", fromlist=["url_bases", "url_paths"]
    )
    paths: Mapping[str, Any] = module.url_paths
    return SimpleNamespace(
        url_bases=module.url_bases,
        # A pattern which moto sends to another handler than ``dispatch`` keeps that handler.
        url_paths={
            path: response.dispatch if handler.__name__ == "dispatch" else handler
            for path, handler in paths.items()
        }
        | dict.fromkeys(extra, response.dispatch),
    )
