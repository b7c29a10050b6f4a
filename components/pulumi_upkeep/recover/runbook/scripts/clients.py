"""boto3 clients that say soon that a region does not answer.

This text stands before every script that imports it: a step of a runbook is one text.
"""

from typing import Any

import boto3
from botocore.config import Config

# Seconds to connect and to answer. Two tries: a region that is gone must not cost the hour in which
# a database is to be back.
SOON = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 2}
)


def client(service: str, region: str, config: Any = SOON) -> Any:
    """A client of a service in a region that is named, never the one that the step runs in."""
    return boto3.client(service, region_name=region, config=config)
