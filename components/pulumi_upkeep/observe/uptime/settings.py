"""The arguments of UptimeChecks, checked: the chapter of the plan, and what surrounds it."""

from collections.abc import Iterator

from pydantic import Field

from ...plan.faults import Fault, nearest
from ...plan.uptime import Uptime
from ...plan.words import Later, Name, TimeZone, Url, Words
from ..handles import Handles


class Serves(Words):
    """What a test speaks for."""

    service: str | None = None
    owner: Name | None = None


class Settings(Uptime):
    """Arguments, each checked by the plan's own rules."""

    runbooks: Url
    handles: Handles
    environment: str | None = None
    dashboard: Later = None
    owners: dict[str, Later] = Field(default_factory=dict)
    timezone: TimeZone | None = None
    serves: dict[str, Serves] = Field(default_factory=dict)
    secret_values: dict[str, Later] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()

    def variables(self) -> dict[str, str]:
        """Variable -> the Pulumi secret that holds it, of every test, sorted."""
        found = {
            variable: secret.secret
            for entries in (self.journeys, self.browsers)
            for entry in entries.values()
            for variable, secret in entry.secrets.items()
        }
        return dict(sorted(found.items()))


def settings_faults(settings: Settings) -> Iterator[Fault]:
    """What only several arguments show."""
    first: dict[str, tuple[str, str]] = {}
    for kind, entries in (("journeys", settings.journeys), ("browsers", settings.browsers)):
        for name, entry in entries.items():
            for variable, secret in entry.secrets.items():
                path = f"{kind}.{name}.secrets.{variable}"
                held, where = first.setdefault(variable, (secret.secret, path))
                if held != secret.secret:
                    yield Fault(
                        path,
                        f"`{where}` holds another secret, and Datadog knows each variable once",
                        secret.secret,
                        "give one of them another name",
                    )
                if secret.secret not in settings.secret_values:
                    yield Fault(
                        path,
                        "no value in `secret_values`",
                        secret.secret,
                        f"add `{secret.secret}` there",
                    )
    known_tests = {*settings.test_names(), *(f"certificate-{host}" for host in settings.hosts())}
    for name in settings.serves:
        if name not in known_tests:
            close = nearest(name, sorted(known_tests))
            known = ", ".join(sorted(known_tests))
            remedy = f"did you mean `{close}`?" if close else f"known: {known}"
            yield Fault(f"serves.{name}", "no such test", None, remedy)
