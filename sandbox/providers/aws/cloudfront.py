"""CloudFront: distributions, origin access controls and policies of response headers."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, from_api, plain, to_api
from sandbox.providers.aws.tagging import Tagging, as_list, from_list
from sandbox.providers.cloud import Properties

# The zone that all of CloudFront's names are in [Route 53, AliasTarget].
ZONE = "Z2FDTNDATAQYW2"


def _wrapped(values: Any) -> Document:
    """CloudFront's lists say how long they are."""
    return {"Quantity": len(values), "Items": list(values)}


def _unwrapped(document: Document) -> list[Any]:
    return list(document.get("Items") or ())


def _list(name: str, api: str = "") -> Prop:
    return Prop(name, api, to=_wrapped, back=_unwrapped, unordered=True)


# ---- origin access controls --------------------------------------------------------------------

_CONTROL: Shape = (
    *plain("name", "originAccessControlOriginType", "signingBehavior", "signingProtocol"),
    Prop("description", default="Managed by Pulumi", default_sent=True),
)


def _create_control(api: Api, request: Document, inputs: Properties) -> str:
    answer = api("cloudfront").create_origin_access_control(OriginAccessControlConfig=request)
    return str(answer["OriginAccessControl"]["Id"])


def _describe_control(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("cloudfront").get_origin_access_control, Id=id_)
    if answer is None:
        return None
    return {**answer["OriginAccessControl"]["OriginAccessControlConfig"], "Etag": answer["ETag"]}


def _update_control(api: Api, id_: str, request: Document, change: Change) -> None:
    api("cloudfront").update_origin_access_control(
        Id=id_, OriginAccessControlConfig=request, IfMatch=_version(api, "control", id_)
    )


def _identify_control(api: Api, inputs: Properties) -> str | None:
    answer = api("cloudfront").list_origin_access_controls()["OriginAccessControlList"]
    same = (each["Id"] for each in answer.get("Items", ()) if each["Name"] == inputs["name"])
    return next(same, None)


# ---- policies of response headers --------------------------------------------------------------

_ITEMS: Shape = (Prop("items", to=list, back=list, unordered=True),)


def _named(name: str) -> Prop:
    """``{"items": [...]}`` in the SDK, and the same with its length in the API."""
    return Prop(
        name,
        shape=_ITEMS,
        to=lambda value: _wrapped(value.get("items") or ()),
        back=lambda document: {"items": _unwrapped(document)} if document.get("Items") else None,
    )


_HEADERS: Shape = (
    *plain("name", "comment"),
    Prop(
        "corsConfig",
        shape=(
            *plain("accessControlAllowCredentials", "accessControlMaxAgeSec", "originOverride"),
            _named("accessControlAllowHeaders"),
            _named("accessControlAllowMethods"),
            _named("accessControlAllowOrigins"),
            _named("accessControlExposeHeaders"),
        ),
    ),
    Prop(
        "securityHeadersConfig",
        shape=(
            Prop("contentTypeOptions", shape=plain("override")),
            Prop(
                "strictTransportSecurity",
                shape=(
                    *plain("override", "accessControlMaxAgeSec"),
                    Prop("includeSubdomains", default=False),
                    Prop("preload", default=False),
                ),
            ),
        ),
    ),
)


def _create_headers(api: Api, request: Document, inputs: Properties) -> str:
    answer = api("cloudfront").create_response_headers_policy(ResponseHeadersPolicyConfig=request)
    return str(answer["ResponseHeadersPolicy"]["Id"])


def _describe_headers(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("cloudfront").get_response_headers_policy, Id=id_)
    if answer is None:
        return None
    config = answer["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    return {**config, "Etag": answer["ETag"]}


def _update_headers(api: Api, id_: str, request: Document, change: Change) -> None:
    api("cloudfront").update_response_headers_policy(
        Id=id_, ResponseHeadersPolicyConfig=request, IfMatch=_version(api, "headers", id_)
    )


def _identify_headers(api: Api, inputs: Properties) -> str | None:
    answer = api("cloudfront").list_response_headers_policies(Type="custom")
    for each in answer["ResponseHeadersPolicyList"].get("Items", ()):
        policy = each["ResponseHeadersPolicy"]
        if policy["ResponseHeadersPolicyConfig"]["Name"] == inputs["name"]:
            return str(policy["Id"])
    return None


# ---- distributions -----------------------------------------------------------------------------

_ORIGIN: Shape = plain("domainName", "originAccessControlId", originId="Id")
_BEHAVIOR: Shape = (
    *plain("targetOriginId", "viewerProtocolPolicy", "cachePolicyId", "responseHeadersPolicyId"),
    Prop("compress", default=False, default_sent=True),
    Prop("allowedMethods", unordered=True),
    Prop("cachedMethods", unordered=True, sent=False),
)
_CERTIFICATE: Shape = (
    *plain(acmCertificateArn="ACMCertificateArn", sslSupportMethod="SSLSupportMethod"),
    Prop("cloudfrontDefaultCertificate", "CloudFrontDefaultCertificate", default=False),
    # With CloudFront's own certificate there is no choice.
    Prop("minimumProtocolVersion", default="TLSv1"),
)
_GEO: Shape = (Prop("restrictionType"), _list("locations"))


def _origins(values: Any) -> Document:
    """One of S3 without an identity of the old kind says so [CloudFront, S3OriginConfig]."""
    bare = {"S3OriginConfig": {"OriginAccessIdentity": ""}}
    return _wrapped([{**to_api(_ORIGIN, each), **bare} for each in values])


def _behavior(value: Any) -> Document:
    request = to_api(_BEHAVIOR, value)
    cached = _wrapped(value["cachedMethods"])
    methods = _wrapped(request.pop("AllowedMethods"))
    return {**request, "AllowedMethods": {**methods, "CachedMethods": cached}}


def _behavior_back(document: Document) -> Properties:
    methods = document["AllowedMethods"]
    flat = {
        **document,
        "AllowedMethods": _unwrapped(methods),
        "CachedMethods": _unwrapped(methods["CachedMethods"]),
    }
    return from_api(_BEHAVIOR, flat)


def _restrictions(value: Any) -> Document:
    geo = value["geoRestriction"]
    return {
        "GeoRestriction": {
            "RestrictionType": geo["restrictionType"],
            **_wrapped(geo.get("locations") or ()),
        }
    }


def _restrictions_back(document: Document) -> Properties:
    geo = document["GeoRestriction"]
    values: Properties = {"restrictionType": geo["RestrictionType"]}
    if geo.get("Items"):
        values["locations"] = geo["Items"]
    return {"geoRestriction": values}


_DISTRIBUTION: Shape = (
    Prop("enabled"),
    Prop("comment", default="", default_sent=True),
    _list("aliases"),
    Prop("httpVersion", default="http2", default_sent=True),
    Prop("isIpv6Enabled", "IsIPV6Enabled", default=False),
    Prop("priceClass", default="PriceClass_All", default_sent=True),
    Prop(
        "origins",
        shape=_ORIGIN,
        many=True,
        unordered=True,
        to=_origins,
        back=lambda document: [from_api(_ORIGIN, each) for each in _unwrapped(document)],
    ),
    Prop("defaultCacheBehavior", shape=_BEHAVIOR, to=_behavior, back=_behavior_back),
    Prop(
        "restrictions",
        shape=(Prop("geoRestriction", shape=_GEO),),
        to=_restrictions,
        back=_restrictions_back,
    ),
    Prop("viewerCertificate", shape=_CERTIFICATE),
)


def _create_distribution(api: Api, request: Document, inputs: Properties) -> str:
    tags = request.pop("Tags", {"Items": []})
    config = {"CallerReference": f"pulumi-{secrets.token_hex(8)}", **request}
    answer = api("cloudfront").create_distribution_with_tags(
        DistributionConfigWithTags={"DistributionConfig": config, "Tags": tags}
    )
    return str(answer["Distribution"]["Id"])


def _describe_distribution(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("cloudfront").get_distribution, Id=id_)
    if answer is None:
        return None
    there = answer["Distribution"]
    return {
        **there["DistributionConfig"],
        "Arn": there["ARN"],
        "DomainName": there["DomainName"],
        "Etag": answer["ETag"],
        "HostedZoneId": ZONE,
        "Status": there["Status"],
    }


def _update_distribution(api: Api, id_: str, request: Document, change: Change) -> None:
    known = api("cloudfront").get_distribution_config(Id=id_)
    config = {"CallerReference": known["DistributionConfig"]["CallerReference"], **request}
    api("cloudfront").update_distribution(Id=id_, DistributionConfig=config, IfMatch=known["ETag"])


def _delete_distribution(api: Api, id_: str, known: Properties) -> None:
    """One that is enabled cannot be deleted: the provider disables it first."""
    there = api("cloudfront").get_distribution_config(Id=id_)
    version = there["ETag"]
    if there["DistributionConfig"]["Enabled"]:
        config = {**there["DistributionConfig"], "Enabled": False}
        answer = api("cloudfront").update_distribution(
            Id=id_, DistributionConfig=config, IfMatch=version
        )
        version = answer["ETag"]
    api("cloudfront").delete_distribution(Id=id_, IfMatch=version)


def _identify_distribution(api: Api, inputs: Properties) -> str | None:
    """One has no name: the one that reads from the same place and says the same."""
    wanted = {each["domainName"] for each in inputs["origins"]}
    for page in api("cloudfront").get_paginator("list_distributions").paginate():
        for each in page["DistributionList"].get("Items", ()):
            reads = {origin["DomainName"] for origin in each["Origins"]["Items"]}
            if reads == wanted and each["Comment"] == (inputs.get("comment") or ""):
                return str(each["Id"])
    return None


def _version(api: Api, kind: str, id_: str) -> str:
    """What a change has to name, so that it is no change of something else."""
    client = api("cloudfront")
    read = {
        "control": client.get_origin_access_control,
        "headers": client.get_response_headers_policy,
    }[kind]
    return str(read(Id=id_)["ETag"])


_TAGGING = Tagging(
    lambda tags: {"Tags": {"Items": as_list(tags)}},
    lambda api, id_, known: from_list(
        api("cloudfront").list_tags_for_resource(Resource=known["arn"])["Tags"]["Items"]
    ),
    lambda api, id_, known, tags: api("cloudfront").tag_resource(
        Resource=known["arn"], Tags={"Items": as_list(tags)}
    ),
    lambda api, id_, known, names: api("cloudfront").untag_resource(
        Resource=known["arn"], TagKeys={"Items": names}
    ),
)

CLOUDFRONT = (
    Resource(
        token=token("cloudfront", "OriginAccessControl"),
        service="cloudfront",
        shape=_CONTROL,
        name=Name(longest=64),
        create=_create_control,
        describe=_describe_control,
        update=_update_control,
        delete=lambda api, id_, known: api("cloudfront").delete_origin_access_control(
            Id=id_, IfMatch=_version(api, "control", id_)
        ),
        identify=_identify_control,
        outputs={"etag": "Etag"},
        unknown_after={"etag": frozenset({"*"})},
        # CloudFormation has none such; the provider makes another one (origin_access_control.go).
        forces_replacement=frozenset(),
        regional=False,
    ),
    Resource(
        token=token("cloudfront", "ResponseHeadersPolicy"),
        service="cloudfront",
        shape=_HEADERS,
        name=Name(longest=128),
        create=_create_headers,
        describe=_describe_headers,
        update=_update_headers,
        delete=lambda api, id_, known: api("cloudfront").delete_response_headers_policy(
            Id=id_, IfMatch=_version(api, "headers", id_)
        ),
        identify=_identify_headers,
        outputs={"etag": "Etag"},
        unknown_after={"etag": frozenset({"*"})},
        regional=False,
    ),
    Resource(
        token=token("cloudfront", "Distribution"),
        service="cloudfront",
        shape=_DISTRIBUTION,
        tagging=_TAGGING,
        create=_create_distribution,
        describe=_describe_distribution,
        update=_update_distribution,
        delete=_delete_distribution,
        identify=_identify_distribution,
        outputs={
            "arn": "Arn",
            "domainName": "DomainName",
            "etag": "Etag",
            "hostedZoneId": "HostedZoneId",
            "status": "Status",
        },
        unknown_after={"etag": frozenset({"*"}), "status": frozenset({"*"})},
        regional=False,
    ),
)
