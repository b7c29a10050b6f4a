"""Zones, certificates, buckets, keys."""

from __future__ import annotations

import json
from typing import Any

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.lookups.words import Lookup, holds_tags, sought, the_one, token
from sandbox.providers.aws.tagging import from_list
from sandbox.providers.cloud import CloudError, Properties

# Where S3 answers as a web site, by region (AWS general reference, Amazon S3 website endpoints).
_WEBSITE_ZONES = {"us-east-1": "Z3AQBSTGFYJSTF", "us-west-2": "Z3BJ6K6RIION7M"}


def _zone(api: Api, args: Properties) -> Properties:
    client = api("route53")
    name = (args.get("name") or "").rstrip(".")
    private = bool(args.get("privateZone") or args.get("vpcId"))
    zones = [
        zone
        for page in client.get_paginator("list_hosted_zones").paginate()
        for zone in page["HostedZones"]
    ]
    if args.get("zoneId"):
        zones = [it for it in zones if it["Id"].endswith(f"/{args['zoneId']}")]
    else:
        zones = [
            it
            for it in zones
            if it["Name"].rstrip(".") == name and bool(it["Config"]["PrivateZone"]) == private
        ]
    matching = [
        zone
        for zone in zones
        if holds_tags(args.get("tags"), _zone_tags(api, _zone_id(zone["Id"])))
        and args.get("vpcId") in (None, "", *_networks_of(api, zone))
    ]
    zone = the_one(matching, "Route 53 Hosted Zone", name or sought(args))
    id_ = _zone_id(zone["Id"])
    full = client.get_hosted_zone(Id=id_)
    servers = (full.get("DelegationSet") or {}).get("NameServers") or []
    return {
        "id": id_,
        "zoneId": id_,
        "arn": f"arn:aws:route53:::hostedzone/{id_}",
        "callerReference": zone.get("CallerReference"),
        "comment": zone["Config"].get("Comment") or "",
        "name": zone["Name"].rstrip("."),
        "nameServers": servers,
        "primaryNameServer": servers[0] if servers else "",
        "privateZone": bool(zone["Config"]["PrivateZone"]),
        "resourceRecordSetCount": zone.get("ResourceRecordSetCount"),
        "tags": _zone_tags(api, id_),
        "vpcId": args.get("vpcId") or "",
    }


def _networks_of(api: Api, zone: dict[str, Any]) -> list[str]:
    """The networks that ask a private zone."""
    if not zone["Config"]["PrivateZone"]:
        return []
    return [vpc["VPCId"] for vpc in api("route53").get_hosted_zone(Id=zone["Id"])["VPCs"]]


def _zone_id(path: str) -> str:
    return path.rpartition("/")[2]


def _zone_tags(api: Api, id_: str) -> dict[str, str]:
    answer = api("route53").list_tags_for_resource(ResourceType="hostedzone", ResourceId=id_)
    return from_list(answer["ResourceTagSet"]["Tags"])


def _certificate(api: Api, args: Properties) -> Properties:
    domain = args.get("domain")
    statuses = args.get("statuses") or ["ISSUED"]
    listed = api("acm").list_certificates(CertificateStatuses=statuses)
    certificates = []
    for item in listed["CertificateSummaryList"]:
        if domain and item["DomainName"] != domain:
            continue
        certificate = api("acm").describe_certificate(CertificateArn=item["CertificateArn"])
        detail = certificate["Certificate"]
        if args.get("types") and detail.get("Type") not in args["types"]:
            continue
        if args.get("keyTypes") and detail.get("KeyAlgorithm") not in args["keyTypes"]:
            continue
        answer = api("acm").list_tags_for_certificate(CertificateArn=item["CertificateArn"])
        tags = from_list(answer["Tags"])
        if holds_tags(args.get("tags"), tags):
            certificates.append({**detail, "tags": tags})
    what = f"ACM Certificate with domain {domain}"
    if len(certificates) > 1 and args.get("mostRecent"):
        certificates = [max(certificates, key=lambda it: it.get("NotBefore") or it["CreatedAt"])]
    if len(certificates) > 1:
        raise CloudError(f"multiple {what}s match the criteria; try setting most_recent to true")
    certificate = the_one(certificates, what)
    return {
        "id": certificate["CertificateArn"],
        "arn": certificate["CertificateArn"],
        "domain": certificate["DomainName"],
        "region": api.region,
        "status": certificate["Status"],
        "statuses": args.get("statuses"),
        "tags": certificate["tags"],
        "types": args.get("types"),
        "mostRecent": bool(args.get("mostRecent")),
    }


def _bucket(api: Api, args: Properties) -> Properties:
    name = args["bucket"]
    # The bucket's own region, wherever it is asked from.
    location = found(api("s3").get_bucket_location, Bucket=name)
    the_one([location] if location else [], "S3 Bucket", name)
    region = (location or {}).get("LocationConstraint") or "us-east-1"
    return {
        "id": name,
        "bucket": name,
        "arn": f"arn:aws:s3:::{name}",
        "region": region,
        "bucketRegion": region,
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        "hostedZoneId": _WEBSITE_ZONES.get(region, ""),
    }


def _resource(api: Api, args: Properties) -> Properties:
    """Cloud Control's view of a resource: of buckets, and only what is asked for there."""
    name, kind = args["identifier"], args["typeName"]
    if kind != "AWS::S3::Bucket":
        raise CloudError(f"Cloud Control knows no {kind} in this sandbox")
    answer = found(api("s3").get_bucket_versioning, Bucket=name)
    the_one([answer] if answer else [], "Cloud Control Resource", name)
    properties: dict[str, Any] = {"BucketName": name, "Arn": f"arn:aws:s3:::{name}"}
    # A bucket that was never versioned has no status.
    if status := (answer or {}).get("Status"):
        properties["VersioningConfiguration"] = {"Status": status}
    return {
        "id": name,
        "identifier": name,
        "typeName": kind,
        "properties": json.dumps(properties, sort_keys=True),
    }


def _key(api: Api, args: Properties) -> Properties:
    answer = found(api("kms").describe_key, KeyId=args["keyId"])
    key = the_one([answer["KeyMetadata"]] if answer else [], "KMS Key", args["keyId"])
    return {
        "id": key["KeyId"],
        "keyId": args["keyId"],
        "region": api.region,
        "arn": key["Arn"],
        "awsAccountId": key["AWSAccountId"],
        "creationDate": key["CreationDate"].isoformat(),
        "customerMasterKeySpec": key.get("CustomerMasterKeySpec"),
        "description": key.get("Description") or "",
        "enabled": bool(key.get("Enabled")),
        "keyManager": key.get("KeyManager"),
        "keySpec": key.get("KeySpec"),
        "keyState": key.get("KeyState"),
        "keyUsage": key.get("KeyUsage"),
        "multiRegion": bool(key.get("MultiRegion")),
        "origin": key.get("Origin"),
    }


def _alias(api: Api, args: Properties) -> Properties:
    aliases = [
        alias
        for page in api("kms").get_paginator("list_aliases").paginate()
        for alias in page["Aliases"]
        if alias["AliasName"] == args["name"]
    ]
    alias = the_one(aliases, "KMS Alias", args["name"])
    key = api("kms").describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]
    return {
        "id": alias["AliasArn"],
        "arn": alias["AliasArn"],
        "name": alias["AliasName"],
        "region": api.region,
        "targetKeyArn": key["Arn"],
        "targetKeyId": key["KeyId"],
    }


LOOKUPS: dict[str, Lookup] = {
    token("route53", "getZone"): _zone,
    token("acm", "getCertificate"): _certificate,
    token("s3", "getBucket"): _bucket,
    token("cloudcontrol", "getResource"): _resource,
    token("kms", "getKey"): _key,
    token("kms", "getAlias"): _alias,
}
