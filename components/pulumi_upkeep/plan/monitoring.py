"""Monitoring: what is watched on servers, databases and services, and from when it alerts.

Source: Bynomi's plan, "Alert Thresholds"; clause BY-2.3.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from .faults import NotInWords
from .limits import ALARM_WINDOW, PERCENTILE
from .words import Duration, Percentage, Severity, Words, say_duration

# An alert waits this long by default: one odd minute is not a fault.
SUSTAINED = timedelta(minutes=5)


def in_whole_minutes(length: timedelta) -> timedelta:
    """The length itself; a fault where it is no whole number of minutes."""
    minute = timedelta(minutes=1)
    if rest := length % minute:
        raise NotInWords(
            "metrics are looked at by the minute",
            f"nearest: `{say_duration(length - rest + minute)}`",
        )
    return length


Sustained = Annotated[Duration, AfterValidator(in_whole_minutes), ALARM_WINDOW.validator]


class Threshold(Words):
    """A share above which somebody is alerted.

    above      per cent of what there is (of a processor, of memory, of the connections the
               instance can hold, of the storage)
    severity   who hears of it
    lasting    how long it must last; whole minutes, default 5 minutes
    """

    above: Percentage
    severity: Severity
    lasting: Sustained = SUSTAINED


class ResponseTimeThreshold(Words):
    """A response time above which somebody is alerted.

    above        of the load balancer's targets
    percentile   of the requests, 1 to 99.99; default 95 (an average hides the slow ones)
    lasting      how long it must last; whole minutes, default 5 minutes
    """

    above: Duration
    severity: Severity
    percentile: Annotated[float, PERCENTILE.validator] = 95
    lasting: Sustained = SUSTAINED


class ErrorRateThreshold(Words):
    """A share of failed requests above which somebody is alerted.

    above         per cent of the requests answered with a 5xx
    of_at_least   requests in the period below which the share says nothing; default 100
    lasting       how long it must last; whole minutes, default 5 minutes
    """

    above: Percentage
    severity: Severity
    of_at_least: Annotated[int, Field(ge=1)] = 100
    lasting: Sustained = SUSTAINED


class AlertWhen(Words):
    """The thresholds; one that is left out is not watched.

    response_time, error_rate   of each service, unless it states its own; at the load balancers of
                                servers that no service runs on
    cpu, memory, storage        of servers and databases
    database_connections        of the connections the database, or its proxy, can hold
    """

    response_time: ResponseTimeThreshold | None = None
    error_rate: ErrorRateThreshold | None = None
    cpu: Threshold | None = None
    memory: Threshold | None = None
    database_connections: Threshold | None = None
    storage: Threshold | None = None


class Monitoring(Words):
    """What is watched in the cloud.

    alert_when   the thresholds
    """

    alert_when: AlertWhen
