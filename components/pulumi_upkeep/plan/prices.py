"""Prices: the vendor's list, dated; what remedies are ranked by, and what protection costs.

List prices on demand in us-east-1 and us-west-2, where those of both are the same, without tax,
discounts or free allowances, as the vendor's price pages had them in June 2026. They rank; they
bill nothing. A price that is not here is not guessed: what has none is ranked after what has one.
"""

from typing import Final

AS_OF: Final = "2026-06"
REGIONS: Final = ("us-east-1", "us-west-2")
SOURCES: Final = {
    "databases": "Amazon RDS for PostgreSQL pricing, on-demand instances",
    "servers": "Amazon EC2 pricing, on-demand, Linux",
    "backups": "AWS Backup pricing",
    "buckets": "Amazon S3 pricing",
    "load balancers": "Elastic Load Balancing pricing",
    "names": "Amazon Route 53 pricing, health checks",
    "keys": "AWS KMS pricing",
    "alarms": "Amazon CloudWatch pricing",
    "logs and metrics": "Datadog pricing, Log Management and custom metrics",
}

# A month as the vendor's calculator counts it.
HOURS_A_MONTH: Final = 730

# USD an hour, in one zone; Multi-AZ is twice that.
DATABASE_HOUR: Final = {
    "db.t4g.micro": 0.016,
    "db.t4g.small": 0.032,
    "db.t4g.medium": 0.065,
    "db.r6g.large": 0.225,
    "db.r6g.xlarge": 0.45,
}
MULTI_AZ_TIMES: Final = 2

# USD a GB-month, gp3, in one zone.
DATABASE_STORAGE: Final = 0.115

# USD an hour.
SERVER_HOUR: Final = {
    "t3.medium": 0.0416,
    "t4g.medium": 0.0336,
    "t4g.large": 0.0672,
    "m6i.large": 0.096,
    "m6i.xlarge": 0.192,
}
LOAD_BALANCER_HOUR: Final = 0.0225

# USD a GB-month.
DATABASE_BACKUP: Final = 0.095
BUCKET_BACKUP: Final = 0.05
BUCKET_STORAGE: Final = 0.023

# USD a GB.
TO_ANOTHER_REGION: Final = 0.02
REPLICATION_TIME_CONTROL: Final = 0.015

# USD a month each.
KEY: Final = 1.00
# Of an endpoint on AWS, with HTTPS as the one optional feature.
HEALTH_CHECK: Final = 1.50
# CloudWatch: per metric that an alarm looks at; a composite alarm; a metric of one's own.
ALARM_METRIC: Final = 0.10
COMPOSITE_ALARM: Final = 0.50
OWN_METRIC: Final = 0.30
# Datadog, billed annually: a metric of one's own beyond the included ones; a million log events by
# how many days they are kept.
DATADOG_METRIC: Final = 0.05
LOG_EVENTS_MILLION: Final = {3: 1.06, 7: 1.27, 15: 1.70, 30: 2.50}
