"""CloudFront: distributions as they were sent, policies of headers, and an edge that answers.

moto forgets what an origin is read with and knows no policies of response headers. Here a
distribution is the request's, what it names has to exist, and what is in use cannot be deleted.

:func:`read` is the edge: what a reader gets at a distribution's name or alias. It asks the bucket
as CloudFront does, so that the bucket's policy decides. It keeps nothing: a test has no minute to
wait until a document's time is over.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from moto.cloudfront.models import CloudFrontBackend, cloudfront_backends, random_id
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from sandbox.aws.extension import Extension

PRINCIPAL = "cloudfront.amazonaws.com"


class _Error(ServiceException):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Held:
    """A document of the service's, with the version that a change has to name."""

    id: str
    config: dict[str, Any]
    version: str = field(default_factory=random_id)

    def change(self, config: Mapping[str, Any], version: str | None) -> None:
        """Put another document in its place."""
        self.require(version)
        self.config = deepcopy(dict(config))
        self.version = random_id()

    def require(self, version: str | None) -> None:
        """Refuse whoever does not know the newest version."""
        if not version:
            raise _Error("InvalidIfMatchVersion", "The If-Match version is missing or not valid.")
        if version != self.version:
            raise _Error("PreconditionFailed", "The If-Match version does not match the resource.")


class UpkeepCloudFrontBackend(CloudFrontBackend):
    """moto's backend with distributions and policies of its own."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.served: dict[str, Held] = {}
        self.domains: dict[str, str] = {}
        self.headers: dict[str, Held] = {}

    def arn_of(self, id_: str) -> str:
        """A distribution's ARN."""
        return f"arn:aws:cloudfront::{self.account_id}:distribution/{id_}"

    def check(self, config: Mapping[str, Any], own: str = "") -> None:
        """Refuse a distribution that names what is not there, or an alias of another one."""
        origins = {each["Id"] for each in config["Origins"]["Items"]}
        behavior = config["DefaultCacheBehavior"]
        if behavior["TargetOriginId"] not in origins:
            raise _Error("NoSuchOrigin", "No origin exists with the specified Origin Id.")
        if not behavior.get("CachePolicyId") and "ForwardedValues" not in behavior:
            raise _Error("InvalidArgument", "The parameter ForwardedValues is required.")
        for each in config["Origins"]["Items"]:
            control = each.get("OriginAccessControlId")
            if control and control not in self.origin_access_controls:
                raise _Error("InvalidOriginAccessControl", f"There is no {control}.")
        policy = behavior.get("ResponseHeadersPolicyId")
        if policy and policy not in self.headers:
            raise _Error("NoSuchResponseHeadersPolicy", f"There is no policy {policy}.")
        self._check_names(config, own)

    def _check_names(self, config: Mapping[str, Any], own: str) -> None:
        aliases = _items(config.get("Aliases"))
        certificate = (config.get("ViewerCertificate") or {}).get("ACMCertificateArn")
        if aliases and not certificate:
            raise _Error(
                "InvalidViewerCertificate", "To add an alternate domain name, attach a certificate."
            )
        if certificate and ":us-east-1:" not in certificate:
            raise _Error(
                "InvalidViewerCertificate", "The specified SSL certificate isn't in us-east-1."
            )
        for other, held in self.served.items():
            if other != own and set(aliases) & set(_items(held.config.get("Aliases"))):
                raise _Error("CNAMEAlreadyExists", "An alias is in use by another distribution.")

    def serve(self, config: Mapping[str, Any], tags: Any) -> Held:
        """A new distribution."""
        self.check(config)
        if any(
            held.config["CallerReference"] == config["CallerReference"]
            for held in self.served.values()
        ):
            raise _Error("DistributionAlreadyExists", "The caller reference is in use.")
        held = Held(random_id(), deepcopy(dict(config)))
        self.served[held.id] = held
        self.domains[held.id] = f"d{secrets.token_hex(7)}.cloudfront.net"
        self.tagger.tag_resource(self.arn_of(held.id), tags or [])
        return held

    def distribution(self, id_: str) -> Held:
        """A distribution by its id."""
        if id_ not in self.served:
            raise _Error("NoSuchDistribution", "The specified distribution does not exist.")
        return self.served[id_]

    def policy(self, id_: str) -> Held:
        """A policy of response headers by its id."""
        if id_ not in self.headers:
            raise _Error("NoSuchResponseHeadersPolicy", f"There is no policy {id_}.")
        return self.headers[id_]

    def uses(self, key: str, id_: str) -> bool:
        """Whether a distribution names something."""
        return any(f'"{key}": "{id_}"' in json.dumps(held.config) for held in self.served.values())


class UpkeepCloudFrontResponse(CloudFrontResponse):
    """Operations over the whole request."""

    @property
    def ours(self) -> UpkeepCloudFrontBackend:
        """The backend of the caller's account."""
        backend = self.backend
        assert isinstance(backend, UpkeepCloudFrontBackend)
        return backend

    def _shown(self, held: Held) -> ActionResult:
        return ActionResult(
            {
                "Distribution": {
                    "Id": held.id,
                    "ARN": self.ours.arn_of(held.id),
                    "Status": "Deployed",
                    "LastModifiedTime": utcnow(),
                    "InProgressInvalidationBatches": 0,
                    "DomainName": self.ours.domains[held.id],
                    "DistributionConfig": held.config,
                },
                "ETag": held.version,
                "Location": f"https://cloudfront.amazonaws.com/2020-05-31/distribution/{held.id}",
            }
        )

    def create_distribution(self) -> ActionResult:
        return self._shown(self.ours.serve(self._get_param("DistributionConfig", {}), []))

    def create_distribution_with_tags(self) -> ActionResult:
        config = self._get_param("DistributionConfigWithTags.DistributionConfig", {})
        tags = self._get_param("DistributionConfigWithTags.Tags.Items", [])
        return self._shown(self.ours.serve(config, tags))

    def get_distribution(self) -> ActionResult:
        return self._shown(self.ours.distribution(self._get_param("Id")))

    def get_distribution_config(self) -> ActionResult:
        held = self.ours.distribution(self._get_param("Id"))
        return ActionResult({"DistributionConfig": held.config, "ETag": held.version})

    def update_distribution(self) -> ActionResult:
        held = self.ours.distribution(self._get_param("Id"))
        config = self._get_param("DistributionConfig", {})
        self.ours.check(config, held.id)
        held.change(config, self._get_param("IfMatch"))
        return self._shown(held)

    def delete_distribution(self) -> ActionResult:
        held = self.ours.distribution(self._get_param("Id"))
        held.require(self._get_param("IfMatch"))
        if held.config["Enabled"]:
            raise _Error("DistributionNotDisabled", "The specified distribution is not disabled.")
        del self.ours.served[held.id]
        return EmptyResult()

    def list_distributions(self) -> ActionResult:
        items = [
            {
                **held.config,
                "Id": held.id,
                "ARN": self.ours.arn_of(held.id),
                "Status": "Deployed",
                "DomainName": self.ours.domains[held.id],
            }
            for held in self.ours.served.values()
        ]
        shown = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": len(items)}
        return ActionResult({"DistributionList": {**shown, "Items": items}})

    def delete_origin_access_control(self) -> ActionResult:
        if self.ours.uses("OriginAccessControlId", self._get_param("Id")):
            raise _Error("OriginAccessControlInUse", "It is associated with a distribution.")
        return super().delete_origin_access_control()

    def _policy(self, held: Held) -> ActionResult:
        return ActionResult(
            {
                "ResponseHeadersPolicy": {
                    "Id": held.id,
                    "LastModifiedTime": utcnow(),
                    "ResponseHeadersPolicyConfig": held.config,
                },
                "ETag": held.version,
            }
        )

    def create_response_headers_policy(self) -> ActionResult:
        """``CreateResponseHeadersPolicy``."""
        config = self._get_param("ResponseHeadersPolicyConfig", {})
        if any(held.config["Name"] == config["Name"] for held in self.ours.headers.values()):
            raise _Error("ResponseHeadersPolicyAlreadyExists", "The name is in use.")
        held = Held(random_id(), deepcopy(config))
        self.ours.headers[held.id] = held
        return self._policy(held)

    def get_response_headers_policy(self) -> ActionResult:
        """``GetResponseHeadersPolicy``."""
        return self._policy(self.ours.policy(self._get_param("Id")))

    def update_response_headers_policy(self) -> ActionResult:
        """``UpdateResponseHeadersPolicy``."""
        held = self.ours.policy(self._get_param("Id"))
        held.change(self._get_param("ResponseHeadersPolicyConfig", {}), self._get_param("IfMatch"))
        return self._policy(held)

    def delete_response_headers_policy(self) -> ActionResult:
        """``DeleteResponseHeadersPolicy``."""
        held = self.ours.policy(self._get_param("Id"))
        held.require(self._get_param("IfMatch"))
        if self.ours.uses("ResponseHeadersPolicyId", held.id):
            raise _Error("ResponseHeadersPolicyInUse", "It is attached to a distribution.")
        del self.ours.headers[held.id]
        return EmptyResult()

    def list_response_headers_policies(self) -> ActionResult:
        """``ListResponseHeadersPolicies``: those of the account."""
        items = [
            {
                "Type": "custom",
                "ResponseHeadersPolicy": {
                    "Id": held.id,
                    "LastModifiedTime": utcnow(),
                    "ResponseHeadersPolicyConfig": held.config,
                },
            }
            for held in self.ours.headers.values()
        ]
        shown = {"MaxItems": 100, "Quantity": len(items), "Items": items}
        return ActionResult({"ResponseHeadersPolicyList": shown})


def _items(block: Mapping[str, Any] | None) -> list[Any]:
    return list((block or {}).get("Items") or ())


# ---- the edge ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Served:
    """What a reader gets."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def names_of(host: str) -> list[str]:
    """The names that the certificate at a host is for; empty where no distribution answers."""
    found = _at(host)
    if found is None:
        return []
    backend, held = found
    return sorted({backend.domains[held.id], *_items(held.config.get("Aliases"))})


def read(host: str, tls: bool, method: str, path: str, origin: str = "") -> Served | None:
    """What is answered at a distribution's name or alias; None where none is.

    tls: whether it was asked so. origin: that of the page that asks.
    """
    found = _at(host)
    if found is None or not found[1].config["Enabled"]:
        return None
    backend, held = found
    behavior = held.config["DefaultCacheBehavior"]
    if not tls:
        if behavior["ViewerProtocolPolicy"] == "https-only":
            return Served(403, b"<h1>403 ERROR</h1>", {"Content-Type": "text/html"})
        if behavior["ViewerProtocolPolicy"] == "redirect-to-https":
            return Served(301, b"", {"Location": f"https://{host}{path}"})
    headers = _headers(backend, behavior, origin)
    if method not in _items(behavior["AllowedMethods"]):
        return Served(403, b"<h1>403 ERROR</h1>", {**headers, "Content-Type": "text/html"})
    answer = _object(backend, held, path.partition("?")[0].lstrip("/"))
    body = b"" if method == "HEAD" else answer.body
    return Served(answer.status, body, {**answer.headers, **headers})


def _at(host: str) -> tuple[UpkeepCloudFrontBackend, Held] | None:
    for account in list(cloudfront_backends.values()):
        for backend in list(account.values()):
            if not isinstance(backend, UpkeepCloudFrontBackend):
                continue
            for held in list(backend.served.values()):
                if host == backend.domains[held.id] or host in _items(held.config.get("Aliases")):
                    return backend, held
    return None


def _object(backend: UpkeepCloudFrontBackend, held: Held, key: str) -> Served:
    from moto.s3.models import s3_backends

    (origin,) = (
        each
        for each in held.config["Origins"]["Items"]
        if each["Id"] == held.config["DefaultCacheBehavior"]["TargetOriginId"]
    )
    name = origin["DomainName"].partition(".s3.")[0]
    denied = Served(403, b"<Code>AccessDenied</Code>", {"Content-Type": "application/xml"})
    bucket = s3_backends[backend.account_id]["aws"].buckets.get(name)
    control = backend.origin_access_controls.get(origin.get("OriginAccessControlId") or "")
    if bucket is None or control is None or control.signing_behavior == "never":
        return denied
    resource = f"arn:aws:s3:::{name}/{key}"
    if not _lets_in(bucket.policy, backend.arn_of(held.id), resource):
        return denied
    found = bucket.keys.get(key)
    # Who may not list a bucket is not told what is missing in it [S3].
    if found is None:
        return denied
    told = {"Content-Type": "application/octet-stream"}
    for ours in ("Content-Type", "Cache-Control"):
        value = next((v for k, v in found.metadata.items() if k.lower() == ours.lower()), None)
        if value:
            told[ours] = str(value)
    return Served(200, bytes(found.value), told)


def _lets_in(policy: bytes | str | None, distribution: str, resource: str) -> bool:
    """Whether a bucket's policy lets CloudFront read an object on behalf of a distribution."""
    for statement in json.loads(policy or '{"Statement": []}')["Statement"]:
        condition = statement.get("Condition", {}).get("StringEquals", {})
        sources = {key.lower(): value for key, value in condition.items()}
        if (
            statement["Effect"] == "Allow"
            and statement.get("Principal") == {"Service": PRINCIPAL}
            and statement["Action"] in ("s3:GetObject", ["s3:GetObject"])
            and statement["Resource"] in (resource, [resource])
            and sources.get("aws:sourcearn") in (distribution, [distribution])
        ):
            return True
    return False


def _headers(
    backend: UpkeepCloudFrontBackend, behavior: Mapping[str, Any], origin: str
) -> dict[str, str]:
    held = backend.headers.get(behavior.get("ResponseHeadersPolicyId") or "")
    return dict(_added(held.config, origin)) if held else {}


def _added(config: Mapping[str, Any], origin: str) -> Iterator[tuple[str, str]]:
    cors, security = config.get("CorsConfig"), config.get("SecurityHeadersConfig") or {}
    if cors and origin in _items(cors["AccessControlAllowOrigins"]):
        yield "Access-Control-Allow-Origin", origin
        yield "Vary", "Origin"
    if "ContentTypeOptions" in security:
        yield "X-Content-Type-Options", "nosniff"
    if strict := security.get("StrictTransportSecurity"):
        yield "Strict-Transport-Security", f"max-age={strict['AccessControlMaxAgeSec']}"


EXTENSION = Extension(
    service="cloudfront",
    backend=UpkeepCloudFrontBackend,
    response=UpkeepCloudFrontResponse,
    paths=(
        "{0}/2020-05-31/response-headers-policy$",
        "{0}/2020-05-31/response-headers-policy/(?P<policy_id>[^/]+)$",
    ),
)
