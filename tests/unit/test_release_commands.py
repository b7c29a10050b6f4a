"""The verification after a deployment, and the marker that begins the closer watch."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from datadog_api_client.configuration import Configuration
from datadog_api_client.model_utils import validate_and_convert_types
from datadog_api_client.v2.model.metric_payload import MetricPayload
from pulumi_upkeep.operate import mark_deployment, verify
from pulumi_upkeep.operate.verify import Answer
from pulumi_upkeep.plan.releases import MARKER
from pulumi_upkeep.plan.uptime import Uptime

from tests.unit.plans import PROD, prod
from tests.unit.test_releases import stack_file

SECOND = timedelta(seconds=1)


def called(main: Callable[..., int], *arguments: Any, **more: Any) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(each) for each in arguments], **more)
    return code, out.getvalue(), err.getvalue()


# ---- verify ------------------------------------------------------------------------------------


class Site(BaseHTTPRequestHandler):
    """A site, and what it was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/")
            self.end_headers()
            return
        self.send_response(503 if self.path == "/broken" else 200)
        self.end_headers()
        self.wfile.write(b"Bynomi" if self.path == "/" else b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = []
    server = HTTPServer(("127.0.0.1", 0), Site)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def uptime(**checks: dict[str, Any]) -> Uptime:
    return Uptime.model_validate(
        {
            "locations": ["aws:us-east-1", "aws:us-west-2", "aws:eu-central-1"],
            "severity": "p0",
            "within": "1000 ms",
            "checks": checks,
        }
    )


@pytest.mark.slow
def test_real_answers_are_judged_by_the_plans_own_checks(site: str) -> None:
    verdicts = verify.verify(
        uptime(
            home={"url": f"{site}/", "body_contains": "Bynomi"},
            moved={"url": f"{site}/moved", "body_contains": "Bynomi"},
            broken={"url": f"{site}/broken"},
            expected={"url": f"{site}/broken", "status": 503},
            empty={"url": f"{site}/empty", "body_contains": "ok"},
            silent={"url": "http://127.0.0.1:1/"},
        ),
        timedelta(0),
    )
    assert verdicts["silent"].startswith("does not answer: ")
    assert {name: each for name, each in verdicts.items() if name != "silent"} == {
        "home": "",
        "moved": "",
        "broken": "answers 503, not 200",
        "expected": "",
        "empty": "does not contain `ok`",
    }


class Time:
    """A clock that sleeps without time."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def asked(answers: list[Answer], patience: timedelta) -> tuple[str, int, float]:
    """The verdict, how often it was asked, and after how long."""
    clock, left = Time(), list(answers)
    verdicts = verify.verify(
        uptime(home={"url": "https://x.example/"}),
        patience,
        lambda url, within: left.pop(0),
        clock.sleep,
        lambda: clock.now,
    )
    return verdicts["home"], len(answers) - len(left), clock.now


def test_it_asks_again_until_servers_have_started_and_not_longer() -> None:
    good, bad = Answer(200, "", SECOND), Answer(502, "", SECOND)
    assert asked([good], timedelta(minutes=5)) == ("", 1, 0)
    assert asked([bad, bad, good], timedelta(minutes=5)) == ("", 3, 20)
    assert asked([bad] * 4, timedelta(seconds=30)) == ("answers 502, not 200", 4, 30)


def test_a_slow_answer_is_a_bad_one() -> None:
    late = Answer(200, "", timedelta(milliseconds=1001))
    verdict, *_ = asked([late], timedelta(0))
    assert verdict == "takes 2 seconds, more than 1 second"


def test_each_check_of_the_plan_is_asked_and_the_rest_is_named() -> None:
    seen: list[str] = []

    def asking(url: str, within: timedelta) -> Answer:
        seen.append(url)
        return Answer(200, 'Bynomi {"status":"ok"}', SECOND)

    code, out, _ = called(verify.main, PROD, asking=asking)
    wanted = prod().uptime
    assert wanted is not None
    assert code == 0
    assert sorted(seen) == sorted(check.url for check in wanted.checks.values())
    assert out == (
        "api-health: ok\ncart: ok\ncheckout: ok\nhomepage: ok\nproduct-pages: ok\n"
        "by Datadog's tests alone: browser-payment, dns-www, journey-buy\n"
    )


def test_what_fails_is_named_and_fails_the_run() -> None:
    def asking(url: str, within: timedelta) -> Answer:
        return Answer(500 if "cart" in url else 200, 'Bynomi {"status":"ok"}', SECOND)

    code, out, _ = called(verify.main, PROD, "--for", "1 ms", asking=asking)
    assert code == 1
    assert "cart: answers 500, not 200\n" in out


def test_a_plan_that_cannot_be_read_verifies_nothing(tmp_path: Path) -> None:
    code, out, err = called(verify.main, tmp_path / "Pulumi.x.yaml")
    assert (code, out) == (2, "")
    assert "no such file" in err
    assert called(verify.main, PROD, "--for", "long")[0] == 2


# ---- the marker --------------------------------------------------------------------------------


Marked = Callable[..., tuple[int, list[tuple[str, Any]], str]]


@pytest.fixture
def marked(tmp_path: Path) -> Marked:
    """Runs the command: its exit code, what it sent, and what it said."""
    file = stack_file(tmp_path)

    def run(*arguments: Any, **more: Any) -> tuple[int, list[tuple[str, Any]], str]:
        sent: list[tuple[str, Any]] = []
        given = {"send": lambda path, body: sent.append((path, body)), "now": lambda: 1.9e9}
        code, out, err = called(mark_deployment.main, file, *arguments, **(given | more))
        return code, sent, out + err

    return run


def test_it_is_one_point_of_the_count_that_the_watch_looks_for(marked: Marked) -> None:
    code, sent, said = marked("--version", "V1.4.0")
    assert code == 0
    assert said == "prod: a deployment is marked\n"
    assert sent == [
        (
            "/api/v2/series",
            {
                "series": [
                    {
                        "metric": MARKER,
                        "type": 1,
                        "interval": 1,
                        "points": [{"timestamp": 1900000000, "value": 1}],
                        "tags": ["env:prod", "kind:release", "version:v1.4.0"],
                    }
                ]
            },
        )
    ]
    assert "kind:hotfix" in marked("--hotfix")[1][0][1]["series"][0]["tags"]


def test_datadogs_own_client_takes_it_for_a_payload_of_metrics(marked: Marked) -> None:
    (_, body), *_ = marked()[1]
    # Datadog's client has no types.
    convert: Any = validate_and_convert_types
    configuration: Any = Configuration
    payload = convert(
        json.loads(json.dumps(body)), (MetricPayload,), ["body"], True, True, configuration()
    )
    assert payload.series[0].metric == MARKER
    assert payload.series[0].type.value == 1


class Intake(BaseHTTPRequestHandler):
    """Datadog: answers as it is told, and keeps what it hears."""

    answers: list[int]
    heard: list[tuple[str, str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append((self.path, self.headers["DD-API-KEY"], body))
        self.send_response(self.answers.pop(0))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def datadog(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    Intake.heard = []
    server = HTTPServer(("127.0.0.1", 0), Intake)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answers", "code", "calls"),
    [
        ([202], 0, 1),
        # Datadog is busy for a moment.
        ([503, 202], 0, 2),
        ([503, 503, 503], 1, 3),
        # The key is none: the same the next time.
        ([403], 1, 1),
    ],
)
def test_it_is_sent_until_it_is_taken(
    datadog: str, marked: Marked, answers: list[int], code: int, calls: int
) -> None:
    Intake.answers = list(answers)
    environment = {"DD_API_KEY": "a-key-that-no-log-shows", "DD_URL": datadog}
    ended, _, said = marked(send=None, environment=environment)
    assert ended == code
    assert [(path, key) for path, key, _ in Intake.heard] == [
        ("/api/v2/series", "a-key-that-no-log-shows")
    ] * calls
    assert "a-key" not in said
    assert ("nothing is watched more closely" in said) is bool(code)


def test_without_a_key_nothing_is_sent(marked: Marked) -> None:
    code, sent, said = marked(send=None, environment={})
    assert (code, sent) == (2, [])
    assert said == "DD_API_KEY: not set, so that Datadog takes nothing\n"
