"""What companies already have before their maintenance plans are deployed, seeded through boto3.

The stack only looks these things up; ``destroy`` must leave them as they are. Everything is named,
and found again by its name, so seeding twice changes nothing.

Bynomi, per environment: a network in each region, the primary database and its proxy, the web tier,
the buckets, a secret; shared by both: the DNS zones, the certificate and the machine image. The
prize draw, a second company, has one environment: a network, a database, a site, a zone.
"""

import contextlib
import functools
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from sandbox import databases, estate_data
from sandbox.clients import Cloud

ACCOUNT = "123456789012"
PRIMARY = "us-east-1"
RECOVERY = "us-west-2"
ZONE = "bynomi.com"
PRIVATE_ZONE = "internal.bynomi.com"
IMAGE = "bynomi-web-2026.11"
DATABASE_PORT = 5432
WEB_PORT = 3000
# The role that Datadog's AWS integration takes in this account.
DATADOG_ROLE = "bynomi-datadog"
# Another account of the company's, where copies of backups go, and the role there.
VAULT_ACCOUNT = "210987654321"
VAULT_ROLE = "upkeep-backup"
# Who decides in an emergency takes this role first.
INCIDENT_ROLE = "bynomi-incident-response"
# Datadog's own account, which takes it [Datadog: AWS integration].
DATADOG_ACCOUNT = "464622532012"


@dataclass(frozen=True)
class Environment:
    """The figures in which Bynomi's environments differ; the rest is the same in both.

    networks: address range of the network, by region.
    servers: running web servers.
    company: what its names begin with.
    region: where its database and servers stand; recovery: where secrets are copied to.
    holds: the name of its database; instance: the one that serves it.
    tier: the name of its servers.
    """

    name: str
    networks: dict[str, str]
    database_class: str
    multi_az: bool
    proxy: bool
    server_class: str
    servers: int
    company: str = "bynomi"
    region: str = PRIMARY
    recovery: str = RECOVERY
    holds: str = "orders"
    tier: str = "web"
    instance: str = ""

    def named(self, suffix: str = "") -> str:
        """The company's name for a thing of this environment."""
        return f"{self.company}-{self.name}" + (f"-{suffix}" if suffix else "")

    @property
    def database(self) -> str:
        """The primary database: named by place and generation, never by role."""
        return self.instance or f"{self.holds}-{self.name}-use1-1"


ENVIRONMENTS = (
    Environment(
        name="prod",
        networks={PRIMARY: "10.10.0.0/16", RECOVERY: "10.20.0.0/16"},
        database_class="db.r6g.large",
        multi_az=True,
        proxy=True,
        server_class="m6i.large",
        servers=2,
    ),
    Environment(
        name="staging",
        networks={PRIMARY: "10.30.0.0/16", RECOVERY: "10.40.0.0/16"},
        database_class="db.t4g.medium",
        multi_az=False,
        proxy=False,
        server_class="t3.medium",
        servers=1,
    ),
)

# Subnets by name: third byte of the address, zone's letter, tier. Each is a /20.
SUBNETS = {
    "a": (0, "a", "private"),
    "b": (16, "b", "private"),
    "c": (32, "c", "private"),
    "public-a": (128, "a", "public"),
    "public-b": (144, "b", "public"),
    "public-c": (160, "c", "public"),
    # Their route table leads nowhere but the network: restored copies stand here.
    "isolated-a": (64, "a", "isolated"),
    "isolated-b": (80, "b", "isolated"),
    "isolated-c": (96, "c", "isolated"),
}

# Stands for the name of an environment's servers.
SERVERS = "<tier>"
# Security groups by suffix: port, and who may reach it (another group's suffix, or a range).
SECURITY_GROUPS = {
    "load-balancer": (443, "0.0.0.0/0"),
    SERVERS: (WEB_PORT, "load-balancer"),
    "database": (DATABASE_PORT, SERVERS),
}

PRIZE_DRAW = Environment(
    name="prod",
    company="prize-draw",
    networks={"eu-west-2": "10.50.0.0/16"},
    region="eu-west-2",
    recovery="eu-west-1",
    database_class="db.t4g.medium",
    multi_az=False,
    proxy=False,
    server_class="t3.medium",
    servers=2,
    holds="draws",
    instance="draws-prod-euw2-1",
    tier="site",
)
PRIZE_DRAW_ZONE = "prize-draw.example"

BUCKETS = ("product-images", "user-uploads")
# A copy of the deployments' state, which is kept in another bucket: docs/real-account.md.
STATE_COPY = "bynomi-upkeep-state-usw2"

# UTC. 07:10 is 02:10 in New York's winter; the windows must not overlap.
DATABASE = {
    "Engine": "postgres",
    "EngineVersion": "16.10",
    "AllocatedStorage": 100,
    "StorageType": "gp3",
    "StorageEncrypted": True,
    "BackupRetentionPeriod": 7,
    "PreferredBackupWindow": "07:10-07:40",
    "PreferredMaintenanceWindow": "sun:09:30-sun:10:00",
    "DBName": "orders",
    "MasterUsername": "bynomi",
    "MasterUserPassword": "only-in-the-sandbox",
    "PubliclyAccessible": False,
    "CopyTagsToSnapshot": True,
    "DeletionProtection": True,
}
DATABASE_FAMILY = "postgres16"
# Who looks after the database: a login of its own.
CARE_LOGIN = {"username": "upkeep_care", "password": "only-in-the-sandbox"}


def seed(endpoint_url: str) -> None:
    """Make Bynomi's estate at this endpoint, or what is missing of it.

    Raises botocore's ClientError when the cloud refuses something.
    """
    cloud = Cloud(endpoint_url)
    _datadog_role(cloud)
    _incident_role(cloud)
    _vault_account(cloud)
    certificates = {region: _certificate(cloud, region) for region in (PRIMARY, RECOVERY)}
    images = {region: _image(cloud, region) for region in (PRIMARY, RECOVERY)}
    networks: dict[tuple[str, str], Network] = {}
    for environment in ENVIRONMENTS:
        for region in environment.networks:
            networks[environment.name, region] = _network(cloud, environment, region)
        here = networks[environment.name, PRIMARY]
        _profile(cloud, environment)
        _database(cloud, environment, here)
        _web(cloud, environment, here, images[PRIMARY], certificates[PRIMARY])
        _version(cloud, environment)
        for suffix in BUCKETS:
            _bucket(cloud, environment.named(suffix), PRIMARY)
    # With what the replication has brought there; empty it would be a copy of nothing.
    _bucket(cloud, STATE_COPY, RECOVERY, holds={".pulumi/meta.yaml": b"version: 1\n"})
    _zone(cloud, ZONE, None)
    asking = [(region, network.vpc) for (_, region), network in networks.items()]
    _zone(cloud, PRIVATE_ZONE, asking)
    if databases.are_real(endpoint_url):
        for environment in ENVIRONMENTS:
            _shop(endpoint_url, environment)
    else:
        # Where databases are real, they are Bynomi's: a server more would stand there for nothing.
        _prize_draw(cloud)


def _prize_draw(cloud: Cloud) -> None:
    """The second company's: it shares the account with Bynomi, since the sandbox has one."""
    region = PRIZE_DRAW.region
    network = _network(cloud, PRIZE_DRAW, region)
    _profile(cloud, PRIZE_DRAW)
    _database(cloud, PRIZE_DRAW, network)
    image = _image(cloud, region, "prize-draw-site-2026.11")
    _web(cloud, PRIZE_DRAW, network, image, _certificate(cloud, region, PRIZE_DRAW_ZONE))
    _zone(cloud, PRIZE_DRAW_ZONE, None)


@dataclass(frozen=True)
class Network:
    """Identifiers of one environment's network in one region."""

    vpc: str
    subnets: dict[str, str]
    groups: dict[str, str]

    def tier(self, tier: str) -> list[str]:
        """Identifiers of the subnets of a tier, zone by zone."""
        return [self.subnets[name] for name, (_, _, of) in SUBNETS.items() if of == tier]


def _tags(environment: Environment, name: str, **more: str) -> list[dict[str, str]]:
    tags = {"Name": name, "Environment": environment.name, **more}
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _named(name: str) -> list[dict[str, Any]]:
    return [{"Name": "tag:Name", "Values": [name]}]


def _missing(describe: Callable[[], Any], listed: str = "") -> bool:
    """Whether a look-up by name finds nothing.

    Some services say so with an error, others with an empty list, named by ``listed``.
    """
    try:
        found = describe()
    except ClientError as error:
        code: str = error.response["Error"]["Code"]
        if "NotFound" in code or code in ("NoSuchEntity", "404"):
            return True
        raise
    return bool(listed) and not found[listed]


def _network(cloud: Cloud, environment: Environment, region: str) -> Network:
    ec2 = cloud("ec2", region)
    name, cidr = environment.named(), environment.networks[region]
    vpcs = ec2.describe_vpcs(Filters=_named(name))["Vpcs"]
    vpc = (
        vpcs[0]
        if vpcs
        else ec2.create_vpc(
            CidrBlock=cidr,
            TagSpecifications=[{"ResourceType": "vpc", "Tags": _tags(environment, name)}],
        )["Vpc"]
    )
    inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]

    subnets: dict[str, str] = {
        _tag(subnet, "Name").removeprefix(f"{name}-"): subnet["SubnetId"]
        for subnet in ec2.describe_subnets(Filters=inside)["Subnets"]
    }
    for suffix, (third, zone, tier) in SUBNETS.items():
        if suffix not in subnets:
            subnets[suffix] = ec2.create_subnet(
                VpcId=vpc["VpcId"],
                CidrBlock=f"{'.'.join(cidr.split('.')[:2])}.{third}.0/20",
                AvailabilityZone=f"{region}{zone}",
                TagSpecifications=[
                    {
                        "ResourceType": "subnet",
                        "Tags": _tags(environment, f"{name}-{suffix}", Tier=tier),
                    }
                ],
            )["Subnet"]["SubnetId"]

    groups: dict[str, str] = {
        group["GroupName"].removeprefix(f"{name}-"): group["GroupId"]
        for group in ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    }
    for of, (port, source) in SECURITY_GROUPS.items():
        suffix = environment.tier if of == SERVERS else of
        source = environment.tier if source == SERVERS else source
        if suffix not in groups:
            groups[suffix] = ec2.create_security_group(
                GroupName=environment.named(suffix),
                Description=f"{environment.named()}: {suffix.replace('-', ' ')}",
                VpcId=vpc["VpcId"],
                TagSpecifications=[
                    {
                        "ResourceType": "security-group",
                        "Tags": _tags(environment, environment.named(suffix)),
                    }
                ],
            )["GroupId"]
            reached_from: dict[str, Any] = (
                {"IpRanges": [{"CidrIp": source}]}
                if "/" in source
                else {"UserIdGroupPairs": [{"GroupId": groups[source]}]}
            )
            ec2.authorize_security_group_ingress(
                GroupId=groups[suffix],
                IpPermissions=[
                    {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **reached_from}
                ],
            )

    network = Network(vpc["VpcId"], subnets, groups)
    rds = cloud("rds", region)
    if _missing(lambda: rds.describe_db_subnet_groups(DBSubnetGroupName=name), "DBSubnetGroups"):
        rds.create_db_subnet_group(
            DBSubnetGroupName=name,
            DBSubnetGroupDescription=f"Private subnets of {name}",
            SubnetIds=network.tier("private"),
            Tags=_tags(environment, name),
        )
    return network


def _database(cloud: Cloud, environment: Environment, network: Network) -> None:
    rds = cloud("rds", environment.region)
    name = environment.named("database")
    parameters = environment.named(environment.holds)
    if _missing(
        lambda: rds.describe_db_parameter_groups(DBParameterGroupName=parameters),
        "DBParameterGroups",
    ):
        rds.create_db_parameter_group(
            DBParameterGroupName=parameters,
            DBParameterGroupFamily=DATABASE_FAMILY,
            Description=f"{environment.holds}, {environment.name}",
            Tags=_tags(environment, parameters),
        )
    if _missing(
        lambda: rds.describe_db_instances(DBInstanceIdentifier=environment.database), "DBInstances"
    ):
        rds.create_db_instance(
            DBInstanceIdentifier=environment.database,
            DBInstanceClass=environment.database_class,
            MultiAZ=environment.multi_az,
            DBParameterGroupName=parameters,
            DBSubnetGroupName=environment.named(),
            VpcSecurityGroupIds=[network.groups["database"]],
            KmsKeyId=_key(cloud, environment, name),
            Tags=_tags(environment, environment.database),
            **DATABASE | {"DBName": environment.holds},
        )
    _secrets(cloud, environment, network)


def _secrets(cloud: Cloud, environment: Environment, network: Network) -> None:
    """What functions and servers log in with."""
    owner = {"username": DATABASE["MasterUsername"], "password": DATABASE["MasterUserPassword"]}
    database = _secret(cloud, environment, "database", owner)
    _secret(cloud, environment, "database-care", CARE_LOGIN)
    # By these, functions reach Datadog; the sandbox's own takes any.
    _secret(cloud, environment, "datadog", {"api_key": "sandbox", "app_key": "sandbox"})
    if environment.proxy:
        _proxy(cloud, environment, network, database)


def _secret(cloud: Cloud, environment: Environment, suffix: str, holds: Mapping[str, Any]) -> str:
    """The address of a secret; who recovers reads it over there."""
    secrets = cloud("secretsmanager", environment.region)
    name = environment.named(suffix)
    if _missing(lambda: secrets.describe_secret(SecretId=name)):
        secrets.create_secret(
            Name=name,
            SecretString=json.dumps(holds),
            Tags=_tags(environment, name),
            AddReplicaRegions=[{"Region": environment.recovery}],
        )
    return str(secrets.describe_secret(SecretId=name)["ARN"])


def _shop(endpoint_url: str, environment: Environment) -> None:
    """The shop's rows, where a server stands behind the database."""
    databases.wait_for(endpoint_url, environment.database)
    connection = databases.connect(
        endpoint_url,
        environment.database,
        *(str(DATABASE[key]) for key in ("MasterUsername", "MasterUserPassword", "DBName")),
    )
    with contextlib.closing(connection):
        estate_data.fill(connection, CARE_LOGIN)


def _key(cloud: Cloud, environment: Environment, name: str) -> str:
    kms = cloud("kms", environment.region)
    aliases = {alias["AliasName"]: alias for alias in kms.list_aliases()["Aliases"]}
    found = aliases.get(f"alias/{name}")
    if found:
        return str(kms.describe_key(KeyId=found["TargetKeyId"])["KeyMetadata"]["Arn"])
    key = kms.create_key(
        Description=f"Database of {environment.named()}",
        Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in _tags(environment, name)],
    )["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"])
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key["KeyId"])
    return str(key["Arn"])


def _proxy(cloud: Cloud, environment: Environment, network: Network, secret: str) -> None:
    rds = cloud("rds")
    name = environment.named("orders")
    if not _missing(lambda: rds.describe_db_proxies(DBProxyName=name), "DBProxies"):
        return
    role = _role(cloud, environment, environment.named("database-proxy"), "rds.amazonaws.com")
    rds.create_db_proxy(
        DBProxyName=name,
        EngineFamily="POSTGRESQL",
        Auth=[{"AuthScheme": "SECRETS", "SecretArn": secret, "IAMAuth": "DISABLED"}],
        RoleArn=role,
        VpcSubnetIds=network.tier("private"),
        VpcSecurityGroupIds=[network.groups["database"]],
        RequireTLS=True,
        Tags=_tags(environment, name),
    )
    rds.register_db_proxy_targets(DBProxyName=name, DBInstanceIdentifiers=[environment.database])


def _role(cloud: Cloud, environment: Environment, name: str, service: str) -> str:
    iam = cloud("iam")
    if _missing(lambda: iam.get_role(RoleName=name)):
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(trust),
            Tags=_tags(environment, name),
        )
    return str(iam.get_role(RoleName=name)["Role"]["Arn"])


def _datadog_role(cloud: Cloud) -> None:
    iam = cloud("iam")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{DATADOG_ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "bynomi"}},
            }
        ],
    }
    if _missing(lambda: iam.get_role(RoleName=DATADOG_ROLE)):
        iam.create_role(RoleName=DATADOG_ROLE, AssumeRolePolicyDocument=json.dumps(trust))


def _incident_role(cloud: Cloud) -> None:
    """The role of the incident response team: its people take it to decide in a runbook."""
    _role_of_the_account(cloud("iam"), INCIDENT_ROLE)


def _vault_account(cloud: Cloud) -> None:
    """The other account's role: the sandbox lets it be taken before it is there."""
    iam = cloud.assuming(f"arn:aws:iam::{VAULT_ACCOUNT}:role/{VAULT_ROLE}")("iam")
    _role_of_the_account(iam, VAULT_ROLE)


def _role_of_the_account(iam: Any, name: str) -> None:
    """A role that whoever is in Bynomi's account may take."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    if _missing(lambda: iam.get_role(RoleName=name)):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))


def _profile(cloud: Cloud, environment: Environment) -> None:
    iam = cloud("iam")
    name = environment.named(environment.tier)
    _role(cloud, environment, name, "ec2.amazonaws.com")
    if _missing(lambda: iam.get_instance_profile(InstanceProfileName=name)):
        iam.attach_role_policy(
            RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
        )
        iam.create_instance_profile(InstanceProfileName=name, Tags=_tags(environment, name))
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)


def _image(cloud: Cloud, region: str, image: str = IMAGE) -> str:
    ec2 = cloud("ec2", region)
    found = ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [image]}])[
        "Images"
    ]
    if found:
        return str(found[0]["ImageId"])
    return str(
        ec2.register_image(
            Name=image,
            Description="A web server",
            Architecture="x86_64",
            RootDeviceName="/dev/xvda",
            VirtualizationType="hvm",
        )["ImageId"]
    )


def _certificate(cloud: Cloud, region: str, zone: str = ZONE) -> str:
    acm = cloud("acm", region)
    for summary in acm.list_certificates()["CertificateSummaryList"]:
        if summary["DomainName"] == f"*.{zone}":
            return str(summary["CertificateArn"])
    return str(
        acm.request_certificate(
            DomainName=f"*.{zone}", SubjectAlternativeNames=[zone], ValidationMethod="DNS"
        )["CertificateArn"]
    )


def _web(
    cloud: Cloud, environment: Environment, network: Network, image: str, certificate: str
) -> None:
    name = environment.named(environment.tier)
    target_group = _load_balancer(cloud, environment, network, certificate)
    ec2 = cloud("ec2", environment.region)
    if _missing(
        lambda: ec2.describe_launch_templates(LaunchTemplateNames=[name]), "LaunchTemplates"
    ):
        ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={
                "ImageId": image,
                "InstanceType": environment.server_class,
                "IamInstanceProfile": {"Name": name},
                "SecurityGroupIds": [network.groups[environment.tier]],
                "MetadataOptions": {"HttpTokens": "required"},
            },
            TagSpecifications=[
                {"ResourceType": "launch-template", "Tags": _tags(environment, name)}
            ],
        )
    autoscaling = cloud("autoscaling", environment.region)
    groups = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    if not groups["AutoScalingGroups"]:
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "$Latest"},
            MinSize=environment.servers,
            MaxSize=environment.servers * 3,
            DesiredCapacity=environment.servers,
            VPCZoneIdentifier=",".join(network.tier("private")),
            TargetGroupARNs=[target_group],
            HealthCheckType="ELB",
            HealthCheckGracePeriod=120,
            Tags=[
                {
                    **tag,
                    "ResourceId": name,
                    "ResourceType": "auto-scaling-group",
                    "PropagateAtLaunch": True,
                }
                # By this tag Patch Manager knows which baseline its servers have.
                for tag in [*_tags(environment, name), {"Key": "PatchGroup", "Value": name}]
            ],
        )


def _version(cloud: Cloud, environment: Environment) -> None:
    """What is deployed, as the delivery writes it down in either region."""
    for region in environment.networks:
        ssm = cloud("ssm", region)
        name = f"/bynomi/{environment.name}/web/version"
        if _missing(functools.partial(ssm.get_parameter, Name=name)):
            ssm.put_parameter(
                Name=name,
                Value=IMAGE.rpartition("-")[2],
                Type="String",
                Tags=_tags(environment, name),
            )


def _load_balancer(
    cloud: Cloud, environment: Environment, network: Network, certificate: str
) -> str:
    elb = cloud("elbv2", environment.region)
    name = environment.named(environment.tier)
    if _missing(lambda: elb.describe_load_balancers(Names=[name]), "LoadBalancers"):
        balancer = elb.create_load_balancer(
            Name=name,
            Type="application",
            Scheme="internet-facing",
            Subnets=network.tier("public"),
            SecurityGroups=[network.groups["load-balancer"]],
            Tags=_tags(environment, name),
        )["LoadBalancers"][0]
        target_group = elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=WEB_PORT,
            VpcId=network.vpc,
            TargetType="instance",
            HealthCheckPath="/api/health",
            Tags=_tags(environment, name),
        )["TargetGroups"][0]
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTPS",
            Port=443,
            SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
            Certificates=[{"CertificateArn": certificate}],
            DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group["TargetGroupArn"]}],
            Tags=_tags(environment, name),
        )
    return str(elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"])


def _bucket(cloud: Cloud, name: str, region: str, holds: Mapping[str, bytes] | None = None) -> None:
    s3 = cloud("s3", region)
    if not _missing(lambda: s3.head_bucket(Bucket=name)):
        return
    # The first region of all is the one that S3 does not want to hear named.
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **({} if region == "us-east-1" else elsewhere))
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    for key, content in (holds or {}).items():
        s3.put_object(Bucket=name, Key=key, Body=content)


def _zone(cloud: Cloud, name: str, asking: list[tuple[str, str]] | None) -> None:
    """A zone: public, or private to the networks that ask it, each with its region."""
    route53 = cloud("route53")
    networks = [{"VPCRegion": region, "VPCId": vpc} for region, vpc in asking or []]
    zones = route53.list_hosted_zones()["HostedZones"]
    if any(zone["Name"] == f"{name}." for zone in zones):
        return
    zone = route53.create_hosted_zone(
        Name=name,
        CallerReference=f"estate-{name}",
        HostedZoneConfig={"Comment": "The estate", "PrivateZone": bool(networks)},
        **({"VPC": networks[0]} if networks else {}),
    )["HostedZone"]
    for network in networks[1:]:
        route53.associate_vpc_with_hosted_zone(HostedZoneId=zone["Id"], VPC=network)


def _tag(described: dict[str, Any], key: str) -> str:
    return next((tag["Value"] for tag in described.get("Tags", []) if tag["Key"] == key), "")


if __name__ == "__main__":
    # As a process: where AWS_ENDPOINT_URL says. Never in a real account, where it is not set.
    seed(os.environ["AWS_ENDPOINT_URL"])
