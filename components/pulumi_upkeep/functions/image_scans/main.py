"""Images that are in use, looked at again: each repository's newest images.

With Inspector they must have been scanned and stay scanned; with basic scanning each is scanned
now, which ECR allows once in 24 hours.
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import fnmatch
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

# So many of a repository are taken as being in use: what runs, and what it is rolled back to.
NEWEST = 3
# Scanned so long ago, it was not looked at again.
STALE = timedelta(days=8)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Publishes ``ImagesNotScanned``: those of which there is no scan, and with basic scanning
    those whose scan could not be started."""
    ecr, now = boto3.client("ecr"), datetime.now(UTC)
    basic = os.environ["BY"] == "basic"
    looked_at, failed = 0, {}
    for repository, image in images(ecr):
        looked_at += 1
        label = f"{repository}@{image['imageDigest'][:19]}"
        why = start(ecr, repository, image) if basic else unscanned(image, now)
        if why:
            failed[label] = why
    boto3.client("cloudwatch").put_metric_data(
        Namespace=os.environ["NAMESPACE"],
        MetricData=[
            {"MetricName": "ImagesNotScanned", "Value": len(failed), "Timestamp": now},
            {"MetricName": "ImagesLookedAt", "Value": looked_at, "Timestamp": now},
        ],
    )
    return {"looked_at": looked_at, "failed": failed}


def images(ecr: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The newest images with a tag, of each repository that is meant."""
    patterns = os.environ["REPOSITORIES"].split(",")
    for page in ecr.get_paginator("describe_repositories").paginate():
        for each in page["repositories"]:
            name = each["repositoryName"]
            if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
                continue
            found = [
                image
                for told in ecr.get_paginator("describe_images").paginate(
                    repositoryName=name, filter={"tagStatus": "TAGGED"}
                )
                for image in told["imageDetails"]
            ]
            found.sort(key=lambda image: image["imagePushedAt"], reverse=True)
            for image in found[:NEWEST]:
                yield name, image


def unscanned(image: Mapping[str, Any], now: datetime) -> str | None:
    """Why an image counts as not scanned; None where Inspector looks at it."""
    status = image.get("imageScanStatus", {}).get("status")
    if status == "ACTIVE":
        return None
    done = image.get("imageScanFindingsSummary", {}).get("imageScanCompletedAt")
    if done is not None and now - done < STALE:
        return None
    return status or "never scanned"


def start(ecr: Any, repository: str, image: Mapping[str, Any]) -> str | None:
    """Starts a scan; why it could not, or None. One in the same 24 hours is as good."""
    try:
        ecr.start_image_scan(
            repositoryName=repository, imageId={"imageDigest": image["imageDigest"]}
        )
    except ClientError as refused:
        code = refused.response["Error"]["Code"]
        return None if code == "LimitExceededException" else code
    return None
