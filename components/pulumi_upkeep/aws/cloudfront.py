"""CloudFront: distributions, how they read private buckets, and the headers they add."""

from collections.abc import Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class OriginAccessControlArgs:
    """How a distribution signs what it asks an origin for."""

    origin_access_control_origin_type: pulumi.Input[str]
    """``s3``."""
    signing_behavior: pulumi.Input[str]
    """``always``, ``never`` or ``no-override``."""
    signing_protocol: pulumi.Input[str]
    """``sigv4``, the only one [CloudFront]."""
    description: pulumi.Input[str | None] = None
    name: pulumi.Input[str | None] = None


class OriginAccessControl(
    Resource[OriginAccessControlArgs],
    token="aws:cloudfront/originAccessControl:OriginAccessControl",
):
    """An origin access control."""


@arguments
class ResponseHeadersPolicyCorsConfigAccessControlAllowHeadersArgs:
    """Headers that a page may send."""

    items: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


@arguments
class ResponseHeadersPolicyCorsConfigAccessControlAllowMethodsArgs:
    """Methods that a page may use."""

    items: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


@arguments
class ResponseHeadersPolicyCorsConfigAccessControlAllowOriginsArgs:
    """Origins of the pages that may read."""

    items: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


@arguments
class ResponseHeadersPolicyCorsConfigArgs:
    """Whose pages may read what is served."""

    access_control_allow_credentials: pulumi.Input[bool]
    access_control_allow_headers: pulumi.Input[
        ResponseHeadersPolicyCorsConfigAccessControlAllowHeadersArgs
    ]
    access_control_allow_methods: pulumi.Input[
        ResponseHeadersPolicyCorsConfigAccessControlAllowMethodsArgs
    ]
    access_control_allow_origins: pulumi.Input[
        ResponseHeadersPolicyCorsConfigAccessControlAllowOriginsArgs
    ]
    origin_override: pulumi.Input[bool]
    """Whether this counts where the origin says something else."""
    access_control_max_age_sec: pulumi.Input[int | None] = None


@arguments
class ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs:
    """``X-Content-Type-Options: nosniff``."""

    override: pulumi.Input[bool]


@arguments
class ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs:
    """For how long a browser asks this host by TLS only."""

    access_control_max_age_sec: pulumi.Input[int]
    override: pulumi.Input[bool]


@arguments
class ResponseHeadersPolicySecurityHeadersConfigArgs:
    """Headers that make browsers careful."""

    content_type_options: pulumi.Input[
        ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs | None
    ] = None
    strict_transport_security: pulumi.Input[
        ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs | None
    ] = None


@arguments
class ResponseHeadersPolicyArgs:
    """Headers that a distribution adds."""

    comment: pulumi.Input[str | None] = None
    cors_config: pulumi.Input[ResponseHeadersPolicyCorsConfigArgs | None] = None
    name: pulumi.Input[str | None] = None
    security_headers_config: pulumi.Input[ResponseHeadersPolicySecurityHeadersConfigArgs | None] = (
        None
    )


class ResponseHeadersPolicy(
    Resource[ResponseHeadersPolicyArgs],
    token="aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
):
    """A policy of response headers."""


@arguments
class DistributionDefaultCacheBehaviorArgs:
    """What is asked how, kept how long, and with which headers it is answered."""

    allowed_methods: pulumi.Input[Sequence[pulumi.Input[str]]]
    cached_methods: pulumi.Input[Sequence[pulumi.Input[str]]]
    target_origin_id: pulumi.Input[str]
    viewer_protocol_policy: pulumi.Input[str]
    """``https-only``, ``redirect-to-https`` or ``allow-all``."""
    cache_policy_id: pulumi.Input[str | None] = None
    compress: pulumi.Input[bool | None] = None
    response_headers_policy_id: pulumi.Input[str | None] = None


@arguments
class DistributionOriginArgs:
    """Where a distribution gets what it does not have."""

    domain_name: pulumi.Input[str]
    origin_id: pulumi.Input[str]
    origin_access_control_id: pulumi.Input[str | None] = None


@arguments
class DistributionRestrictionsGeoRestrictionArgs:
    """Countries: ``none``, ``whitelist`` or ``blacklist``."""

    restriction_type: pulumi.Input[str]


@arguments
class DistributionRestrictionsArgs:
    """Who may not read."""

    geo_restriction: pulumi.Input[DistributionRestrictionsGeoRestrictionArgs]


@arguments
class DistributionViewerCertificateArgs:
    """By which certificate, and which TLS at least."""

    acm_certificate_arn: pulumi.Input[str | None] = None
    """Of us-east-1, wherever the rest is [CloudFront]."""
    cloudfront_default_certificate: pulumi.Input[bool | None] = None
    """CloudFront's own, which also takes TLS 1.0 [CloudFront]."""
    minimum_protocol_version: pulumi.Input[str | None] = None
    ssl_support_method: pulumi.Input[str | None] = None


@arguments
class DistributionArgs:
    """A distribution."""

    default_cache_behavior: pulumi.Input[DistributionDefaultCacheBehaviorArgs]
    enabled: pulumi.Input[bool]
    origins: pulumi.Input[Sequence[pulumi.Input[DistributionOriginArgs]]]
    restrictions: pulumi.Input[DistributionRestrictionsArgs]
    viewer_certificate: pulumi.Input[DistributionViewerCertificateArgs]
    aliases: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    comment: pulumi.Input[str | None] = None
    http_version: pulumi.Input[str | None] = None
    """``http2`` (default) or ``http2and3``."""
    is_ipv6_enabled: pulumi.Input[bool | None] = None
    price_class: pulumi.Input[str | None] = None
    """``PriceClass_All`` (default), ``PriceClass_200`` or ``PriceClass_100``."""


class Distribution(Resource[DistributionArgs], token="aws:cloudfront/distribution:Distribution"):
    """A distribution. Its id is that of the CDN."""

    arn: pulumi.Output[str]
    domain_name: pulumi.Output[str]
    hosted_zone_id: pulumi.Output[str]
