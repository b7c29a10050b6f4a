"""The reporting team: a copy of the orders database to query, and backups as long as it reports."""

import pulumi
import pulumi_aws as aws
from pulumi_upkeep import BackupPlan, ReadReplica

RUNBOOKS = "https://internal.bynomi.com/docs/reporting/runbooks"

orders = aws.rds.get_instance(db_instance_identifier=pulumi.Config().require("database"))
alerts = aws.sns.Topic("alerts").arn

replica = ReadReplica(
    "reporting-use1-1",
    {
        "source": orders.db_instance_identifier,
        "instance_class": "db.t4g.medium",
        "subnet_group": orders.db_subnet_group,
        "security_groups": [*orders.vpc_security_groups],
        "protected": False,  # it can be made again from its source
        "final_snapshot": False,
        "topics": {"p0": alerts, "p1": alerts, "p2": alerts, "p3": alerts},
        "runbooks": RUNBOOKS,
    },
)

BackupPlan(
    "orders-for-reporting",
    {
        "vault": aws.backup.Vault("reporting").name,
        "timezone": "America/New_York",
        "databases": [orders.db_instance_arn],
        "tiers": {
            "daily": {"every": "day", "at": "01:00", "keep": "7 days"},
            "weekly": {"every": "week", "on": "Sunday", "at": "03:00", "keep": "1 month"},
            "monthly": {"every": "month", "on": "1", "at": "05:00", "keep": "1 year"},
        },
        "topics": {"p0": alerts, "p1": alerts, "p2": alerts, "p3": alerts},
        "runbooks": RUNBOOKS,
    },
)

pulumi.export("database", replica.endpoint)
