"""A restore test from the deployment to the proof, with real databases: the newest recovery point
is restored, looked at by the deployed functions, judged once, written down, and deleted."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pulumi_upkeep.functions.common.ledger import Ledger, standing

from sandbox import databases, estate_data
from sandbox.clients import Cloud
from sandbox.server import Addresses, running_sandbox
from tests.engine.conftest import MakeProject, MakePulumi
from tools.upkeep.pulumi import Pulumi

RECOVERY = "us-west-2"
DATABASE = "orders-staging-use1-1"
BUCKET = "bynomi-staging-product-images"
PROGRAM = """
    import pulumi
    import pulumi_aws as sdk
    from pulumi_upkeep import BackupVault, Evidence, IsolatedNetwork, RestoreTest, aws

    east = aws.Provider("east", aws.ProviderArgs(region="us-east-1"))
    west = aws.Provider("west", aws.ProviderArgs(region="us-west-2"))
    look = pulumi.InvokeOptions(provider=east)
    vpc = sdk.ec2.get_vpc(tags={"Name": "bynomi-staging"}, opts=look)
    subnets = sdk.ec2.get_subnets(
        filters=[sdk.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[vpc.id])],
        tags={"Tier": "isolated"},
        opts=look,
    )


    def told(region):
        topics = {
            f"p{number}": f"arn:aws:sns:{region}:123456789012:p{number}" for number in range(4)
        }
        return {"topics": topics, "runbooks": "https://internal.bynomi.com/docs/runbooks"}


    here = pulumi.ResourceOptions(provider=east)
    vault = BackupVault("near", {**told("us-east-1"), "protected": False}, here)
    evidence = Evidence(
        "evidence",
        {
            **told("us-west-2"),
            "keep": "30 days",
            "protected": False,
            "drills": {"complete-outage": {"at_most": "35 days"}},
        },
        pulumi.ResourceOptions(provider=west),
    )
    network = IsolatedNetwork(
        "isolated",
        {
            "region": "us-east-1",
            "network": vpc.id,
            "subnets": sorted(subnets.ids),
            "buckets": True,
        },
        here,
    )
    tests = pulumi.Config("tests").require_object("tests")
    for name, test in tests.items():
        database = test["of"] == "orders"
        RestoreTest(
            name,
            {
                **told("us-east-1"),
                "test": test,
                "timezone": "America/New_York",
                "database": "arn:aws:rds:us-east-1:123456789012:db:orders-staging-use1-1"
                if database
                else None,
                "bucket": None if database else "arn:aws:s3:::bynomi-staging-product-images",
                "vaults": [vault.vault_arn],
                "network": {
                    "subnets": network.subnets,
                    "subnet_group": network.subnet_group,
                    "copies": network.copies,
                    "checks": network.checks,
                    "endpoint": network.endpoints["secretsmanager" if database else "s3"],
                },
                "ledger": {"bucket": evidence.bucket_name, "region": "us-west-2"},
            },
            here,
        )
    pulumi.export("vault", vault.vault_name)
    pulumi.export("evidence", evidence.bucket_name)
"""
WEEKLY: dict[str, Any] = {
    "every": "week",
    "on": "Sunday",
    "at": "06:00",
    "proof_at_most": "8 days",
}
TESTS: dict[str, Any] = {
    "database-weekly": {
        **WEEKLY,
        "of": "orders",
        "class": "db.t4g.medium",
        "credentials": "bynomi-staging-database",
        "checks": {
            "rows": {"orders": estate_data.ORDERS, "customers": estate_data.CUSTOMERS},
            "fresh": {"orders.placed_at": "1 hour"},
            "expect": {
                "totals fit their lines": {
                    "query": "select count(*) from (select o.id from orders o join order_lines l "
                    "on l.order_id = o.id group by o.id, o.total_cents "
                    "having o.total_cents <> sum(l.quantity * l.price_cents)) wrong",
                    "is": "0",
                }
            },
        },
    },
    "files-weekly": {**WEEKLY, "of": "product-images", "checks": {"objects": 20, "sample": 10}},
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    state = tmp_path_factory.mktemp("real") / "sandbox.json"
    with running_sandbox(state=state, databases="real") as addresses:
        yield addresses


def configure(folder: Path, tests: dict[str, Any]) -> None:
    config = {"config": {"tests:tests": tests}}
    (folder / "Pulumi.prod.yaml").write_text(json.dumps(config), encoding="utf-8")


def control(addresses: Addresses, path: str, **asked: Any) -> Any:
    request = urllib.request.Request(
        f"{addresses.aws_endpoint_url}/_upkeep/{path}",
        json.dumps(asked).encode(),
        {"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=180) as answer:
        return json.load(answer)


def metric(cloud: Cloud, name: str, region: str = "us-east-1", **dimensions: str) -> list[float]:
    """The largest of the last two hours, or nothing: also when the clock strikes in between."""
    now = datetime.now(UTC)
    dimension = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    found = cloud("cloudwatch", region).get_metric_data(
        MetricDataQueries=[
            {
                "Id": "it",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "Upkeep/Recovery",
                        "MetricName": name,
                        "Dimensions": dimension,
                    },
                    "Period": 3600,
                    "Stat": "Maximum",
                },
            }
        ],
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=1),
    )
    values: list[float] = found["MetricDataResults"][0]["Values"]
    return [max(values)] if values else []


def test_restore_tests_prove_backups_and_find_what_is_wrong(
    real: Addresses, project: MakeProject, pulumi: MakePulumi
) -> None:
    folder = project(PROGRAM)
    configure(folder, TESTS)
    made: Pulumi = pulumi(folder, real)
    made.run("stack", "init", "prod")
    made.run("up", "--yes", "--skip-preview", "--stack", "prod")
    outputs = json.loads(made.run("stack", "output", "--json", "--stack", "prod").stdout)

    cloud = Cloud(real.aws_endpoint_url)
    backup = cloud("backup")
    # boto3 finds what the plan says.
    plan = backup.get_restore_testing_plan(RestoreTestingPlanName="tiny_prod_database_weekly")[
        "RestoreTestingPlan"
    ]
    assert plan["ScheduleExpression"] == "cron(0 6 ? * 1 *)"
    assert plan["ScheduleExpressionTimezone"] == "America/New_York"
    assert plan["StartWindowHours"] == 1
    assert plan["RecoveryPointSelection"]["Algorithm"] == "LATEST_WITHIN_WINDOW"
    selection = backup.get_restore_testing_selection(
        RestoreTestingPlanName="tiny_prod_database_weekly", RestoreTestingSelectionName="orders"
    )["RestoreTestingSelection"]
    overrides = selection["RestoreMetadataOverrides"]
    assert overrides["dbSubnetGroupName"] == "tiny-prod-isolated"
    (group,) = json.loads(overrides["vpcSecurityGroupIds"])
    (described,) = cloud("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    assert described["IpPermissionsEgress"] == []
    (way_in,) = described["IpPermissions"]
    assert (way_in["FromPort"], way_in.get("IpRanges") or []) == (5432, [])
    assert selection["ValidationWindowHours"] == 4

    def back_up(arn: str) -> None:
        backup.start_backup_job(
            BackupVaultName=outputs["vault"],
            ResourceArn=arn,
            IamRoleArn=selection["IamRoleArn"],
        )

    def run(name: str) -> dict[str, Any]:
        ran = control(real, f"restore-tests/tiny_prod_{name.replace('-', '_')}/run", wait=120)
        (job,) = ran["jobs"]
        found: dict[str, Any] = backup.describe_restore_job(RestoreJobId=job["RestoreJobId"])
        errors = [
            (each["function"], (each["error"] or {}).get("errorMessage"))
            for each in ran["invocations"]
        ]
        assert found.get("ValidationStatus") not in (None, "VALIDATING"), errors
        return found

    ledger = Ledger(cloud("s3", RECOVERY), outputs["evidence"])
    source = f"arn:aws:rds:us-east-1:123456789012:db:{DATABASE}"

    # A good backup is proved.
    back_up(source)
    job = run("database-weekly")
    assert job["ValidationStatus"] == "SUCCESSFUL", job["ValidationStatusMessage"]
    assert job["DeletionStatus"] == "SUCCESSFUL"
    reading = ledger.audit()
    assert reading.problems == ()
    (entry,) = reading.entries
    assert (entry.name, entry.execution, entry.passed, entry.simulated) == (
        "database-weekly",
        job["RestoreJobId"],
        True,
        True,
    )
    assert {check["check"]: check["found"] for check in entry.detail["checks"]}[
        "rows of orders"
    ] == str(estate_data.ORDERS)
    (age,) = metric(cloud, "ProofAge", Test="database-weekly")
    assert 0 <= age < 0.1
    # It is bound to the plan's part, and proves nothing of a real account.
    for simulated, expected in ((True, "fresh"), (False, "never")):
        found = standing(
            reading.entries,
            "restore-test",
            "database-weekly",
            configuration=entry.configuration,
            at_most=timedelta(days=8),
            now=datetime.now(UTC),
            simulated=simulated,
        )
        assert found.state == expected

    # A backup of damaged data is not.
    connection = databases.connect(
        real.aws_endpoint_url, DATABASE, "bynomi", _password(cloud), "orders"
    )
    connection.run(estate_data.CORRUPTION)
    connection.close()
    back_up(source)
    job = run("database-weekly")
    assert job["ValidationStatus"] == "FAILED"
    assert job["ValidationStatusMessage"].startswith("totals fit their lines: ")
    assert [each.passed for each in ledger.audit().entries] == [True, False]

    # Files: what a backup holds is what the source held.
    s3 = cloud("s3")
    for number in range(25):
        s3.put_object(Bucket=BUCKET, Key=f"{number:03}.jpg", Body=f"image {number}".encode() * 100)
    back_up(f"arn:aws:s3:::{BUCKET}")
    job = run("files-weekly")
    assert job["ValidationStatus"] == "FAILED"
    assert "the source held nothing then" in job["ValidationStatusMessage"]

    # The hour's round, of the ledger too: whole, and nothing was rehearsed yet.
    control(real, "schedule", name="tiny-prod-evidence-ages", region=RECOVERY, wait=60)
    assert metric(cloud, "LedgerProblems", RECOVERY, Ledger=outputs["evidence"]) == [0.0]
    (age,) = metric(cloud, "DrillAge", RECOVERY, Scenario="complete-outage")
    assert 0 <= age < 0.1
    cloud("s3", RECOVERY).delete_object(Bucket=outputs["evidence"], Key="ledger/000001.json")
    control(real, "schedule", name="tiny-prod-evidence-ages", region=RECOVERY, wait=60)
    (problems,) = metric(cloud, "LedgerProblems", RECOVERY, Ledger=outputs["evidence"])
    assert problems >= 1

    # Nothing changes by itself.
    preview = made.run("preview", "--expect-no-changes", "--stack", "prod")
    assert preview.code == 0, preview.stdout


def _password(cloud: Cloud) -> str:
    secret = cloud("secretsmanager").get_secret_value(SecretId="bynomi-staging-database")
    password: str = json.loads(secret["SecretString"])["password"]
    return password
