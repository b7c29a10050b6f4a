"""Route 53, SNS, SSM, EC2 and Auto Scaling in the sandbox: what moto bends, put right."""

from collections.abc import Iterator
from typing import Any

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


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


ALIAS = {
    "HostedZoneId": "Z35SXDOTRQ7X7K",
    "DNSName": "web.us-east-1.elb.amazonaws.com",
    "EvaluateTargetHealth": True,
}


class TestInstanceRefresh:
    def group(self, cloud: Cloud, name: str) -> str:
        """A group of two servers; the id of its launch template."""
        ec2 = cloud("ec2")
        image = ec2.register_image(Name=name, RootDeviceName="/dev/xvda")["ImageId"]
        template = ec2.create_launch_template(
            LaunchTemplateName=name,
            LaunchTemplateData={"ImageId": image, "InstanceType": "m6i.large"},
        )["LaunchTemplate"]["LaunchTemplateId"]
        cloud("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
            MinSize=2,
            MaxSize=4,
            AvailabilityZones=["us-east-1a"],
        )
        return str(template)

    def servers(self, cloud: Cloud, name: str) -> dict[str, str]:
        """Each server's version of the template."""
        found = cloud("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return {
            one["InstanceId"]: one["LaunchTemplate"]["Version"]
            for one in found["AutoScalingGroups"][0]["Instances"]
        }

    def refresh(self, cloud: Cloud, name: str, **preferences: Any) -> Any:
        started = cloud("autoscaling").start_instance_refresh(
            AutoScalingGroupName=name, Preferences={"SkipMatching": True, **preferences}
        )
        newest = cloud("autoscaling").describe_instance_refreshes(AutoScalingGroupName=name)
        assert newest["InstanceRefreshes"][0]["InstanceRefreshId"] == started["InstanceRefreshId"]
        return newest["InstanceRefreshes"][0]

    def test_servers_of_an_older_version_are_replaced(self, cloud: Cloud) -> None:
        template = self.group(cloud, "refreshed")
        before = self.servers(cloud, "refreshed")
        assert [*before.values()] == ["1", "1"]
        cloud("ec2").create_launch_template_version(
            LaunchTemplateId=template,
            SourceVersion="1",
            LaunchTemplateData={"ImageId": "ami-other", "InstanceType": "m6i.xlarge"},
        )
        # A new version alone changes nothing that runs.
        assert self.servers(cloud, "refreshed") == before

        assert self.refresh(cloud, "refreshed")["Status"] == "Successful"
        after = self.servers(cloud, "refreshed")
        assert [*after.values()] == ["2", "2"]
        assert after.keys().isdisjoint(before)

    def test_servers_that_are_right_may_stay(self, cloud: Cloud) -> None:
        self.group(cloud, "right")
        before = self.servers(cloud, "right")
        self.refresh(cloud, "right")
        assert self.servers(cloud, "right") == before
        self.refresh(cloud, "right", SkipMatching=False)
        assert self.servers(cloud, "right").keys().isdisjoint(before)

    def test_what_the_service_refuses_is_refused(self, cloud: Cloud) -> None:
        self.group(cloud, "refused")
        call = cloud("autoscaling").start_instance_refresh
        preferences = {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 200}
        assert "at most 100 apart" in " ".join(
            refusal(call, AutoScalingGroupName="refused", Preferences=preferences)
        )
        assert "not found" in refusal(call, AutoScalingGroupName="nobody")[1]


class TestHealthChecks:
    @pytest.fixture(autouse=True)
    def _client(self, cloud: Cloud) -> None:
        self.route53 = cloud("route53")

    def make(self, reference: str, **config: Any) -> str:
        made = self.route53.create_health_check(CallerReference=reference, HealthCheckConfig=config)
        return str(made["HealthCheck"]["Id"])

    def read(self, check: str) -> dict[str, Any]:
        found = self.route53.get_health_check(HealthCheckId=check)["HealthCheck"]
        return dict(found["HealthCheckConfig"])

    def test_every_kind_is_read_back_as_sent(self) -> None:
        https = {
            "Type": "HTTPS",
            "FullyQualifiedDomainName": "www.bynomi.com",
            "Port": 443,
            "ResourcePath": "/api/health",
            "RequestInterval": 10,
            "FailureThreshold": 3,
            "MeasureLatency": True,
            "EnableSNI": True,
            "Inverted": False,
            "Disabled": False,
            "Regions": ["us-east-1", "us-west-2", "eu-west-1"],
        }
        child = self.make("https", **https)
        calculated = {
            "Type": "CALCULATED",
            "ChildHealthChecks": [child],
            "HealthThreshold": 1,
            "Inverted": False,
            "Disabled": False,
        }
        alarm = {
            "Type": "CLOUDWATCH_METRIC",
            "AlarmIdentifier": {"Region": "us-east-1", "Name": "web"},
            "InsufficientDataHealthStatus": "Unhealthy",
            "Inverted": False,
            "Disabled": False,
        }
        assert self.read(child) == https
        assert self.read(self.make("calculated", **calculated)) == calculated
        assert self.read(self.make("alarm", **alarm)) == alarm

    def test_update_changes_what_is_named_and_nothing_else(self) -> None:
        child = self.make("child", Type="TCP", IPAddress="192.0.2.1", Port=443)
        parent = self.make(
            "parent", Type="CALCULATED", ChildHealthChecks=[child], HealthThreshold=1
        )
        changed = self.route53.update_health_check(HealthCheckId=parent, Inverted=True)
        assert changed["HealthCheck"]["HealthCheckVersion"] == 2
        assert self.read(parent) == {
            "Type": "CALCULATED",
            "ChildHealthChecks": [child],
            "HealthThreshold": 1,
            "Inverted": True,
            "Disabled": False,
        }

    def test_a_repeated_create_gives_the_same_check(self) -> None:
        config = {"Type": "HTTP", "FullyQualifiedDomainName": "bynomi.com"}
        assert self.make("again", **config) == self.make("again", **config)
        assert (
            refusal(
                self.route53.create_health_check,
                CallerReference="again",
                HealthCheckConfig={**config, "Port": 8080},
            )[0]
            == "HealthCheckAlreadyExists"
        )

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"RequestInterval": 20}, "RequestInterval 20: 10 or 30"),
            ({"FailureThreshold": 11}, "FailureThreshold 11: 1 to 10"),
            (
                {"FailureThreshold": 10, "Type": "HTTPS_STR_MATCH"},
                "HTTPS_STR_MATCH needs SearchString",
            ),
        ],
    )
    def test_refused(self, changes: dict[str, Any], message: str) -> None:
        config = {"Type": "HTTPS", "FullyQualifiedDomainName": "bynomi.com", **changes}
        assert refusal(
            self.route53.create_health_check, CallerReference="no", HealthCheckConfig=config
        ) == ("InvalidInput", message)


class TestRecords:
    @pytest.fixture(autouse=True)
    def _zone(self, cloud: Cloud) -> None:
        self.route53 = cloud("route53")
        made = self.route53.create_hosted_zone(Name="bynomi.com", CallerReference="zone")
        self.zone = made["HostedZone"]["Id"]

    def change(self, *changes: tuple[str, dict[str, Any]]) -> None:
        self.route53.change_resource_record_sets(
            HostedZoneId=self.zone,
            ChangeBatch={
                "Changes": [
                    {"Action": action, "ResourceRecordSet": record} for action, record in changes
                ]
            },
        )

    def names(self) -> list[tuple[str, str | None]]:
        found = self.route53.list_resource_record_sets(HostedZoneId=self.zone)
        return [
            (record["Name"], record.get("SetIdentifier"))
            for record in found["ResourceRecordSets"]
            if record["Type"] == "A"
        ]

    @staticmethod
    def failover(name: str, role: str) -> dict[str, Any]:
        return {
            "Name": name,
            "Type": "A",
            "SetIdentifier": role.lower(),
            "Failover": role,
            "AliasTarget": ALIAS,
        }

    def test_deleting_one_leaves_the_others_of_the_same_set_identifier(self) -> None:
        # Two environments share the zone, and both call their records "primary" and "secondary".
        prod = self.failover("www.bynomi.com", "PRIMARY")
        staging = self.failover("staging.bynomi.com", "PRIMARY")
        self.change(("CREATE", prod), ("CREATE", staging))
        self.change(("DELETE", staging))
        assert self.names() == [("www.bynomi.com.", "primary")]
        found = self.route53.list_resource_record_sets(HostedZoneId=self.zone)
        (record,) = [one for one in found["ResourceRecordSets"] if one["Type"] == "A"]
        assert record == {**prod, "Name": "www.bynomi.com."}

    def test_a_batch_is_all_or_nothing(self) -> None:
        good = self.failover("www.bynomi.com", "PRIMARY")
        code, message = refusal(
            self.route53.change_resource_record_sets,
            HostedZoneId=self.zone,
            ChangeBatch={
                "Changes": [
                    {"Action": "CREATE", "ResourceRecordSet": good},
                    {
                        "Action": "DELETE",
                        "ResourceRecordSet": self.failover("x.bynomi.com", "PRIMARY"),
                    },
                ]
            },
        )
        assert (code, "but it was not found" in message) == ("InvalidChangeBatch", True)
        assert self.names() == []

    @pytest.mark.parametrize(
        ("second", "why"),
        [
            (
                {
                    "Name": "www.bynomi.com",
                    "Type": "A",
                    "SetIdentifier": "w",
                    "Weight": 1,
                    "AliasTarget": ALIAS,
                },
                "conflicts with other records of that name and type",
            ),
            (
                {
                    "Name": "www.bynomi.com",
                    "Type": "A",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": "192.0.2.1"}],
                },
                "conflicts with other records of that name and type",
            ),
            (
                {
                    "Name": "www.bynomi.com",
                    "Type": "A",
                    "SetIdentifier": "other",
                    "Failover": "PRIMARY",
                    "AliasTarget": ALIAS,
                },
                "is a second PRIMARY",
            ),
            (
                {
                    "Name": "www.bynomi.com",
                    "Type": "A",
                    "SetIdentifier": "primary",
                    "Failover": "PRIMARY",
                    "AliasTarget": ALIAS,
                },
                "but it already exists",
            ),
        ],
    )
    def test_refused_beside_a_failover_record(self, second: dict[str, Any], why: str) -> None:
        self.change(("CREATE", self.failover("www.bynomi.com", "PRIMARY")))
        code, message = refusal(
            self.route53.change_resource_record_sets,
            HostedZoneId=self.zone,
            ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": second}]},
        )
        assert (code, why in message) == ("InvalidChangeBatch", True)

    def test_unknown_health_check_is_refused(self) -> None:
        record = {**self.failover("www.bynomi.com", "PRIMARY"), "HealthCheckId": "gone"}
        assert (
            refusal(
                self.route53.change_resource_record_sets,
                HostedZoneId=self.zone,
                ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
            )[0]
            == "NoSuchHealthCheck"
        )


def test_subscription_of_a_person_is_pending_until_confirmed(cloud: Cloud) -> None:
    sns = cloud("sns")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    assert (
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@bynomi.com")[
            "SubscriptionArn"
        ]
        == "pending confirmation"
    )
    email = sns.subscribe(
        TopicArn=topic, Protocol="email", Endpoint="ops@bynomi.com", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    text = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15555550100")["SubscriptionArn"]

    def state() -> tuple[set[tuple[str, str]], str, str, str]:
        listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        one = sns.get_subscription_attributes(SubscriptionArn=email)["Attributes"]
        return (
            {(each["Protocol"], each["SubscriptionArn"]) for each in listed},
            attributes["SubscriptionsPending"],
            attributes["SubscriptionsConfirmed"],
            one["PendingConfirmation"],
        )

    assert state() == ({("email", "PendingConfirmation"), ("sms", text)}, "1", "1", "true")
    sns.confirm_subscription(TopicArn=topic, Token=email.rpartition(":")[2])
    assert state() == ({("email", email), ("sms", text)}, "0", "2", "false")


def test_endpoint_of_aws_confirms_itself(cloud: Cloud) -> None:
    sns = cloud("sns")
    topic = sns.create_topic(Name="chat")["TopicArn"]
    url = "https://global.sns-api.chatbot.amazonaws.com"
    made = sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=url)["SubscriptionArn"]
    assert made.startswith(topic)


def test_association_lives(cloud: Cloud) -> None:
    ssm = cloud("ssm")
    sent = {
        "Name": "AWS-ConfigureAWSPackage",
        "AssociationName": "agent",
        "Parameters": {"action": ["Install"], "name": ["AmazonCloudWatchAgent"]},
        "Targets": [{"Key": "tag:Name", "Values": ["bynomi-prod-web"]}],
        "ScheduleExpression": "rate(1 day)",
        "ComplianceSeverity": "HIGH",
        "MaxConcurrency": "50%",
        "MaxErrors": "1",
    }
    made = ssm.create_association(**sent, Tags=[{"Key": "team", "Value": "shop"}])
    identifier = made["AssociationDescription"]["AssociationId"]

    def read() -> dict[str, Any]:
        found = ssm.describe_association(AssociationId=identifier)["AssociationDescription"]
        return {key: found[key] for key in (*sent, "AssociationVersion")}

    assert read() == {**sent, "AssociationVersion": "1"}
    tags = ssm.list_tags_for_resource(ResourceType="Association", ResourceId=identifier)
    assert tags["TagList"] == [{"Key": "team", "Value": "shop"}]
    assert refusal(ssm.create_association, **sent)[0] == "AssociationAlreadyExists"

    changed = {**sent, "ScheduleExpression": "rate(2 days)"}
    ssm.update_association(AssociationId=identifier, **changed)
    assert read() == {**changed, "AssociationVersion": "2"}
    listed = ssm.list_associations()["Associations"]
    assert [(one["Name"], one["AssociationName"]) for one in listed] == [(sent["Name"], "agent")]
    ssm.delete_association(AssociationId=identifier)
    assert refusal(ssm.describe_association, AssociationId=identifier)[0] == (
        "AssociationDoesNotExist"
    )


def test_standard_parameter_holds_four_kibibytes(cloud: Cloud) -> None:
    ssm = cloud("ssm")
    ssm.put_parameter(Name="/agent", Type="String", Value="x" * 4096)
    assert refusal(
        ssm.put_parameter, Name="/agent", Type="String", Value="x" * 4097, Overwrite=True
    )[0] == ("ValidationException")


def test_image_keeps_its_architecture(cloud: Cloud) -> None:
    ec2 = cloud("ec2")
    ec2.register_image(Name="web", Architecture="x86_64", VirtualizationType="hvm")
    (image,) = ec2.describe_images(
        Owners=["self"], Filters=[{"Name": "architecture", "Values": ["x86_64"]}]
    )["Images"]
    assert (image["Name"], image["VirtualizationType"], image["RootDeviceType"]) == (
        "web",
        "hvm",
        "ebs",
    )


def test_launch_template_does_not_launch_its_own_tags(cloud: Cloud) -> None:
    ec2 = cloud("ec2")
    launched = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}]
    ec2.create_launch_template(
        LaunchTemplateName="web",
        LaunchTemplateData={"InstanceType": "t3.small", "TagSpecifications": launched},
        TagSpecifications=[
            {"ResourceType": "launch-template", "Tags": [{"Key": "team", "Value": "shop"}]}
        ],
    )
    (version,) = ec2.describe_launch_template_versions(LaunchTemplateName="web")[
        "LaunchTemplateVersions"
    ]
    assert version["LaunchTemplateData"] == {
        "InstanceType": "t3.small",
        "TagSpecifications": launched,
    }
    (template,) = ec2.describe_launch_templates(LaunchTemplateNames=["web"])["LaunchTemplates"]
    assert template["Tags"] == [{"Key": "team", "Value": "shop"}]


def test_rule_that_names_a_group_keeps_its_description(cloud: Cloud) -> None:
    ec2 = cloud("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    pair = {"GroupId": group, "Description": "from the load balancer"}
    made = ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}
        ],
    )["SecurityGroupRules"][0]
    (rule,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[made["SecurityGroupRuleId"]])[
        "SecurityGroupRules"
    ]
    assert (rule["Description"], rule["ReferencedGroupInfo"]["GroupId"]) == (
        "from the load balancer",
        group,
    )


def test_auto_scaling_group_keeps_what_it_is_told(cloud: Cloud) -> None:
    ec2, autoscaling = cloud("ec2"), cloud("autoscaling")
    ec2.create_launch_template(
        LaunchTemplateName="group", LaunchTemplateData={"InstanceType": "t3.small"}
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="group",
        LaunchTemplate={"LaunchTemplateName": "group", "Version": "$Latest"},
        MinSize=0,
        MaxSize=2,
        AvailabilityZones=["us-east-1a"],
        DefaultInstanceWarmup=90,
    )

    def read() -> tuple[int, int, list[str]]:
        (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["group"])[
            "AutoScalingGroups"
        ]
        return (
            group["DefaultInstanceWarmup"],
            group["DefaultCooldown"],
            group["TerminationPolicies"],
        )

    assert read() == (90, 300, ["Default"])
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="group",
        DefaultInstanceWarmup=30,
        DefaultCooldown=60,
        TerminationPolicies=["OldestInstance"],
    )
    assert read() == (30, 60, ["OldestInstance"])
