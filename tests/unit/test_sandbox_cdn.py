"""CloudFront in the sandbox: what a distribution names has to exist, and what is used stays."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cdn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield Cloud(sandbox.addresses.aws_endpoint_url)("cloudfront")


def refusal(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def config(reference: str, control: str = "", **changes: Any) -> dict[str, Any]:
    return {
        "CallerReference": reference,
        "Comment": "",
        "Enabled": True,
        "Origins": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "banner",
                    "DomainName": "banner.s3.us-east-1.amazonaws.com",
                    "OriginAccessControlId": control,
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "banner",
            "ViewerProtocolPolicy": "https-only",
            "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
        **changes,
    }


def control(cdn: Any, name: str) -> str:
    made = cdn.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": name,
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )
    return str(made["OriginAccessControl"]["Id"])


def test_what_is_sent_is_told(cdn: Any) -> None:
    named = control(cdn, "told")
    made = cdn.create_distribution(DistributionConfig=config("told", named))["Distribution"]
    found = cdn.get_distribution(Id=made["Id"])["Distribution"]
    (origin,) = found["DistributionConfig"]["Origins"]["Items"]
    assert origin["OriginAccessControlId"] == named
    assert found["DomainName"].endswith(".cloudfront.net")


def test_what_is_not_there_is_refused(cdn: Any) -> None:
    make = cdn.create_distribution
    assert refusal(make, DistributionConfig=config("1", "E0")) == "InvalidOriginAccessControl"
    behavior = {**config("2")["DefaultCacheBehavior"], "ResponseHeadersPolicyId": "x"}
    assert (
        refusal(make, DistributionConfig=config("2", DefaultCacheBehavior=behavior))
        == "NoSuchResponseHeadersPolicy"
    )


def test_an_alias_needs_a_certificate_of_cloudfronts_region(cdn: Any) -> None:
    aliases = {"Quantity": 1, "Items": ["notices.bynomi.com"]}
    bare = config("3", Aliases=aliases)
    assert refusal(cdn.create_distribution, DistributionConfig=bare) == "InvalidViewerCertificate"
    elsewhere = "arn:aws:acm:us-west-2:123456789012:certificate/1"
    wrong = {**bare, "ViewerCertificate": {"ACMCertificateArn": elsewhere}}
    assert refusal(cdn.create_distribution, DistributionConfig=wrong) == "InvalidViewerCertificate"
    right = {"ACMCertificateArn": elsewhere.replace("west-2", "east-1")}
    cdn.create_distribution(DistributionConfig={**bare, "ViewerCertificate": right})
    again = {**bare, "CallerReference": "4", "ViewerCertificate": right}
    assert refusal(cdn.create_distribution, DistributionConfig=again) == "CNAMEAlreadyExists"


def test_what_is_in_use_stays(cdn: Any) -> None:
    named = control(cdn, "used")
    made = cdn.create_distribution(DistributionConfig=config("used", named))
    id_ = made["Distribution"]["Id"]
    version = cdn.get_origin_access_control(Id=named)["ETag"]
    assert (
        refusal(cdn.delete_origin_access_control, Id=named, IfMatch=version)
        == "OriginAccessControlInUse"
    )
    there = {"Id": id_, "IfMatch": made["ETag"]}
    assert refusal(cdn.delete_distribution, **there) == "DistributionNotDisabled"
    off = config("used", named, Enabled=False)
    assert (
        refusal(cdn.update_distribution, Id=id_, DistributionConfig=off, IfMatch="E0")
        == "PreconditionFailed"
    )
    changed = cdn.update_distribution(DistributionConfig=off, **there)
    cdn.delete_distribution(Id=id_, IfMatch=changed["ETag"])
    cdn.delete_origin_access_control(Id=named, IfMatch=version)
    assert refusal(cdn.get_distribution, Id=id_) == "NoSuchDistribution"
