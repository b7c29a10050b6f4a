"""Maintenance is announced and taken back: by the deployed function, through the CDN, by mail."""

import json
import shutil
import socket
import ssl
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox import dns
from sandbox.server import Addresses
from tests.engine.conftest import MakeProject, MakePulumi, client
from tests.unit.plans import ROOT

CHROMIUM = shutil.which("chromium")
SITE = "https://www.bynomi.com"
PROGRAM = """
    import pulumi
    from pulumi_upkeep import AlertRoutes, Notices, aws

    east = aws.Provider("east", aws.ProviderArgs(region="us-east-1"))
    opts = pulumi.ResourceOptions(provider=east)
    routes = AlertRoutes(
        "alerts",
        {
            "account": "123456789012",
            "severities": {
                each: {"email": [f"{each}@bynomi.com"]} for each in ("p0", "p1", "p2", "p3")
            },
        },
        opts,
    )
    notices = Notices(
        "notices",
        {
            "company": "Bynomi",
            "timezone": "America/New_York",
            "windows": {
                "monthly": {
                    "on": "first Sunday",
                    "opens": "01:00",
                    "closes": "05:00",
                    "notice": {"ahead": "72 hours", "by": ["banner", "email"]},
                },
            },
            "sites": ["https://www.bynomi.com"],
            "email": ["customers@lists.bynomi.com"],
            "key": routes.key_arn,
            "topics": routes.alert_topics(),
            "runbooks": "https://runbooks.example.com",
            "protect": False,
        },
        opts,
    )
    pulumi.export("banner", notices.banner_url)
    pulumi.export("bucket", notices.bucket_name)
    pulumi.export("function", notices.function_name)
    pulumi.export("topic", notices.topic_arn)
"""


class Reader:
    """A browser somewhere: it knows a name, asks the DNS, and trusts the sandbox's authority."""

    def __init__(self, addresses: Addresses, url: str) -> None:
        self.host, _, path = url.removeprefix("https://").partition("/")
        self.path = f"/{path}"
        port = int(addresses.dns.rpartition(":")[2])
        web: dict[str, Any] = requests.get(
            f"{addresses.aws_endpoint_url}/_upkeep/web", timeout=10
        ).json()
        self.address = dns.ask(port, self.host)
        self.ports = web["ports"]
        self.trusted = ssl.create_default_context(cafile=web["authority"])

    def get(self, origin: str = SITE, tls: bool = True) -> tuple[int, dict[str, str], bytes]:
        assert self.address is not None
        port = self.ports["443" if tls else "80"]
        with socket.create_connection((self.address, port), timeout=10) as plain:
            sock = self.trusted.wrap_socket(plain, server_hostname=self.host) if tls else plain
            sock.sendall(
                f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\nOrigin: {origin}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            answer = b"".join(iter(lambda: sock.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode().splitlines()
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        return int(first.split()[1]), headers, body

    def notices(self) -> list[dict[str, Any]]:
        status, _, body = self.get()
        assert status == 200
        found: list[dict[str, Any]] = json.loads(body)["notices"]
        return found


def shown_by_the_page(reader: Reader, site: str, moment: datetime) -> list[str]:
    """What the example's page says on a site, in a browser that asks the CDN itself."""
    playwright = pytest.importorskip("playwright.sync_api")
    cdn = f"https://{reader.host}"
    place = f"{reader.address}:{reader.ports['443']}"
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                f"--host-resolver-rules=MAP {reader.host}:443 {place}",
                # The sandbox stands on this machine, which a page of a public site may not ask.
                "--disable-features=LocalNetworkAccessChecks",
            ],
        )
        page = browser.new_context(ignore_https_errors=True, timezone_id="UTC").new_page()
        page.clock.set_fixed_time(moment)

        def answer(route: Any) -> None:
            name = route.request.url.removeprefix(f"{site}/") or "index.html"
            text = (ROOT / "examples" / "banner" / name).read_text(encoding="utf-8")
            kinds = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
            route.fulfill(
                body=text.replace("https://notices.bynomi.com", cdn),
                content_type=kinds[name.rpartition(".")[2]],
            )

        page.route(f"{site}/**", answer)
        page.goto(f"{site}/", wait_until="networkidle")
        said = [str(each) for each in page.locator("[role=status] p").all_inner_texts()]
        browser.close()
    return said


def test_a_window_is_announced_called_off_and_withdrawn(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    stack = pulumi(project(PROGRAM), own_sandbox)
    stack.run("stack", "init", "prod")
    stack.run("up", "--yes", "--skip-preview", "--stack", "prod")
    out = json.loads(stack.run("stack", "output", "--json", "--stack", "prod").stdout)
    functions = client(own_sandbox, "lambda")
    schedules = client(own_sandbox, "scheduler")
    (name,) = (each["Name"] for each in schedules.list_schedules()["Schedules"])
    handed = json.loads(schedules.get_schedule(Name=name)["Target"]["Input"])
    queues = client(own_sandbox, "sqs")
    queue = queues.create_queue(QueueName="mails")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    client(own_sandbox, "sns").subscribe(
        TopicArn=out["topic"], Protocol="sqs", Endpoint=arn["QueueArn"]
    )

    def run(moment: str, **changes: Any) -> Any:
        event = {**handed, "now": moment}
        event["windows"] = {"monthly": {**handed["windows"]["monthly"], **changes}}
        answer = functions.invoke(FunctionName=out["function"], Payload=json.dumps(event))
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return said

    def mails() -> list[str]:
        got = queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for each in got:
            queues.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        return [json.loads(each["Body"])["Subject"] for each in got]

    # Nothing is due: the banner is there, and empty.
    assert run("2026-12-02T12:00:00+00:00") == {"notices": [], "told": []}
    reader = Reader(own_sandbox, out["banner"])
    assert reader.notices() == []

    # 72 hours ahead it is shown and mailed, once.
    for minute in ("05:55", "06:00"):
        assert run(f"2026-12-03T{minute}:00+00:00")["notices"] == ["monthly-2026-12-06"]
    (shown,) = reader.notices()
    assert (shown["shown_from"], shown["from"], shown["to"]) == (
        "2026-12-03T06:00:00Z",
        "2026-12-06T06:00:00Z",
        "2026-12-06T10:00:00Z",
    )
    assert mails() == ["Scheduled maintenance on Sunday 6 December 2026"]

    # Who may read: a page of the company's, over TLS; nobody else's, and nobody past the CDN.
    status, headers, _ = reader.get()
    assert (status, headers["access-control-allow-origin"]) == (200, SITE)
    assert headers["cache-control"] == "public, max-age=60"
    assert headers["x-content-type-options"] == "nosniff"
    _, headers, _ = reader.get(origin="https://elsewhere.example")
    assert "access-control-allow-origin" not in headers
    assert reader.get(tls=False)[0] == 403
    s3 = client(own_sandbox, "s3")
    assert s3.get_public_access_block(Bucket=out["bucket"])["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    reader.path = "/announced/monthly-2026-12-06.json"
    assert reader.get()[0] == 403
    reader.path = "/banner.json"

    # So does a browser.
    if CHROMIUM is not None:
        moment = datetime(2026, 12, 3, 6, 1, tzinfo=UTC)
        title, text, _ = shown_by_the_page(reader, SITE, moment)
        assert (title, text) == (shown["title"], shown["text"])
        assert shown_by_the_page(reader, "https://elsewhere.example", moment) == []

    # Called off: said the same ways, once, until the time that was announced is over.
    for minute in ("00", "05"):
        run(f"2026-12-04T12:{minute}:00+00:00", cancelled=["2026-12-06"])
    assert mails() == ["Cancelled: Scheduled maintenance on Sunday 6 December 2026"]
    (shown,) = reader.notices()
    assert shown["title"].startswith("Cancelled: ")
    run("2026-12-06T10:00:00+00:00", cancelled=["2026-12-06"])
    assert reader.notices() == []
    assert mails() == []

    # Nothing of this is a change of the deployment; and it can be taken down.
    stack.run("preview", "--expect-no-changes", "--stack", "prod")
    (metric,) = client(own_sandbox, "cloudwatch").list_metrics(Namespace="Upkeep/Operate")[
        "Metrics"
    ]
    assert metric["MetricName"] == "BannerAge"
    for each in s3.list_object_versions(Bucket=out["bucket"])["Versions"]:
        s3.delete_object(Bucket=out["bucket"], Key=each["Key"], VersionId=each["VersionId"])
    stack.run("destroy", "--yes", "--skip-preview", "--stack", "prod")
    assert (
        client(own_sandbox, "cloudfront").list_distributions()["DistributionList"]["Quantity"] == 0
    )
