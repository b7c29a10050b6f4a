"""What follows the databases."""

import pulumi
from estate import Estate
from monitoring import Routes
from providers import Providers
from pulumi_upkeep import ReadReplica
from pulumi_upkeep.plan import Plan


def declare_replicas(
    plan: Plan, estate: Estate, providers: Providers, routes: Routes
) -> dict[str, ReadReplica]:
    """The read replicas, each in its region."""
    replicas = {}
    for name, replica in plan.replicas.items():
        region = plan.regions.recovery if replica.in_ == "recovery" else plan.regions.primary
        source = estate.databases[replica.of].instance
        database = plan.estate.databases[replica.of]
        replicas[name] = ReadReplica(
            name,
            {
                # RDS names a source by its ARN across regions, by its identifier within one.
                "source": (
                    source.db_instance_identifier
                    if region == plan.regions.primary
                    else source.db_instance_arn
                ),
                "instance_class": replica.class_,
                "subnet_group": database.subnet_group,
                "security_groups": [estate.security_groups[name]],
                "multi_az": replica.multi_az,
                "lag": replica.lag.in_words(),
                "topics": routes[region].alert_topics(),
                "runbooks": plan.runbooks,
                "protected": plan.protected,
            },
            pulumi.ResourceOptions(provider=providers.aws[region]),
        )
    return replicas
