"""Redirects of the sandbox's load balancers, as an HTTP client follows them."""

import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.web import redirected
from tests.unit.test_sandbox_network import WEST, Client, alias, client

__all__ = ["client"]  # the fixture


@pytest.mark.parametrize(
    ("config", "asked", "leads_to"),
    [
        # Nothing said: the request's own.
        ({}, (80, "/a/b?c=d"), "http://www.example.com/a/b?c=d"),
        ({"Protocol": "HTTPS", "Port": "443"}, (80, "/a?b=c"), "https://www.example.com/a?b=c"),
        # What only the scheme changes stays at the port of the request [Elastic Load Balancing].
        ({"Protocol": "HTTPS"}, (80, "/"), "https://www.example.com:80/"),
        (
            {
                "Protocol": "HTTPS",
                "Host": "app.datadoghq.com",
                "Port": "443",
                "Path": "/dashboard/abc-def-ghi",
                "Query": "#{query}",
            },
            (443, "/production?live=true"),
            "https://app.datadoghq.com/dashboard/abc-def-ghi?live=true",
        ),
        (
            {"Host": "new.#{host}", "Path": "/old/#{path}", "Query": "from=#{port}"},
            (443, "/x"),
            "https://new.www.example.com/old/x?from=443",
        ),
    ],
)
def test_where_a_redirect_leads(
    config: dict[str, Any], asked: tuple[int, str], leads_to: str
) -> None:
    port, path = asked
    assert redirected(config, "www.example.com:8080", port, path) == leads_to


def follow(client: Client, address: str) -> tuple[int, list[str]]:
    """The last status, and every address on the way, as a browser goes it."""
    port = client.control("GET", "web")["ports"]["80"]
    way = [address]
    for _ in range(5):
        parts = urlsplit(way[-1])
        assert parts.hostname is not None
        connection = http.client.HTTPConnection(client.names(parts.hostname)[0], port, timeout=3)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request("GET", target, headers={"Host": parts.hostname})
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (301, 302):
            return answer.status, way
        way.append(answer.headers["Location"])
    raise AssertionError(f"goes on and on: {way}")


@pytest.mark.slow
def test_an_address_of_the_companys_own_leads_on(client: Client) -> None:
    name, _ = client.balancer("web", WEST)
    elb = client.aws("elbv2", WEST)
    (listener,) = [
        each["ListenerArn"]
        for balancer in elb.describe_load_balancers()["LoadBalancers"]
        for each in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    ]
    zone = client.zone("example.com")
    hosts = ("www.example.com", "monitoring.example.com")
    client.records(zone, *(alias(host, name) for host in hosts))
    elb.create_rule(
        ListenerArn=listener,
        Priority=2,
        Conditions=[
            {"Field": "host-header", "HostHeaderConfig": {"Values": ["monitoring.example.com"]}},
            {
                "Field": "path-pattern",
                "PathPatternConfig": {"Values": ["/production", "/production/"]},
            },
        ],
        Actions=[
            {
                "Type": "redirect",
                "RedirectConfig": {
                    "StatusCode": "HTTP_302",
                    "Protocol": "HTTP",
                    "Port": "80",
                    "Host": "www.example.com",
                    "Path": "/api/health",
                    "Query": "#{query}",
                },
            }
        ],
    )
    there = "http://www.example.com/api/health"
    for path in ("/production", "/production/"):
        asked = f"http://monitoring.example.com{path}"
        assert follow(client, asked) == (200, [asked, there])
    asked = "http://monitoring.example.com/production?live=true"
    assert follow(client, asked) == (200, [asked, f"{there}?live=true"])
    # Neither another path of that name nor that path of another name is sent anywhere.
    for elsewhere in (
        "http://monitoring.example.com/staging",
        "http://www.example.com/production",
        "http://monitoring.example.com/production/of/what",
    ):
        assert follow(client, elsewhere)[1] == [elsewhere]
