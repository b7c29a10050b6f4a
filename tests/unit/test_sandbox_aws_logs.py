"""CloudWatch Logs in the sandbox: the key of a log group that is there already."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        yield Cloud(sandbox.addresses.aws_endpoint_url)


def test_a_key_comes_and_goes(cloud: Cloud) -> None:
    logs = cloud("logs")
    logs.create_log_group(logGroupName="/group")
    key = cloud("kms").create_key()["KeyMetadata"]["Arn"]

    logs.associate_kms_key(logGroupName="/group", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key

    logs.disassociate_kms_key(logGroupName="/group")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]


def test_a_key_that_cannot_encrypt_is_refused(cloud: Cloud) -> None:
    logs, kms = cloud("logs"), cloud("kms")
    logs.create_log_group(logGroupName="/other")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    elsewhere = key.replace("us-east-1", "us-west-2").rpartition("/")[0] + "/none"
    with pytest.raises(ClientError, match="InvalidParameterException"):
        logs.associate_kms_key(logGroupName="/other", kmsKeyId=elsewhere)
    kms.disable_key(KeyId=key.rpartition("/")[2])
    with pytest.raises(ClientError, match="InvalidParameterException"):
        logs.associate_kms_key(logGroupName="/other", kmsKeyId=key)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        logs.associate_kms_key(logGroupName="/none", kmsKeyId=key)
