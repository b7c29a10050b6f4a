"""boto3 clients of a sandbox: for the estate, and for whoever wants to see what was made."""

from collections.abc import Mapping
from typing import Any

# Any would do for moto; boto3 wants some.
CREDENTIALS: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}


class Cloud:
    """boto3 clients of one endpoint, one per service and region: ``cloud("rds", "us-west-2")``.

    region: where no region is named.
    config: botocore's Config, such as one without retries.
    """

    def __init__(self, endpoint_url: str, *, region: str = "us-east-1", config: Any = None) -> None:
        # Imported here: many need no more than the credentials above, and boto3 takes its time.
        import boto3

        self._endpoint_url = endpoint_url
        self._region = region
        self._config = config
        self._session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
        self._clients: dict[tuple[str, str], Any] = {}

    def assuming(self, role_arn: str) -> "Cloud":
        """The same cloud with the credentials of a role, in the role's own account."""
        import boto3

        given = self("sts").assume_role(RoleArn=role_arn, RoleSessionName="upkeep")["Credentials"]
        other = Cloud(self._endpoint_url, region=self._region, config=self._config)
        other._session = boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
        return other

    def __call__(self, service: str, region: str | None = None) -> Any:
        """The client of a service, in boto3's name for it."""
        key = (service, region or self._region)
        if key not in self._clients:
            self._clients[key] = self._session.client(
                service,
                region_name=key[1],
                endpoint_url=self._endpoint_url,
                config=self._config,
            )
        return self._clients[key]
