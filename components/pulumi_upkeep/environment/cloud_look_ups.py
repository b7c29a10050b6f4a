"""One look-up each: what AWS or Datadog answers to a name. What is not there raises an error."""

import asyncio
import json
import re

import pulumi

from .. import aws, datadog
from .estate import Answering, Database, IsolatedSubnets, Network
from .finder import reason_of
from .members import size_of

# What Datadog answers to keys that are none.
_KEYLESS = re.compile(r"\b(401|403)\b|Forbidden|Unauthorized")


async def user(email: str, options: pulumi.InvokeOptions) -> pulumi.Input[str]:
    """A person's id in Datadog.

    Who previews a stack without its secrets has no keys to ask with: ids are unknown then, and what
    names them is shown as changed.
    """
    try:
        return (await datadog.get_user(filter=email, exact_match=True, opts=options)).id
    except Exception as error:  # the SDK raises bare ones
        if not (pulumi.runtime.is_dry_run() and _KEYLESS.search(str(error))):
            raise
        pulumi.log.warn(f"{email}: Datadog does not say who that is, without its keys")
        unknown: asyncio.Future[bool] = asyncio.Future()
        unknown.set_result(False)
        nothing: asyncio.Future[str] = asyncio.Future()
        nothing.set_result("")
        return pulumi.Output(set(), nothing, unknown)


async def database(identifier: str, options: pulumi.InvokeOptions) -> Database:
    instance = await aws.rds.get_instance(db_instance_identifier=identifier, opts=options)
    return Database(instance, await size_of(instance.db_instance_class, options))


async def zone(name: str, options: pulumi.InvokeOptions, private: bool | None = None) -> str:
    found = await aws.route53.get_zone(name=name, private_zone=private, opts=options)
    return found.zone_id


async def asked_zone(name: str, network: str, options: pulumi.InvokeOptions) -> str:
    vpc = await aws.ec2.get_vpc(tags={"Name": network}, opts=options)
    found = await aws.route53.get_zone(name=name, private_zone=True, vpc_id=vpc.id, opts=options)
    return found.zone_id


async def known(value: str) -> str:
    """What need not be asked, beside what must be."""
    return value


async def role_arn(name: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.iam.get_role(name=name, opts=options)).arn


async def role(profile: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.iam.get_instance_profile(name=profile, opts=options)).role_name


async def security_group(name: str, options: pulumi.InvokeOptions) -> str:
    return (await aws.ec2.get_security_group(tags={"Name": name}, opts=options)).id


async def versioned(bucket: str, options: pulumi.InvokeOptions) -> bool:
    """Whether a bucket keeps earlier versions: Cloud Control tells, no look-up of S3 does."""
    found = await aws.cloudcontrol.get_resource(
        identifier=bucket, type_name="AWS::S3::Bucket", opts=options
    )
    versioning = json.loads(found.properties).get("VersioningConfiguration") or {}
    return bool(versioning.get("Status") == "Enabled")


async def network(name: str, options: pulumi.InvokeOptions) -> Network:
    vpc = await aws.ec2.get_vpc(tags={"Name": name}, opts=options)

    async def subnets(tier: str) -> list[pulumi.Input[str]]:
        vpc_filter = aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc.id])
        found = await aws.ec2.get_subnets(filters=[vpc_filter], tags={"Tier": tier}, opts=options)
        return [*sorted(found.ids)]

    return Network(vpc.id, await subnets("private"), await subnets("public"))


async def isolated(name: str, tier: str, options: pulumi.InvokeOptions) -> IsolatedSubnets:
    vpc = await aws.ec2.get_vpc(tags={"Name": name}, opts=options)
    vpc_filter = aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc.id])
    found = await aws.ec2.get_subnets(filters=[vpc_filter], tags={"Tier": tier}, opts=options)
    if len(found.ids) < 2:
        raise LookupError(f"{len(found.ids)} found, and RDS asks for two zones")
    return IsolatedSubnets(vpc.id, [*sorted(found.ids)])


async def certificate(host: str, options: pulumi.InvokeOptions) -> str:
    """The certificate for a host: its own, or that of its domain's wildcard."""
    parent = host.partition(".")[2]
    for domain in (host, f"*.{parent}"):
        try:
            found = await aws.acm.get_certificate(
                domain=domain, statuses=["ISSUED"], most_recent=True, opts=options
            )
        except Exception as error:
            reason = error
        else:
            return found.arn
    raise LookupError(f"no issued certificate for {host} or *.{parent} ({reason_of(reason)})")


async def listening(balancer: str, options: pulumi.InvokeOptions) -> Answering:
    found = await aws.lb.get_load_balancer(name=balancer, opts=options)
    listener = await aws.lb.get_listener(load_balancer_arn=found.arn, port=443, opts=options)
    return Answering(listener.arn, found.dns_name, found.zone_id)


async def image(name: str, options: pulumi.InvokeOptions) -> str:
    name_filter = aws.ec2.GetAmiFilterArgs(name="name", values=[name])
    found = await aws.ec2.get_ami(owners=["self"], filters=[name_filter], opts=options)
    return found.id
