"""Route 53's health checks, evaluated: they ask, count, invert and combine.

endpoint (HTTP, HTTPS, TCP)  connects to what the sandbox's DNS says is there. 2xx and 3xx are well,
                  after ``FailureThreshold`` equal answers in a row, ``RequestInterval`` seconds
                  apart; before there are so many a check counts as healthy.
CALCULATED        healthy while ``HealthThreshold`` of its children are.
CLOUDWATCH_METRIC follows the metric that an alarm watches, not the alarm's state; without data
                  ``InsufficientDataHealthStatus`` decides.

Without a running clock nothing waits: an answer asks at once and believes it, as if long enough
had passed. ``POST /_upkeep/clock {"speed": 30}`` starts the clock, thirty times as fast as AWS's:
then checks ask at their intervals, thresholds count, alarms are evaluated, and each check's status
is published as the metric ``AWS/Route53 HealthCheckStatus`` in us-east-1, where Route 53 puts it.
``{"speed": 0}`` stops it. ``GET /_upkeep/health`` lists what every check says now.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request

from sandbox.aws.alarm_evaluation import EVALUATOR, INSUFFICIENT_DATA, OK, NotEvaluated
from sandbox.aws.controls import Answer, control
from sandbox.aws.outage import OUTAGE

# Where Route 53 publishes [Route 53, monitoring health checks with CloudWatch].
METRICS_REGION = "us-east-1"
# [Route 53] reads so much of a body when it searches.
SEARCHED_BYTES = 5120
_SECONDS_TO_ANSWER = 2.0
_SECONDS_OF_A_TICK = 0.2

# A host's name -> the loopback address and port that stand for it; None where there is nothing.
Place = Callable[[str, int], tuple[str, int] | None]


@dataclass
class _Counted:
    """What a check believes, and how often in a row it has just seen otherwise."""

    well: bool
    otherwise: int = 0
    due: float = 0.0


class Health:
    """What each health check of moto's Route 53 says now.

    place: set by whoever runs the DNS; without it nothing answers.
    """

    def __init__(self) -> None:
        self.place: Place = lambda _host, _port: None
        self.speed = 0.0
        self._lock = threading.RLock()
        self._counted: dict[str, _Counted] = {}
        self._last_known: dict[str, bool] = {}
        self._clock: threading.Thread | None = None

    def clear(self) -> None:
        """As at the start: no clock, nothing known."""
        self.run(0)
        self._counted.clear()
        self._last_known.clear()

    def run(self, speed: float) -> None:
        """Start the clock at a speed, change its speed, or stop it with 0."""
        if speed < 0:
            raise ValueError(f"speed {speed}: 0 stops the clock, more runs it")
        with self._lock:
            self.speed = speed
            EVALUATOR.speed = speed or 1.0
            if speed and self._clock is None:
                self._clock = threading.Thread(target=self._tick_on, daemon=True)
                self._clock.start()

    def healthy(self, check_id: str) -> bool:
        """Whether a check is healthy; one that does not exist is."""
        config = _configs().get(check_id)
        return True if config is None else self._judged(check_id, config)

    def all(self) -> dict[str, bool]:
        """Every check's status."""
        return {check_id: self._judged(check_id, each) for check_id, each in _configs().items()}

    def _judged(self, check_id: str, config: Mapping[str, Any]) -> bool:
        if config.get("Disabled"):
            well = True
        elif config["Type"] == "CALCULATED":
            children = config.get("ChildHealthChecks") or ()
            well = sum(map(self.healthy, children)) >= int(config["HealthThreshold"])
        elif config["Type"] == "CLOUDWATCH_METRIC":
            well = self._of_metric(check_id, config)
        elif self.speed:
            with self._lock:
                well = self._of_clock(check_id, config).well
        else:
            well = self._answers(config)
        return well is not bool(config.get("Inverted"))

    def _of_clock(self, check_id: str, config: Mapping[str, Any]) -> _Counted:
        # Healthy in the end, so an inverted one begins with an endpoint that is not.
        return self._counted.setdefault(check_id, _Counted(not config.get("Inverted")))

    def _of_metric(self, check_id: str, config: Mapping[str, Any]) -> bool:
        state, last = _metric_states(config["AlarmIdentifier"])
        if last != INSUFFICIENT_DATA:
            self._last_known[check_id] = last == OK
        if state != INSUFFICIENT_DATA:
            return state == OK
        unknown = config.get("InsufficientDataHealthStatus") or "LastKnownStatus"
        if unknown == "LastKnownStatus":
            return self._last_known.get(check_id, True)
        return bool(unknown == "Healthy")

    def _answers(self, config: Mapping[str, Any]) -> bool:
        host = config.get("IPAddress") or config["FullyQualifiedDomainName"]
        place = self.place(host, int(config["Port"]))
        if place is None:
            return False
        if config["Type"] == "TCP":
            try:
                socket.create_connection(place, _SECONDS_TO_ANSWER).close()
            except OSError:
                return False
            return True
        name = config.get("FullyQualifiedDomainName") or host
        secure = config["Type"].startswith("HTTPS")
        status, body = fetched(place, name, config.get("ResourcePath") or "/", secure=secure)
        if not 200 <= status < 400:
            return False
        wanted = config.get("SearchString")
        return not config["Type"].endswith("STR_MATCH") or bool(
            wanted and wanted.encode() in body[:SEARCHED_BYTES]
        )

    def _tick_on(self) -> None:
        while self.speed:
            self._tick(time.monotonic())
            EVALUATOR.all()
            time.sleep(_SECONDS_OF_A_TICK)
        with self._lock:
            self._clock = None
            again = self.speed
        if again:
            self.run(again)

    def _tick(self, now: float) -> None:
        for check_id, config in _configs().items():
            if config["Type"] in ("CALCULATED", "CLOUDWATCH_METRIC"):
                continue
            with self._lock:
                counted = self._of_clock(check_id, config)
                if now < counted.due:
                    continue
                counted.due = now + int(config["RequestInterval"]) / (self.speed or 1.0)
            answers = self._answers(config)
            with self._lock:
                counted.otherwise = counted.otherwise + 1 if answers is not counted.well else 0
                if counted.otherwise >= int(config["FailureThreshold"]):
                    counted.well, counted.otherwise = answers, 0
            _publish(check_id, self._judged(check_id, config))


def fetched(
    place: tuple[str, int], host: str, path: str, *, secure: bool = False
) -> tuple[int, bytes]:
    """Status and body of a GET; status 0 where nothing answers.

    secure: by TLS, whoever's the certificate is: Route 53 does not look at that either.
    """
    connection = http.client.HTTPConnection(*place, timeout=_SECONDS_TO_ANSWER)
    if secure:
        anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            *place, timeout=_SECONDS_TO_ANSWER, context=anybody
        )
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def _configs() -> dict[str, Mapping[str, Any]]:
    """The configuration of each check that exists, by id."""
    from moto.route53.models import route53_backends

    return {
        check_id: check.health_check_config
        for account in list(route53_backends.values())
        for backend in list(account.values())
        for check_id, check in list(backend.health_checks.items())
    }


def _metric_states(alarm: Mapping[str, str]) -> tuple[str, str]:
    """The state that the data of an alarm's metric ask for now, and when the newest came."""
    from moto.cloudwatch.models import cloudwatch_backends

    unknown = INSUFFICIENT_DATA, INSUFFICIENT_DATA
    region, name = alarm["Region"], alarm["Name"]
    if OUTAGE.holds(region):
        return unknown
    for account in list(cloudwatch_backends.values()):
        backend = account[region]
        document = getattr(backend.alarms.get(name), "document", None)
        if not document or document.get("AlarmRule"):
            continue
        try:
            now = EVALUATOR.judged(backend, document, INSUFFICIENT_DATA)[0]
            newest = EVALUATOR.newest(backend, document)
            if now != INSUFFICIENT_DATA or newest is None:
                return now, now
            return now, EVALUATOR.judged(backend, document, INSUFFICIENT_DATA, newest)[0]
        except NotEvaluated:
            return unknown
    return unknown


def _publish(check_id: str, well: bool) -> None:
    from moto.cloudwatch.models import cloudwatch_backends

    if OUTAGE.holds(METRICS_REGION):
        return
    for account in list(cloudwatch_backends.values()):
        account[METRICS_REGION].put_metric_data(
            "AWS/Route53",
            [
                {
                    "MetricName": "HealthCheckStatus",
                    "Dimensions": [{"Name": "HealthCheckId", "Value": check_id}],
                    "Value": float(well),
                }
            ],
        )


HEALTH = Health()


@control("POST", "clock")
def _run_clock(request: Request, _rest: str) -> Answer:
    HEALTH.run(float(request.get_json()["speed"]))
    return {"speed": HEALTH.speed}


@control("GET", "health")
def _show(_request: Request, _rest: str) -> Answer:
    return HEALTH.all()


@control("POST", "alarms")
def _evaluate(_request: Request, _rest: str) -> Answer:
    EVALUATOR.all()
    return EVALUATOR.rung()


@control("GET", "alarms")
def _rung(_request: Request, _rest: str) -> Answer:
    return EVALUATOR.rung()
