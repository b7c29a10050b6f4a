"""Who asks, and where."""

from __future__ import annotations

import boto3

from sandbox.providers.aws.api import Api
from sandbox.providers.aws.lookups.words import Lookup, token
from sandbox.providers.cloud import CloudError, Properties


def _caller(api: Api, args: Properties) -> Properties:
    identity = api("sts").get_caller_identity()
    return {
        "id": identity["Account"],
        "accountId": identity["Account"],
        "arn": identity["Arn"],
        "userId": identity["UserId"],
    }


def _region(api: Api, args: Properties) -> Properties:
    name = args.get("name") or api.region
    if name not in boto3.Session().get_available_regions("ec2"):
        raise CloudError(f"region not found for name {name!r}")
    return {
        "id": name,
        "name": name,
        "region": name,
        "description": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
    }


def _partition(api: Api, args: Properties) -> Properties:
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


LOOKUPS: dict[str, Lookup] = {
    token("index", "getCallerIdentity"): _caller,
    token("index", "getRegion"): _region,
    token("index", "getPartition"): _partition,
}
