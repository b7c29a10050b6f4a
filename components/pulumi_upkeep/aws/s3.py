"""S3: buckets."""

import pulumi

from ..thin import look_up, results


@results
class GetBucketResult:
    """A bucket."""

    arn: str


async def get_bucket(bucket: str, opts: pulumi.InvokeOptions | None = None) -> GetBucketResult:
    """The bucket of a name."""
    return await look_up("aws:s3/getBucket:getBucket", GetBucketResult, opts, bucket=bucket)
