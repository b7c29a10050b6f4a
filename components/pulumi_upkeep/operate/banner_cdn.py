"""Where pages read the banner of notices: CloudFront before its bucket, over TLS alone."""

from collections.abc import Sequence

from .. import aws
from ..aws import cloudfront
from ..component import UpkeepComponent
from ..naming import physical_name
from ..plan.notices import Host
from ..plan.words import Later, Words

# "CachingOptimized": as long as the object says, and one answer for all readers. The same id in
# every account [CloudFront, "Use managed cache policies"].
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
LEAST_TLS = "TLSv1.2_2021"
HSTS_SECONDS = 63_072_000
# How long a browser remembers that a page may read, before it asks again.
ALLOWED_FOR_SECONDS = 600
# CloudFront: the name of an origin access control has 64 characters, a comment 128.
NAME_LIMIT = 64
COMMENT_LIMIT = 128


class Named(Words):
    """The company's own name: its host, the zone that has it, and a certificate for it."""

    host: Host
    zone: Later
    certificate: Later


def declare_banner_cdn(
    owner: UpkeepComponent, bucket: aws.s3.Bucket, sites: Sequence[str], named: Named | None
) -> cloudfront.Distribution:
    """Declares what pages read the banner from, as children of ``owner``.

    sites   origins of the pages that may read it: ``https://www.example.com``
    named   the company's own name of it. Default: one of CloudFront's
    """
    control = cloudfront.OriginAccessControl(
        owner.name,
        cloudfront.OriginAccessControlArgs(
            name=physical_name(owner.name, limit=NAME_LIMIT),
            description="CloudFront reads the bucket of the banner as itself",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
        ),
        owner.child(),
    )
    distribution = cloudfront.Distribution(
        owner.name,
        cloudfront.DistributionArgs(
            enabled=True,
            comment=physical_name(owner.name, limit=COMMENT_LIMIT),
            aliases=[named.host] if named else None,
            http_version="http2and3",
            is_ipv6_enabled=True,
            origins=[
                cloudfront.DistributionOriginArgs(
                    origin_id="banner",
                    domain_name=bucket.bucket_regional_domain_name,
                    origin_access_control_id=control.id,
                )
            ],
            default_cache_behavior=cloudfront.DistributionDefaultCacheBehaviorArgs(
                target_origin_id="banner",
                viewer_protocol_policy="https-only",
                allowed_methods=["GET", "HEAD"],
                cached_methods=["GET", "HEAD"],
                cache_policy_id=CACHING_OPTIMIZED,
                response_headers_policy_id=_headers(owner, sites).id,
                compress=True,
            ),
            restrictions=cloudfront.DistributionRestrictionsArgs(
                geo_restriction=cloudfront.DistributionRestrictionsGeoRestrictionArgs(
                    restriction_type="none"
                )
            ),
            viewer_certificate=_certificate(named),
        ),
        owner.child(),
    )
    if named:
        for kind in ("A", "AAAA"):
            aws.route53.Record(
                f"{owner.name}-{kind.lower()}",
                aws.route53.RecordArgs(
                    zone_id=named.zone,
                    name=named.host,
                    type=kind,
                    aliases=[
                        aws.route53.RecordAliasArgs(
                            name=distribution.domain_name,
                            zone_id=distribution.hosted_zone_id,
                            evaluate_target_health=False,
                        )
                    ],
                ),
                owner.child(),
            )
    return distribution


def _headers(owner: UpkeepComponent, sites: Sequence[str]) -> cloudfront.ResponseHeadersPolicy:
    return cloudfront.ResponseHeadersPolicy(
        owner.name,
        cloudfront.ResponseHeadersPolicyArgs(
            name=physical_name(owner.name, limit=COMMENT_LIMIT),
            comment="Pages of the company's own sites read the banner, and no others",
            cors_config=cloudfront.ResponseHeadersPolicyCorsConfigArgs(
                access_control_allow_credentials=False,
                access_control_allow_headers=cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowHeadersArgs(
                    items=["*"]
                ),
                access_control_allow_methods=cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowMethodsArgs(
                    items=["GET", "HEAD"]
                ),
                access_control_allow_origins=cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowOriginsArgs(
                    items=sorted(sites)
                ),
                access_control_max_age_sec=ALLOWED_FOR_SECONDS,
                origin_override=True,
            ),
            security_headers_config=cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
                content_type_options=cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
                    override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                    access_control_max_age_sec=HSTS_SECONDS, override=True
                ),
            ),
        ),
        owner.child(),
    )


def _certificate(named: Named | None) -> cloudfront.DistributionViewerCertificateArgs:
    if named is None:
        return cloudfront.DistributionViewerCertificateArgs(cloudfront_default_certificate=True)
    return cloudfront.DistributionViewerCertificateArgs(
        acm_certificate_arn=named.certificate,
        minimum_protocol_version=LEAST_TLS,
        ssl_support_method="sni-only",
    )
