"""The WSGI application of the sandbox's AWS: moto behind a ledger and a fault switch.

Beside AWS it answers, for tests and for ``python -m sandbox``:

``GET /_upkeep/creates``     the calls since the start (or the last DELETE) that change something
``DELETE /_upkeep/creates``  begin a new list
``GET /_upkeep/quiet``       {"seconds": how long no changing call has been under way}
``POST /_upkeep/fail``       order a failure: {"operation": "PutMetricAlarm", "times": 1,
                             "after": 0, "status": 500, "delay": 0}; see ``Faults.order``
``DELETE /_upkeep/fail``     forget what was ordered

Further controls are registered by the modules that offer them, see ``controls.py``.
"""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request, Response

from sandbox import aws
from sandbox.aws import controls
from sandbox.aws.outage import OUTAGE
from sandbox.aws.permissions import GUARD
from sandbox.aws.traffic import Call, Faults, Ledger, UnderWay, call_of, status_code

StartResponse = Callable[..., Any]


class _Moto(DomainDispatcherApplication):
    """moto's dispatcher, which says that it lacks a service as it does of an operation."""

    def get_backend_for_host(self, host: str | None) -> Any:
        url = f"http://{host}"
        known = any(pattern.match(url) for _service, pattern in self.backend_url_patterns)
        if host and "amazonaws.com" in host and not known:
            raise NotImplementedError(host)
        return super().get_backend_for_host(host)


class Application:
    """WSGI application; one per process, since moto's state is one per process."""

    def __init__(self) -> None:
        # A new sandbox is empty, whatever an earlier one in this process was left with.
        BackendDict.reset()
        aws.install()
        OUTAGE.clear()
        GUARD.clear()
        self.ledger = Ledger()
        self.faults = Faults()
        self.under_way = UnderWay()
        self._moto = _Moto(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/_upkeep/"):
            return self._own(Request(environ))(environ, start_response)
        call = call_of(environ)
        if call is None:
            return self._answer(environ, start_response)
        with self.under_way(call):
            return self._called(call, environ, start_response)

    def _called(
        self, call: Call, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        if OUTAGE.holds(call.region):
            self.ledger.add(call, 503)
            cut_off = _error(
                call, 503, "ServiceUnavailable", f"{call.region} is cut off by a drill."
            )
            return cut_off(environ, start_response)
        fault = self.faults.take(call)
        if fault is not None:
            time.sleep(fault.delay)
            if fault.status:
                self.ledger.add(call, fault.status)
                refusal = _error(
                    call, fault.status, "InternalFailure", "A failure ordered by a test."
                )
                return refusal(environ, start_response)

        refused = GUARD.refusal(call, environ)
        if refused is not None:
            self.ledger.add(call, 403)
            code = "AccessDeniedException" if call.protocol == "json" else "AccessDenied"
            return _error(call, 403, code, refused)(environ, start_response)

        def noting(status: str, headers: Any, exc_info: Any = None) -> Any:
            self.ledger.add(call, status_code(status))
            return start_response(status, headers, exc_info)

        try:
            return self._answer(environ, noting)
        except NotImplementedError:
            # moto raises for what it lacks. 501 is not retried by boto3, and says what it is.
            return self._missing(call)(environ, noting)

    def _answer(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer: Iterable[bytes] = self._moto(environ, start_response)
        return answer

    @staticmethod
    def _missing(call: Call) -> Response:
        message = f"The sandbox has no {call.operation} of {call.service}"
        return _error(call, 501, "NotImplemented", message)

    def _own(self, request: Request) -> Response:
        match request.method, request.path:
            case "GET", "/_upkeep/creates":
                return _json(self.ledger.entries())
            case "DELETE", "/_upkeep/creates":
                self.ledger.clear()
                return _json({})
            case "GET", "/_upkeep/quiet":
                return _json({"seconds": self.under_way.quiet_seconds()})
            case "POST", "/_upkeep/fail":
                try:
                    self.faults.order(**request.get_json())
                except (TypeError, ValueError) as wrong:
                    return _json({"error": str(wrong)}, 400)
                return _json({})
            case "DELETE", "/_upkeep/fail":
                self.faults.clear()
                return _json({})
        answer = controls.answered(request)
        if answer is not None:
            return _json(*answer)
        return _json({"error": f"nothing at {request.method} {request.path}"}, 404)


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


def _error(call: Call, status: int, code: str, message: str) -> Response:
    """An error in the form that a client of the service reads."""
    if call.protocol == "json":
        return Response(
            json.dumps({"__type": code, "message": message}),
            status,
            content_type="application/x-amz-json-1.1",
            headers={"x-amzn-errortype": code},
        )
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    # EC2 and S3 wrap an error otherwise than the rest.
    body = {
        "ec2": f"<Response><Errors>{error}</Errors></Response>",
        "s3": error,
    }.get(call.service, f"<ErrorResponse>{error}</ErrorResponse>")
    return Response(body, status, content_type="text/xml")
