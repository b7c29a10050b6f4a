"""The runbooks' own documents against the sandbox's AWS: what each does, when a side is gone, when
it is run twice, when a step of it is missing. Databases are moto's here; drills have real ones."""

import io
import json
import threading
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pulumi_upkeep
import pytest
from pulumi_upkeep import policy
from pulumi_upkeep.functions.common.ledger import Ledger, newest_proof
from pulumi_upkeep.recover.runbook.complete_outage import (
    CompleteOutage,
    Files,
    Part,
    complete_outage,
)
from pulumi_upkeep.recover.runbook.database_failure import (
    DatabaseFailure,
    Member,
    database_failure,
)
from pulumi_upkeep.recover.runbook.inside import Inside
from pulumi_upkeep.recover.runbook.people import People
from pulumi_upkeep.recover.runbook.restoring import Restoring
from pulumi_upkeep.recover.runbook.server_failure import ServerFailure, server_failure
from pulumi_upkeep.recover.runbook.steps import Runbook
from pulumi_upkeep.recover.runbooks import ENDED

from sandbox.clients import Cloud
from sandbox.server import Sandbox

# Starts a server.
pytestmark = pytest.mark.slow

ACCOUNT = "123456789012"
HERE, THERE = "us-west-2", "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ssm.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
TEAM = f"arn:aws:iam::{ACCOUNT}:role/team"
FUNCTIONS = Path(pulumi_upkeep.__file__).parent / "functions"
numbers = count(1)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    state = tmp_path_factory.mktemp("sandbox") / "sandbox.json"
    with Sandbox(aws_port=0, datadog_port=0, state=state, providers=False, estate=False) as sandbox:
        found = Cloud(sandbox.addresses.aws_endpoint_url, region=HERE)
        found("iam").create_role(RoleName="team", AssumeRolePolicyDocument="{}")
        yield found


@pytest.fixture
def people(cloud: Cloud) -> People:
    topic = cloud("sns").create_topic(Name="p0")["TopicArn"]
    within = timedelta(minutes=30)
    return People(ACCOUNT, HERE, (TEAM,), within, topic, "https://x.example/page", asks=False)


@pytest.fixture
def database(cloud: Cloud) -> DatabaseFailure:
    """A primary over there with a replica here, new for each test."""
    number = next(numbers)
    primary, successor = f"shop-use1-{number}", f"shop-usw2-{number}"
    cloud("rds", THERE).create_db_instance(
        DBInstanceIdentifier=primary,
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="shop",
        MasterUserPassword="only-in-the-sandbox",
        BackupRetentionPeriod=7,
    )
    cloud("rds").create_db_instance_read_replica(
        DBInstanceIdentifier=successor,
        SourceDBInstanceIdentifier=f"arn:aws:rds:{THERE}:{ACCOUNT}:db:{primary}",
    )
    vpc = cloud("ec2", THERE).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    fence = cloud("ec2", THERE).create_security_group(
        GroupName=f"fence-{number}", Description="lets nobody in", VpcId=vpc
    )["GroupId"]
    return DatabaseFailure(
        database="orders",
        primary=Member(primary, THERE, primary),
        successor=Member(successor, HERE, successor),
        fence=fence,
        keep_days=14,
        writer_name="",
        application="",
        inside=Inside("looks"),
        restoring=None,
    )


def of_database(database: DatabaseFailure, people: People) -> Runbook:
    """Its runbook without what looks inside: there is nothing inside moto's databases."""
    whole = database_failure(database, people, f"document-{next(numbers)}", "complete-outage")
    return without(whole, "verify_data", "rebuild_indexes")


def without(runbook: Runbook, *names: str) -> Runbook:
    """A runbook from which steps were taken, as somebody may do by hand."""
    return replace(runbook, steps=tuple(step for step in runbook.steps if step.name not in names))


def publish(cloud: Cloud, runbook: Runbook) -> str:
    """The document and its role, as the component declares them; the role's ARN."""
    name = f"role-{next(numbers)}"
    iam = cloud("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=runbook.policy())
    document = {
        "schemaVersion": "0.3",
        "assumeRole": arn,
        "mainSteps": [step.as_document() for step in runbook.steps],
    }
    cloud("ssm").create_document(
        Name=runbook.document_name, DocumentType="Automation", Content=json.dumps(document)
    )
    return str(arn)


def run(cloud: Cloud, document: str, answer: str = "Approve") -> Any:
    """A run at its end; whatever it waits for, the team answers."""
    ssm = cloud("ssm")
    id_ = ssm.start_automation_execution(DocumentName=document)["AutomationExecutionId"]
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = ssm.get_automation_execution(AutomationExecutionId=id_)["AutomationExecution"]
        if found["AutomationExecutionStatus"] in ("Success", "Failed", "TimedOut"):
            return found
        if found["AutomationExecutionStatus"] == "Waiting":
            cloud.assuming(TEAM)("ssm").send_automation_signal(
                AutomationExecutionId=id_, SignalType=answer
            )
        time.sleep(0.05)
    raise AssertionError(found)


def outcome(execution: Any) -> dict[str, str]:
    return {
        step["StepName"]: step["StepStatus"]
        for step in execution["StepExecutions"]
        if step["StepStatus"] != "Pending"
    }


def instance(cloud: Cloud, member: Member) -> Any:
    (found,) = cloud("rds", member.region).describe_db_instances(DBInstanceIdentifier=member.id)[
        "DBInstances"
    ]
    return found


def fenced(cloud: Cloud, database: DatabaseFailure) -> bool:
    groups = instance(cloud, database.primary)["VpcSecurityGroups"]
    return [each["VpcSecurityGroupId"] for each in groups] == [database.fence]


def control(cloud: Cloud, path: str, **body: Any) -> None:
    url = f"{cloud('ssm').meta.endpoint_url}/_upkeep/{path}"
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    urllib.request.urlopen(request).close()


class TestDatabaseFailure:
    def test_the_old_primary_is_fenced_and_the_replica_stands_alone(
        self, cloud: Cloud, database: DatabaseFailure, people: People
    ) -> None:
        runbook = of_database(database, people)
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name)
        assert execution["AutomationExecutionStatus"] == "Success", execution
        assert list(outcome(execution)) == [
            "assess",
            "fence_primary",
            "is_fenced",
            "is_promoted",
            "promote",
            "wait_writable",
            "stands_alone",
            "keep_backups",
            "fence_again",
            "say_done",
        ]
        assert fenced(cloud, database)
        successor = instance(cloud, database.successor)
        assert "ReadReplicaSourceDBInstanceIdentifier" not in successor
        assert successor["BackupRetentionPeriod"] == 14
        # Run twice: it is fenced again, and nothing is promoted.
        again = run(cloud, runbook.document_name)
        assert again["AutomationExecutionStatus"] == "Success"
        assert "promote" not in outcome(again)

    def test_with_the_region_gone_it_goes_on_and_fences_when_it_is_back(
        self, cloud: Cloud, database: DatabaseFailure, people: People
    ) -> None:
        runbook = of_database(database, people)
        publish(cloud, runbook)
        control(cloud, "outage", region=THERE, on=True)
        try:
            execution = run(cloud, runbook.document_name)
        finally:
            control(cloud, "outage", region=THERE, on=False)
        assert execution["AutomationExecutionStatus"] == "Success", execution
        found = outcome(execution)
        assert (found["say_unreachable"], found["promote"]) == ("Success", "Success")
        assert not fenced(cloud, database)
        again = outcome(run(cloud, runbook.document_name))
        assert fenced(cloud, database)
        assert "say_unreachable" not in again
        assert "promote" not in again

    def test_a_primary_that_cannot_be_fenced_is_asked_about_first(
        self, cloud: Cloud, database: DatabaseFailure, people: People
    ) -> None:
        """Its region answers: it may be taking writes."""
        gone = replace(database, fence="sg-00000000000000000")
        runbook = of_database(gone, people)
        # The role may not change it, as if the account's own policies forbade it.
        steps = tuple(
            replace(step, may=()) if step.name in ("fence_primary", "fence_again") else step
            for step in runbook.steps
        )
        publish(cloud, replace(runbook, steps=steps))
        execution = run(cloud, runbook.document_name)
        found = outcome(execution)
        assert found["fence_primary"] == "Failed"
        assert "not authorized" in next(
            step["FailureMessage"]
            for step in execution["StepExecutions"]
            if step["StepName"] == "fence_primary"
        )
        assert (found["ask_unfenced"], found["promote"]) == ("Success", "Success")

    @pytest.mark.parametrize("missing", ["assess", "fence_primary", "wait_writable"])
    def test_with_one_step_removed_aws_does_not_take_the_document(
        self, cloud: Cloud, database: DatabaseFailure, people: People, missing: str
    ) -> None:
        runbook = without(of_database(database, people), missing)
        if missing == "wait_writable":
            # Nothing that is left refers to it but by name.
            with pytest.raises(Exception, match="leads nowhere"):
                publish(cloud, runbook)
            return
        with pytest.raises(Exception, match=r"refers to nothing|leads nowhere"):
            publish(cloud, runbook)

    def test_without_the_promotion_it_fails_and_says_why(
        self, cloud: Cloud, database: DatabaseFailure, people: People
    ) -> None:
        runbook = of_database(database, people)
        steps = tuple(
            replace(step, action="aws:sleep", inputs={"Duration": "PT0S"})
            if step.name == "promote"
            else step
            for step in runbook.steps
        )
        publish(cloud, replace(runbook, steps=steps))
        execution = run(cloud, runbook.document_name)
        assert execution["AutomationExecutionStatus"] == "Failed"
        assert "was not promoted: it is still a replica" in execution["FailureMessage"]
        assert "keep_backups" not in outcome(execution)

    def test_without_a_replica_it_says_that_backups_are_needed(
        self, cloud: Cloud, database: DatabaseFailure, people: People
    ) -> None:
        lost = replace(database, successor=replace(database.successor, id="gone"))
        runbook = of_database(lost, people)
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name)
        assert execution["AutomationExecutionStatus"] == "Failed"
        assert list(outcome(execution)) == ["assess", "ask_restore"]
        assert not fenced(cloud, database)


LOOKS = """
def handler(event, context):
    passed = "instance" in event and event["at"][:2] == "20"
    return {"passed": passed, "reason": "orders has 393 rows, not 400"}
"""


class TestRestore:
    """The way out where what took over is not whole."""

    @pytest.fixture
    def looks(self, cloud: Cloud) -> Inside:
        """A function to which the replica is not whole, and what was restored is."""
        trusted = json.dumps(TRUST).replace("ssm.amazonaws.com", "lambda.amazonaws.com")
        name, packed = f"looks-{next(numbers)}", io.BytesIO()
        role = cloud("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trusted)
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("main.py", LOOKS)
        made = cloud("lambda").create_function(
            FunctionName=name,
            Role=role["Role"]["Arn"],
            Handler="main.handler",
            Runtime="python3.13",
            Code={"ZipFile": packed.getvalue()},
            Timeout=10,
        )
        return Inside(name, made["FunctionArn"])

    @pytest.fixture
    def backed_up(
        self, cloud: Cloud, database: DatabaseFailure, looks: Inside
    ) -> tuple[DatabaseFailure, list[str]]:
        """The database with two copies in the recovery region: their ARNs, the newest last."""
        number = next(numbers)
        near, far = f"near-{number}", f"far-{number}"
        trusted = json.dumps(TRUST).replace("ssm.amazonaws.com", "backup.amazonaws.com")
        role = cloud("iam").create_role(
            RoleName=f"restores-{number}", AssumeRolePolicyDocument=trusted
        )["Role"]["Arn"]
        backup = cloud("backup", THERE)
        backup.create_backup_vault(BackupVaultName=near)
        cloud("backup").create_backup_vault(BackupVaultName=far)
        vpc = cloud("ec2").create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            cloud("ec2").create_subnet(
                VpcId=vpc, CidrBlock=f"10.2.{third}.0/24", AvailabilityZone=f"{HERE}{zone}"
            )["Subnet"]["SubnetId"]
            for third, zone in ((1, "a"), (2, "b"))
        ]
        cloud("rds").create_db_subnet_group(
            DBSubnetGroupName=f"shop-{number}",
            DBSubnetGroupDescription="shop",
            SubnetIds=subnets,
        )
        group = cloud("ec2").create_security_group(
            GroupName=f"database-{number}", Description="shop", VpcId=vpc
        )["GroupId"]
        points = []
        for _ in range(2):
            taken = backup.start_backup_job(
                BackupVaultName=near,
                ResourceArn=f"arn:aws:rds:{THERE}:{ACCOUNT}:db:{database.primary.id}",
                IamRoleArn=role,
            )["RecoveryPointArn"]
            job = backup.start_copy_job(
                RecoveryPointArn=taken,
                SourceBackupVaultName=near,
                DestinationBackupVaultArn=f"arn:aws:backup:{HERE}:{ACCOUNT}:backup-vault:{far}",
                IamRoleArn=role,
            )["CopyJobId"]
            copy = backup.describe_copy_job(CopyJobId=job)["CopyJob"]
            points.append(copy["DestinationRecoveryPointArn"])
        restoring = Restoring(
            of=database.primary.id,
            vaults=(far,),
            role=role,
            instance_class="db.t4g.medium",
            subnet_group=f"shop-{number}",
            groups=(group,),
            next_name="shop-usw2-2",
            next_id="bynomi-prod-shop-usw2-2",
        )
        return replace(database, inside=looks, restoring=restoring), points

    def runbook(self, database: DatabaseFailure, people: People) -> Runbook:
        return database_failure(database, people, f"document-{next(numbers)}", "complete-outage")

    def test_somebody_is_asked_and_the_newest_copy_is_restored(
        self, cloud: Cloud, backed_up: tuple[DatabaseFailure, list[str]], people: People
    ) -> None:
        database, points = backed_up
        runbook = self.runbook(database, people)
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name)
        found = outcome(execution)
        assert in_time(execution)[-7:] == [
            "verify_data",
            "say_not_whole",
            "ask_restore",
            "restore",
            "wait_restored",
            "verify_restored",
            "say_restored",
        ]
        assert (found["verify_data"], found["say_restored"]) == ("Failed", "Success")
        # What took over is not whole: the run is not called a success, whatever was restored.
        assert execution["AutomationExecutionStatus"] == "Failed"
        assert "orders has 393 rows, not 400" in execution["FailureMessage"]
        (job,) = jobs_of(cloud, database)
        assert job["RecoveryPointArn"] == points[-1]
        restored = job["CreatedResourceArn"].rpartition(":")[2]
        assert restored.startswith(f"{database.primary.id}-restored-20")
        made = instance(cloud, Member(restored, HERE, restored))
        assert made["DBSubnetGroup"]["DBSubnetGroupName"] == restoring_of(database).subnet_group
        # What was told says which instance it is, as of when, and every edit.
        told = next(
            step["Inputs"]["Message"]
            for step in execution["StepExecutions"]
            if step["StepName"] == "say_restored"
        )
        assert f"--db-instance-identifier {restored}" in told
        assert "upkeep:writers.orders.active: shop-usw2-2" in told
        assert "{{" not in told
        # Run again within the hour, it is the same restore.
        again = outcome(run(cloud, runbook.document_name))
        assert again["say_restored"] == "Success"
        assert jobs_of(cloud, database) == [job]

    def test_nothing_is_restored_where_nobody_says_so(
        self, cloud: Cloud, backed_up: tuple[DatabaseFailure, list[str]], people: People
    ) -> None:
        database, _ = backed_up
        runbook = self.runbook(database, people)
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name, "Reject")
        assert execution["AutomationExecutionStatus"] == "Failed"
        assert in_time(execution)[-1] == "ask_restore"
        assert jobs_of(cloud, database) == []

    def test_with_every_backup_expired_it_fails_and_says_so(
        self, cloud: Cloud, backed_up: tuple[DatabaseFailure, list[str]], people: People
    ) -> None:
        database, points = backed_up
        (vault,) = restoring_of(database).vaults
        for point in points:
            cloud("backup").delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=point)
        runbook = self.runbook(database, people)
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name)
        assert execution["AutomationExecutionStatus"] == "Failed"
        (restore,) = [step for step in execution["StepExecutions"] if step["StepName"] == "restore"]
        nothing = f"there is no recovery point of {database.primary.id} in {vault}"
        assert nothing in restore["FailureMessage"]
        # It is said, and is the last that was done: nothing is in use that was not before.
        assert in_time(execution)[-2:] == ["restore", "say_not_restored"]
        assert jobs_of(cloud, database) == []

    def test_backups_of_another_database_are_not_taken_for_ours(
        self, cloud: Cloud, backed_up: tuple[DatabaseFailure, list[str]], people: People
    ) -> None:
        """Its name only ends as ours does."""
        database, _ = backed_up
        other = replace(database, restoring=replace(restoring_of(database), of="use1-1"))
        runbook = self.runbook(other, people)
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name)
        assert outcome(execution)["restore"] == "Failed"
        assert jobs_of(cloud, database) == []


def restoring_of(database: DatabaseFailure) -> Restoring:
    assert database.restoring is not None
    return database.restoring


def in_time(execution: Any) -> list[str]:
    """The steps that ran, in the order in which they began."""
    ran = [step for step in execution["StepExecutions"] if "ExecutionStartTime" in step]
    return [step["StepName"] for step in sorted(ran, key=lambda one: one["ExecutionStartTime"])]


def jobs_of(cloud: Cloud, database: DatabaseFailure) -> list[Any]:
    return [
        job
        for job in cloud("backup").list_restore_jobs()["RestoreJobs"]
        if job["SourceResourceArn"].endswith(f":{database.primary.id}")
    ]


class TestServers:
    @pytest.fixture
    def standby(self, cloud: Cloud) -> ServerFailure:
        ec2, elb, groups = cloud("ec2"), cloud("elbv2"), cloud("autoscaling")
        number = next(numbers)
        vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{third}.0/24", AvailabilityZone=zone)[
                "Subnet"
            ]["SubnetId"]
            for third, zone in ((1, f"{HERE}a"), (2, f"{HERE}b"))
        ]
        image = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]
        ami = ec2.create_image(InstanceId=image["InstanceId"], Name=f"web-{number}")["ImageId"]
        ec2.create_launch_template(
            LaunchTemplateName=f"web-{number}",
            LaunchTemplateData={"ImageId": ami, "InstanceType": "t4g.small"},
        )
        balancer = elb.create_load_balancer(Name=f"web-{number}", Subnets=subnets)["LoadBalancers"][
            0
        ]
        targets = elb.create_target_group(
            Name=f"web-{number}", Protocol="HTTP", Port=80, VpcId=vpc
        )["TargetGroups"][0]["TargetGroupArn"]
        closed = {
            "Type": "fixed-response",
            "FixedResponseConfig": {"StatusCode": "503", "ContentType": "text/plain"},
        }
        listener = elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
        )["Listeners"][0]["ListenerArn"]
        rule = elb.create_rule(
            ListenerArn=listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/open"]}],
            Actions=[closed],
        )["Rules"][0]["RuleArn"]
        groups.create_auto_scaling_group(
            AutoScalingGroupName=f"web-{number}",
            LaunchTemplate={"LaunchTemplateName": f"web-{number}", "Version": "$Latest"},
            MinSize=0,
            MaxSize=3,
            DesiredCapacity=0,
            VPCZoneIdentifier=",".join(subnets),
            TargetGroupARNs=[targets],
        )
        return ServerFailure(
            standby="web",
            group=f"web-{number}",
            targets=targets,
            switch=rule,
            servers=2,
            full=3,
            address=balancer["DNSName"],
            serves="www.example.com",
            health_path="/health",
            writers=(),
            inside=Inside("looks"),
        )

    def runbook(self, standby: ServerFailure, people: People) -> Runbook:
        whole = server_failure(standby, people, f"document-{next(numbers)}", "complete-outage")
        return without(whole, "verify_connectivity", "verify_traffic", "verify_serving")

    def test_servers_start_and_the_switch_opens(
        self, cloud: Cloud, standby: ServerFailure, people: People
    ) -> None:
        runbook = self.runbook(standby, people)
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name)
        assert execution["AutomationExecutionStatus"] == "Success", execution
        (group,) = cloud("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[standby.group]
        )["AutoScalingGroups"]
        assert (group["MinSize"], group["DesiredCapacity"], len(group["Instances"])) == (3, 3, 3)
        (rule,) = cloud("elbv2").describe_rules(RuleArns=[standby.switch])["Rules"]
        assert rule["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "200"

    def test_more_servers_than_the_group_may_have(
        self, cloud: Cloud, standby: ServerFailure, people: People
    ) -> None:
        runbook = self.runbook(replace(standby, servers=4), people)
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name)
        assert "may grow to 3 servers, not to 4" in execution["FailureMessage"]
        (rule,) = cloud("elbv2").describe_rules(RuleArns=[standby.switch])["Rules"]
        assert rule["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "503"


class TestLedger:
    """Runs are written down by the function that the stack deploys, on the event of Automation."""

    @pytest.fixture
    def bucket(self, cloud: Cloud, people: People) -> str:
        name = f"evidence-{next(numbers)}"
        cloud("s3", THERE).create_bucket(Bucket=name)
        return name

    def listen(self, cloud: Cloud, bucket: str, documents: dict[str, str]) -> None:
        """The function and its rule, as the component declares them."""
        name, packed = f"ledger-{next(numbers)}", io.BytesIO()
        trusted = json.dumps(TRUST).replace("ssm.amazonaws.com", "lambda.amazonaws.com")
        role = cloud("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trusted)
        may = policy.document(
            policy.allow(
                "ReadRuns",
                ["ssm:GetAutomationExecution"],
                resources=[f"arn:aws:ssm:{HERE}:{ACCOUNT}:automation-execution/*"],
            ),
            policy.allow("List", ["s3:ListBucket"], resources=[f"arn:aws:s3:::{bucket}"]),
            policy.allow(
                "Write",
                ["s3:GetObject", "s3:PutObject"],
                resources=[f"arn:aws:s3:::{bucket}/ledger/*"],
            ),
        )
        cloud("iam").put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=may)
        with zipfile.ZipFile(packed, "w") as archive:
            for folder, root in (("runbook_ledger", "runbook_ledger"), ("common", "")):
                for path in sorted((FUNCTIONS / folder).glob("*.py")):
                    archive.write(path, path.relative_to(FUNCTIONS / root).as_posix())
        function = cloud("lambda").create_function(
            FunctionName=name,
            Role=role["Role"]["Arn"],
            Handler="main.handler",
            Runtime="python3.13",
            Code={"ZipFile": packed.getvalue()},
            Timeout=30,
            Environment={
                "Variables": {
                    "CONFIGURATION": "ab" * 32,
                    "LEDGER_BUCKET": bucket,
                    "LEDGER_REGION": THERE,
                    "SCENARIOS": json.dumps(documents),
                }
            },
        )["FunctionArn"]
        pattern = {
            "source": ["aws.ssm"],
            "detail-type": ["EC2 Automation Execution Status-change Notification"],
            "detail": {"Definition": sorted(documents), "Status": ENDED},
        }
        events = cloud("events")
        rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
        cloud("lambda").add_permission(
            FunctionName=name,
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule,
        )
        events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": function}])

    def entries(self, cloud: Cloud, bucket: str, many: int) -> list[Any]:
        ledger = Ledger(cloud("s3", THERE), bucket)
        deadline = time.monotonic() + 60
        while len(found := ledger.read().entries) < many and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not ledger.read().problems
        return list(found)

    def test_a_run_that_passed_one_that_failed_and_one_that_is_not_ours(
        self, cloud: Cloud, database: DatabaseFailure, people: People, bucket: str
    ) -> None:
        good = of_database(database, people)
        lost = replace(database, successor=replace(database.successor, id="gone"))
        bad, other = of_database(lost, people), of_database(lost, people)
        for runbook in (good, bad, other):
            publish(cloud, runbook)
        ours = (good.document_name, bad.document_name)
        self.listen(cloud, bucket, dict.fromkeys(ours, "database-failure"))
        passed = run(cloud, good.document_name)
        (first,) = self.entries(cloud, bucket, 1)
        run(cloud, other.document_name)
        failed = run(cloud, bad.document_name)
        entries = self.entries(cloud, bucket, 2)
        assert [
            (each.kind, each.name, each.execution, each.passed, each.simulated) for each in entries
        ] == [
            ("drill", "database-failure", passed["AutomationExecutionId"], True, True),
            ("drill", "database-failure", failed["AutomationExecutionId"], False, True),
        ]
        assert first.execution.startswith("5a4db0c5-")
        assert first.configuration == "ab" * 32
        assert first.detail["document"] == good.document_name
        assert first.detail["started"] <= first.detail["ended"]
        ran = {step["name"]: step["status"] for step in first.detail["steps"]}
        assert (ran["fence_primary"], ran["promote"]) == ("Success", "Success")
        # What a drill's age is taken from: in a sandbox the simulated one counts, elsewhere none.
        assert newest_proof(entries, "drill", "database-failure", simulated=True) == first
        assert newest_proof(entries, "drill", "database-failure", simulated=False) is None


class TestFiles:
    def runbook(self, people: People, replica: str) -> Runbook:
        files = (Files("images", "shop-images", replica, ()),)
        of = CompleteOutage("Shop", [], [], "", (), Inside(), files)
        return complete_outage(of, people, f"document-{next(numbers)}")

    def test_it_says_what_was_on_its_way(self, cloud: Cloud, people: People) -> None:
        replica = f"images-{next(numbers)}"
        cloud("s3").create_bucket(
            Bucket=replica, CreateBucketConfiguration={"LocationConstraint": HERE}
        )
        dimensions = {
            "SourceBucket": "shop-images",
            "DestinationBucket": replica,
            "RuleId": "upkeep",
        }
        cloud("cloudwatch").put_metric_data(
            Namespace="AWS/S3",
            MetricData=[
                {
                    "MetricName": "OperationsPendingReplication",
                    "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
                    "Timestamp": datetime.now(UTC) - timedelta(hours=2),
                    "Value": 7.0,
                }
            ],
        )
        runbook = self.runbook(people, replica)
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name)
        assert execution["AutomationExecutionStatus"] == "Success", execution
        step = next(one for one in execution["StepExecutions"] if one["StepName"] == "files_images")
        assert step["Outputs"]["Summary"][0].startswith(
            f"{replica} is there; 7 operations were on their way at "
        )

    def test_a_replica_that_is_not_there_is_said_and_stops_nothing(
        self, cloud: Cloud, people: People
    ) -> None:
        runbook = self.runbook(people, "images-of-nobody")
        publish(cloud, runbook)
        execution = run(cloud, runbook.document_name)
        assert execution["AutomationExecutionStatus"] == "Failed"
        found = outcome(execution)
        assert (found["files_images"], found["say_done"]) == ("Failed", "Success")


def test_everything_asks_once_and_its_parts_do_not_ask_again(
    cloud: Cloud, database: DatabaseFailure, people: People
) -> None:
    asking = replace(people, asks=True)
    name = f"complete-outage-{next(numbers)}"
    part = without(
        database_failure(database, asking, f"document-{next(numbers)}", name),
        "verify_data",
        "rebuild_indexes",
    )
    role = publish(cloud, part)
    everything = complete_outage(
        CompleteOutage("Shop", [Part("orders", part.document_name, role)], [], "", (), Inside()),
        asking,
        name,
    )
    publish(cloud, everything)
    execution = run(cloud, name)
    assert execution["AutomationExecutionStatus"] == "Success", execution
    (inner,) = cloud("ssm").describe_automation_executions(
        Filters=[{"Key": "ParentExecutionId", "Values": [execution["AutomationExecutionId"]]}]
    )["AutomationExecutionMetadataList"]
    ran = cloud("ssm").get_automation_execution(
        AutomationExecutionId=inner["AutomationExecutionId"]
    )["AutomationExecution"]
    assert "decide" not in outcome(ran)
    assert fenced(cloud, database)
    # Started by a person, the same document asks.
    alone = run(cloud, part.document_name)
    assert outcome(alone)["decide"] == "Success"


def test_a_replica_that_somebody_promotes_in_the_middle(
    cloud: Cloud, database: DatabaseFailure, people: People
) -> None:
    """Two runs at once: one promotes, the other finds it done."""
    runbook = of_database(database, people)
    publish(cloud, runbook)
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(run(cloud, runbook.document_name)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each["AutomationExecutionStatus"] for each in found] == ["Success", "Success"]
    assert fenced(cloud, database)
