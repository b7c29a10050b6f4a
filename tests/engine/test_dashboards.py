"""The dashboards as deployed: Datadog's own client reads them, and the company's addresses lead
there, by its name servers, over TLS, on either environment's path."""

import json
import re
import socket
import ssl
import urllib.request
from typing import Any

import dns.resolver
import pytest
from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.model.dashboard import Dashboard

from sandbox.datadog.models import faults
from tests.engine.deployed import STACKS, Deployed

_LOCATION = re.compile(r"^https://app\.datadoghq\.com/dashboard/([^?]+)(\?.*)?$")


def dashboards(deployed: Deployed) -> dict[str, Any]:
    """Every dashboard by its title, as Datadog's own client deserialises it."""
    api: Any = DashboardsApi
    client = api(deployed.datadog)
    whole = [client.get_dashboard(each.id) for each in client.list_dashboards().dashboards]
    return {each.title: each for each in whole}


def asked(deployed: Deployed, address: str) -> tuple[int, str]:
    """The status of an address and where it leads, asked as a browser asks it."""
    host, _, path = address.removeprefix("https://").partition("/")
    resolver = dns.resolver.Resolver(configure=False)
    name_server, port = deployed.addresses.dns.split(":")
    resolver.nameservers, resolver.port = [name_server], int(port)
    found = str(next(iter(resolver.resolve(host, "A"))))
    with urllib.request.urlopen(f"{deployed.addresses.aws_endpoint_url}/_upkeep/web") as answer:
        web = json.load(answer)
    trust = ssl.create_default_context(cafile=web["authority"])
    with (
        socket.create_connection((found, web["ports"]["443"]), 5) as plain,
        trust.wrap_socket(plain, server_hostname=host) as secure,
    ):
        secure.sendall(f"GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        head = secure.recv(4096).decode()
    location = re.search(r"^Location: (\S+)", head, re.M)
    return int(head.split()[1]), location[1] if location else ""


def test_datadogs_own_client_reads_them(deployed: Deployed) -> None:
    found = dashboards(deployed)
    assert sorted(found) == ["Bynomi prod", "Bynomi staging"]
    for stack in STACKS:
        one = found[f"Bynomi {stack}"]
        asks = [group.definition.title for group in one.widgets]
        assert asks[0] == "1  Is it us? What is broken now"
        plan = deployed.plan(stack)
        assert plan.dashboards is not None
        assert str(plan.dashboards.address) in one.description
        names = [each.to_dict()["title"] for each in _inner(one) if "title" in each.to_dict()]
        assert {f"Database {name}: memory" for name in plan.estate.databases} <= {*names}


def _inner(dashboard: Any) -> list[Any]:
    return [widget.definition for group in dashboard.widgets for widget in group.definition.widgets]


def test_what_is_stored_is_valid(deployed: Deployed) -> None:
    for stack in STACKS:
        (stored,) = [
            json.loads(each["outputs"]["dashboard"])
            for each in deployed.state(stack)["resources"]
            if each["type"] == "datadog:index/dashboardJson:DashboardJson"
        ]
        assert faults(Dashboard, stored) == []


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("behind", ["", "/", "?live=true"])
def test_the_companys_own_address_leads_there(deployed: Deployed, stack: str, behind: str) -> None:
    chapter = deployed.plan(stack).dashboards
    assert chapter is not None
    status, location = asked(deployed, f"{chapter.address}{behind}")
    assert status == 302
    leads = _LOCATION.match(location)
    assert leads, location
    assert leads[1] == dashboards(deployed)[f"Bynomi {stack}"].id
    assert (leads[2] or "") == (behind if behind.startswith("?") else "")


def test_the_shop_is_not_sent_anywhere(deployed: Deployed) -> None:
    assert asked(deployed, "https://www.bynomi.com/production")[0] == 200
