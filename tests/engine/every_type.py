"""A program with every AWS resource type of the stand-in's table, on the estate of staging."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass
class Knobs:
    """What the tests turn between two runs."""

    threshold: float = 80.0
    retention: int = 30
    instance_type: str = "t3.medium"
    topic_name: str = "every-type"
    source: str = "def handler(event, context):\n    return {'was': event}\n"


def program(knobs: Knobs) -> None:
    """Declare one of each, and several where forms differ."""
    east = aws.Provider(
        "east",
        region="us-east-1",
        default_tags=aws.ProviderDefaultTagsArgs(tags={"Environment": "staging"}),
    )
    west = aws.Provider("west", region="us-west-2")
    here = pulumi.ResourceOptions(provider=east)
    there = pulumi.ResourceOptions(provider=west)
    look_there = pulumi.InvokeOptions(provider=west)

    key = aws.kms.Key(
        "key",
        description="every type",
        enable_key_rotation=True,
        deletion_window_in_days=7,
        tags={"Name": "every-type"},
        opts=here,
    )
    aws.kms.Alias("key", name="alias/every-type", target_key_id=key.key_id, opts=here)
    topic = _alerts(knobs, key, here)
    _alarms(knobs, topic, here)
    _logs(knobs, here)
    _patching(here)
    role = _identity(here)
    _function(knobs, topic, here)
    _backups(key, topic, role, here, there)
    _audit_and_files(here)
    _cdn(here)
    _restore_tests(role, there, look_there)
    _region_switch(there)
    _database(there)
    _standby(knobs, west, there, look_there)
    pulumi.export("topic", topic.arn)


def _policy(service: str, action: str, resource: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _alerts(knobs: Knobs, key: aws.kms.Key, here: pulumi.ResourceOptions) -> aws.sns.Topic:
    topic = aws.sns.Topic(
        "alerts", name=knobs.topic_name, kms_master_key_id=key.arn, tags={"Tier": "p0"}, opts=here
    )
    policy = topic.arn.apply(lambda arn: _policy("cloudwatch.amazonaws.com", "sns:Publish", arn))
    aws.sns.TopicPolicy("alerts", arn=topic.arn, policy=policy, opts=here)
    mail = "oncall@bynomi.com"
    aws.sns.TopicSubscription("mail", topic=topic.arn, protocol="email", endpoint=mail, opts=here)
    aws.sns.TopicSubscription(
        "telephone", topic=topic.arn, protocol="sms", endpoint="+15555550100", opts=here
    )
    chat = aws.iam.Role(
        "chat", assume_role_policy=_trust("chatbot.amazonaws.com"), path="/chat/", opts=here
    )
    aws.chatbot.SlackChannelConfiguration(
        "slack",
        configuration_name="every-type",
        iam_role_arn=chat.arn,
        slack_channel_id="C0123456789",
        slack_team_id="T0123456789",
        sns_topic_arns=[topic.arn],
        logging_level="ERROR",
        opts=here,
    )
    return topic


def _alarms(knobs: Knobs, topic: aws.sns.Topic, here: pulumi.ResourceOptions) -> None:
    plain = aws.cloudwatch.MetricAlarm(
        "cpu",
        namespace="AWS/RDS",
        metric_name="CPUUtilization",
        dimensions={"DBInstanceIdentifier": "orders-staging-use1-1"},
        statistic="Average",
        period=60,
        evaluation_periods=5,
        datapoints_to_alarm=3,
        threshold=knobs.threshold,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="breaching",
        alarm_description="CPU",
        alarm_actions=[topic.arn],
        ok_actions=[topic.arn],
        tags={"Severity": "p1"},
        opts=here,
    )
    Query = aws.cloudwatch.MetricAlarmMetricQueryArgs
    Metric = aws.cloudwatch.MetricAlarmMetricQueryMetricArgs

    def metric(id_: str, name: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
        return Query(
            id=id_,
            metric=Metric(
                metric_name=name,
                namespace="AWS/ApplicationELB",
                period=60,
                stat="Sum",
                dimensions={"LoadBalancer": "app/bynomi/1"},
            ),
        )

    ratio = aws.cloudwatch.MetricAlarm(
        "errors",
        evaluation_periods=3,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        metric_queries=[
            Query(id="ratio", expression="100 * bad / all", label="Errors", return_data=True),
            metric("bad", "HTTPCode_Target_5XX_Count"),
            metric("all", "RequestCount"),
        ],
        opts=here,
    )
    rule = pulumi.Output.format("ALARM({0}) OR ALARM({1})", plain.name, ratio.name)
    aws.cloudwatch.CompositeAlarm(
        "any", alarm_name="every-type-any", alarm_rule=rule, alarm_actions=[topic.arn], opts=here
    )
    aws.cloudwatch.AlarmMuteRule(
        "window",
        name="every-type-window",
        description="Maintenance",
        rule=aws.cloudwatch.AlarmMuteRuleRuleArgs(
            schedule=aws.cloudwatch.AlarmMuteRuleRuleScheduleArgs(
                expression="cron(0 3 * * WED)", duration="PT2H", timezone="America/New_York"
            )
        ),
        mute_targets=aws.cloudwatch.AlarmMuteRuleMuteTargetsArgs(
            alarm_names=[plain.name, ratio.name]
        ),
        expire_date="2099-12-30T00:00:00Z",
        tags={"Window": "weekly"},
        opts=here,
    )
    event = aws.cloudwatch.EventRule(
        "failed",
        event_pattern=json.dumps({"source": ["aws.backup"], "detail": {"state": ["FAILED"]}}),
        opts=here,
    )
    aws.cloudwatch.EventTarget(
        "failed",
        rule=event.name,
        target_id="topic",
        arn=topic.arn,
        input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
            input_paths={"state": "$.detail.state"}, input_template='"state: <state>"'
        ),
        opts=here,
    )


def _logs(knobs: Knobs, here: pulumi.ResourceOptions) -> None:
    aws.cloudwatch.LogGroup("app", name="/every/type", retention_in_days=knobs.retention, opts=here)
    agent = json.dumps({"metrics": {"metrics_collected": {"mem": {}}}})
    parameter = aws.ssm.Parameter(
        "agent", name="/every/type/agent", type="String", value=agent, tags={"A": "b"}, opts=here
    )
    aws.ssm.Association(
        "agent",
        name="AmazonCloudWatch-ManageAgent",
        association_name="every-type-agent",
        schedule_expression="rate(1 day)",
        targets=[aws.ssm.AssociationTargetArgs(key="tag:Role", values=["web"])],
        parameters={"action": "configure", "optionalConfigurationLocation": parameter.name},
        opts=here,
    )
    aws.ssm.MaintenanceWindow(
        "window",
        name="every-type-window",
        description="first Sunday 01:00-05:00",
        schedule="cron(0 1 ? * SUN#1 *)",
        schedule_timezone="America/New_York",
        duration=4,
        cutoff=1,
        tags={"A": "b"},
        opts=here,
    )
    step = {"name": "wait", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}
    aws.ssm.Document(
        "wait",
        name="every-type-wait",
        document_type="Automation",
        document_format="JSON",
        content=json.dumps({"schemaVersion": "0.3", "mainSteps": [step]}),
        tags={"A": "b"},
        opts=here,
    )


def _patching(here: pulumi.ResourceOptions) -> None:
    window = aws.ssm.MaintenanceWindow(
        "patching",
        name="every-type-patching",
        schedule="cron(0 3 ? * WED *)",
        duration=2,
        cutoff=1,
        opts=here,
    )
    target = aws.ssm.MaintenanceWindowTarget(
        "patching",
        name="every-type-web",
        window_id=window.id,
        resource_type="INSTANCE",
        targets=[{"key": "tag:aws:autoscaling:groupName", "values": ["web"]}],
        opts=here,
    )
    aws.ssm.MaintenanceWindowTask(
        "patching",
        name="every-type-install",
        window_id=window.id,
        task_type="RUN_COMMAND",
        task_arn="AWS-RunPatchBaseline",
        max_concurrency="1",
        max_errors="0",
        cutoff_behavior="CANCEL_TASK",
        targets=[{"key": "WindowTargetIds", "values": [target.id]}],
        task_invocation_parameters={
            "run_command_parameters": {
                "comment": "every-type",
                "timeout_seconds": 600,
                "parameters": [
                    {"name": "Operation", "values": ["Install"]},
                    {"name": "RebootOption", "values": ["RebootIfNeeded"]},
                ],
            }
        },
        opts=here,
    )
    aws.ssm.MaintenanceWindowTask(
        "care",
        name="every-type-care",
        window_id=window.id,
        task_type="LAMBDA",
        task_arn="arn:aws:lambda:us-east-1:123456789012:function:care",
        service_role_arn="arn:aws:iam::123456789012:role/care",
        priority=2,
        task_invocation_parameters={"lambda_parameters": {"payload": json.dumps({"task": "a"})}},
        opts=here,
    )
    baseline = aws.ssm.PatchBaseline(
        "patching",
        name="every-type",
        description="Security patches",
        operating_system="AMAZON_LINUX_2023",
        approval_rules=[
            {
                "approve_after_days": 7,
                "compliance_level": "CRITICAL",
                "patch_filters": [
                    {"key": "CLASSIFICATION", "values": ["Security"]},
                    {"key": "SEVERITY", "values": ["Critical", "Important"]},
                ],
            }
        ],
        tags={"A": "b"},
        opts=here,
    )
    aws.ssm.PatchGroup("patching", baseline_id=baseline.id, patch_group="web", opts=here)
    aws.inspector2.Enabler(
        "scans", account_ids=["123456789012"], resource_types=["EC2", "ECR"], opts=here
    )
    aws.ecr.RegistryScanningConfiguration(
        "images",
        scan_type="ENHANCED",
        rules=[
            {
                "scan_frequency": "CONTINUOUS_SCAN",
                "repository_filters": [{"filter": "*", "filter_type": "WILDCARD"}],
            }
        ],
        opts=here,
    )


def _trust(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _identity(here: pulumi.ResourceOptions) -> aws.iam.Role:
    role = aws.iam.Role(
        "backup",
        assume_role_policy=_trust("backup.amazonaws.com"),
        description="Backs up",
        tags={"A": "b"},
        opts=here,
    )
    aws.iam.RolePolicyAttachment(
        "backup",
        role=role.name,
        policy_arn="arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        opts=here,
    )
    statement = {"Effect": "Allow", "Action": "rds:DescribeDBInstances", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.iam.RolePolicy("look", role=role.name, policy=policy, opts=here)
    servers = aws.iam.Role("web", assume_role_policy=_trust("ec2.amazonaws.com"), opts=here)
    aws.iam.InstanceProfile("web", role=servers.name, opts=here)
    return role


def _function(knobs: Knobs, topic: aws.sns.Topic, here: pulumi.ResourceOptions) -> None:
    role = aws.iam.Role("worker", assume_role_policy=_trust("lambda.amazonaws.com"), opts=here)
    function = aws.lambda_.Function(
        "worker",
        role=role.arn,
        runtime="python3.13",
        architectures=["arm64"],
        handler="main.handler",
        code=pulumi.AssetArchive({"main.py": pulumi.StringAsset(knobs.source)}),
        environment=aws.lambda_.FunctionEnvironmentArgs(variables={"STAGE": "staging"}),
        timeout=10,
        memory_size=256,
        reserved_concurrent_executions=5,
        tags={"A": "b"},
        opts=here,
    )
    aws.lambda_.FunctionEventInvokeConfig(
        "worker",
        function_name=function.name,
        maximum_retry_attempts=1,
        destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
            on_failure=aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(
                destination=topic.arn
            )
        ),
        opts=here,
    )
    rule = aws.cloudwatch.EventRule(
        "worker", event_pattern=json.dumps({"source": ["every.type"]}), opts=here
    )
    aws.lambda_.Permission(
        "worker",
        function=function.name,
        action="lambda:InvokeFunction",
        principal="events.amazonaws.com",
        source_arn=rule.arn,
        opts=here,
    )
    aws.cloudwatch.EventTarget("worker", rule=rule.name, arn=function.arn, opts=here)
    clock = aws.iam.Role("clock", assume_role_policy=_trust("scheduler.amazonaws.com"), opts=here)
    aws.scheduler.Schedule(
        "worker",
        schedule_expression="cron(0 6 ? * SUN *)",
        schedule_expression_timezone="America/New_York",
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=aws.scheduler.ScheduleTargetArgs(
            arn=function.arn,
            role_arn=clock.arn,
            input=json.dumps({"why": "it is Sunday"}),
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(maximum_retry_attempts=2),
        ),
        opts=here,
    )
    pulumi.export("function", function.name)


def _cdn(here: pulumi.ResourceOptions) -> None:
    bucket = aws.s3.Bucket("banner", bucket="every-type-banner", force_destroy=True, opts=here)
    control = aws.cloudfront.OriginAccessControl(
        "banner",
        name="every-type",
        description="every type",
        origin_access_control_origin_type="s3",
        signing_behavior="always",
        signing_protocol="sigv4",
        opts=here,
    )
    Cors = aws.cloudfront.ResponseHeadersPolicyCorsConfigArgs
    Headers = aws.cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowHeadersArgs
    Methods = aws.cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowMethodsArgs
    Origins = aws.cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowOriginsArgs
    Security = aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs
    Options = aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs
    Strict = aws.cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs
    headers = aws.cloudfront.ResponseHeadersPolicy(
        "banner",
        name="every-type",
        comment="every type",
        cors_config=Cors(
            access_control_allow_credentials=False,
            access_control_allow_headers=Headers(items=["*"]),
            access_control_allow_methods=Methods(items=["HEAD", "GET"]),
            access_control_allow_origins=Origins(items=["https://www.bynomi.com"]),
            access_control_max_age_sec=600,
            origin_override=True,
        ),
        security_headers_config=Security(
            content_type_options=Options(override=True),
            strict_transport_security=Strict(override=True, access_control_max_age_sec=63072000),
        ),
        opts=here,
    )
    aws.cloudfront.Distribution(
        "banner",
        enabled=True,
        comment="every type",
        http_version="http2and3",
        is_ipv6_enabled=True,
        origins=[
            aws.cloudfront.DistributionOriginArgs(
                origin_id="banner",
                domain_name=bucket.bucket_regional_domain_name,
                origin_access_control_id=control.id,
            )
        ],
        default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
            target_origin_id="banner",
            viewer_protocol_policy="https-only",
            allowed_methods=["HEAD", "GET"],
            cached_methods=["HEAD", "GET"],
            cache_policy_id="658327ea-f89d-4fab-a63d-7e88639e58f6",
            response_headers_policy_id=headers.id,
            compress=True,
        ),
        restrictions={"geo_restriction": {"restriction_type": "whitelist", "locations": ["US"]}},
        viewer_certificate={"cloudfront_default_certificate": True},
        tags={"Name": "every-type"},
        opts=here,
    )


def _audit_and_files(here: pulumi.ResourceOptions) -> None:
    aws.backup.LogicallyAirGappedVault(
        "gap", name="every-type-gap", min_retention_days=7, max_retention_days=35, opts=here
    )
    framework = aws.backup.Framework(
        "audit",
        name="every_type",
        description="every type",
        controls=[
            aws.backup.FrameworkControlArgs(
                name="BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK",
                input_parameters=[
                    aws.backup.FrameworkControlInputParameterArgs(
                        name="requiredRetentionDays", value="30"
                    )
                ],
            ),
            aws.backup.FrameworkControlArgs(
                name="BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN",
                scope=aws.backup.FrameworkControlScopeArgs(compliance_resource_types=["S3", "RDS"]),
            ),
        ],
        opts=here,
    )
    reports, images = (
        aws.s3.Bucket(name, bucket=f"every-type-{name}", opts=here)
        for name in ("reports", "images")
    )
    versioned = [
        aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=here,
        )
        for name, bucket in (("reports", reports), ("images", images))
    ]
    aws.s3.BucketServerSideEncryptionConfiguration(
        "reports",
        bucket=reports.bucket,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
        opts=here,
    )
    aws.s3.BucketLifecycleConfiguration(
        "reports",
        bucket=reports.bucket,
        rules=[
            {
                "id": "expire",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": 90},
                "noncurrent_version_expiration": {"noncurrent_days": 30},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            }
        ],
        opts=here,
    )
    aws.backup.ReportPlan(
        "reports",
        name="every_type",
        report_delivery_channel={"s3_bucket_name": reports.bucket, "formats": ["CSV", "JSON"]},
        report_setting={
            "report_template": "CONTROL_COMPLIANCE_REPORT",
            "framework_arns": [framework.arn],
        },
        opts=here,
    )
    role = aws.iam.Role("replication", assume_role_policy=_trust("s3.amazonaws.com"), opts=here)
    aws.s3.BucketReplicationConfig(
        "images",
        bucket=images.bucket,
        role=role.arn,
        rules=[
            {
                "id": "all",
                "priority": 1,
                "status": "Enabled",
                "filter": {"prefix": ""},
                "delete_marker_replication": {"status": "Disabled"},
                "destination": {
                    "bucket": reports.arn,
                    "metrics": {"status": "Enabled", "event_threshold": {"minutes": 15}},
                    "replication_time": {"status": "Enabled", "time": {"minutes": 15}},
                },
            }
        ],
        opts=pulumi.ResourceOptions.merge(here, pulumi.ResourceOptions(depends_on=versioned)),
    )


def _backups(
    key: aws.kms.Key,
    topic: aws.sns.Topic,
    role: aws.iam.Role,
    here: pulumi.ResourceOptions,
    there: pulumi.ResourceOptions,
) -> None:
    vault = aws.backup.Vault("main", kms_key_arn=key.arn, opts=here)
    copies = aws.backup.Vault("copies", opts=there)
    denial = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "backup:DeleteRecoveryPoint",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denial]})
    aws.backup.VaultPolicy("main", backup_vault_name=vault.name, policy=policy, opts=here)
    aws.backup.VaultNotifications(
        "main",
        backup_vault_name=vault.name,
        sns_topic_arn=topic.arn,
        backup_vault_events=["BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED"],
        opts=here,
    )
    aws.backup.VaultLockConfiguration(
        "main",
        backup_vault_name=vault.name,
        min_retention_days=1,
        max_retention_days=120,
        opts=here,
    )
    Lifecycle = aws.backup.PlanRuleLifecycleArgs
    plan = aws.backup.Plan(
        "database",
        rules=[
            aws.backup.PlanRuleArgs(
                rule_name="daily",
                target_vault_name=vault.name,
                schedule="cron(0 2 * * ? *)",
                schedule_expression_timezone="America/New_York",
                lifecycle=Lifecycle(delete_after=30),
                copy_actions=[
                    aws.backup.PlanRuleCopyActionArgs(
                        destination_vault_arn=copies.arn,
                        lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=30),
                    )
                ],
            ),
            aws.backup.PlanRuleArgs(
                rule_name="continuous",
                target_vault_name=vault.name,
                enable_continuous_backup=True,
                schedule="cron(0 5 * * ? *)",
                lifecycle=Lifecycle(delete_after=30),
            ),
        ],
        tags={"A": "b"},
        opts=here,
    )
    aws.backup.Selection(
        "tagged",
        plan_id=plan.id,
        iam_role_arn=role.arn,
        resources=["*"],
        conditions=[
            aws.backup.SelectionConditionArgs(
                string_equals=[
                    aws.backup.SelectionConditionStringEqualArgs(
                        key="aws:ResourceTag/Backup", value="daily"
                    )
                ]
            )
        ],
        opts=here,
    )


def _database(there: pulumi.ResourceOptions) -> None:
    region = there.provider
    key = aws.kms.Key("replica", description="replica", opts=there)
    parameters = aws.rds.ParameterGroup(
        "replica",
        family="postgres16",
        parameters=[aws.rds.ParameterGroupParameterArgs(name="log_connections", value="1")],
        opts=there,
    )
    look = pulumi.InvokeOptions(provider=region)
    network = aws.ec2.get_vpc(tags={"Name": "bynomi-staging"}, opts=look)
    subnets = aws.ec2.get_subnets(
        filters=[aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[network.id])],
        tags={"Tier": "private"},
        opts=look,
    )
    group = aws.rds.SubnetGroup("replica", name="every-type", subnet_ids=subnets.ids, opts=there)
    primary = "arn:aws:rds:us-east-1:123456789012:db:orders-staging-use1-1"
    aws.rds.Instance(
        "replica",
        identifier="orders-staging-usw2-1",
        replicate_source_db=primary,
        instance_class="db.t4g.medium",
        kms_key_id=key.arn,
        storage_encrypted=True,
        db_subnet_group_name=group.name,
        parameter_group_name=parameters.name,
        backup_retention_period=7,
        performance_insights_enabled=True,
        enabled_cloudwatch_logs_exports=["postgresql"],
        skip_final_snapshot=True,
        apply_immediately=True,
        tags={"Role": "member"},
        opts=there,
    )


def _region_switch(there: pulumi.ResourceOptions) -> None:
    role = aws.iam.Role(
        "switch", assume_role_policy=_trust("arc-region-switch.amazonaws.com"), opts=there
    )
    step, approval, function = (
        aws.arcregionswitch.PlanWorkflowStepArgs,
        aws.arcregionswitch.PlanWorkflowStepExecutionApprovalConfigArgs,
        aws.arcregionswitch.PlanWorkflowStepCustomActionLambdaConfigLambdaArgs,
    )
    decide = step(
        name="decide",
        execution_block_type="ManualApproval",
        execution_approval_configs=[approval(approval_role=role.arn, timeout_minutes=30)],
    )
    start = step(
        name="start",
        description="Starts the runbook",
        execution_block_type="CustomActionLambda",
        custom_action_lambda_configs=[
            aws.arcregionswitch.PlanWorkflowStepCustomActionLambdaConfigArgs(
                region_to_run="activatingRegion",
                retry_interval_minutes=1,
                timeout_minutes=10,
                lambdas=[function(arn="arn:aws:lambda:us-west-2:123456789012:function:every-type")],
            )
        ],
    )
    aws.arcregionswitch.Plan(
        "switch",
        name="every-type",
        description="West takes over",
        execution_role=role.arn,
        recovery_approach="activePassive",
        regions=["us-east-1", "us-west-2"],
        primary_region="us-east-1",
        workflows=[
            aws.arcregionswitch.PlanWorkflowArgs(
                workflow_target_action="activate",
                workflow_target_region=region,
                workflow_description="over or back",
                steps=steps,
            )
            for region, steps in (("us-west-2", [decide, start]), ("us-east-1", [decide]))
        ],
        tags={"A": "b"},
        opts=there,
    )


def _restore_tests(
    role: aws.iam.Role, there: pulumi.ResourceOptions, look: pulumi.InvokeOptions
) -> None:
    network = aws.ec2.get_vpc(tags={"Name": "bynomi-staging"}, opts=look)
    subnets = aws.ec2.get_subnets(
        filters=[aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[network.id])],
        tags={"Tier": "private"},
        opts=look,
    )
    inside = aws.ec2.SecurityGroup("endpoints", vpc_id=network.id, description="in", opts=there)
    aws.ec2.VpcEndpoint(
        "secrets",
        vpc_id=network.id,
        service_name="com.amazonaws.us-west-2.secretsmanager",
        vpc_endpoint_type="Interface",
        subnet_ids=subnets.ids,
        security_group_ids=[inside.id],
        tags={"Name": "secrets"},
        opts=there,
    )
    plan = aws.backup.RestoreTestingPlan(
        "weekly",
        name="every_type",
        schedule_expression="cron(0 6 ? * 1 *)",
        schedule_expression_timezone="America/New_York",
        start_window_hours=1,
        recovery_point_selection=aws.backup.RestoreTestingPlanRecoveryPointSelectionArgs(
            algorithm="LATEST_WITHIN_WINDOW",
            include_vaults=["*"],
            recovery_point_types=["SNAPSHOT", "CONTINUOUS"],
            selection_window_days=8,
        ),
        tags={"A": "b"},
        opts=there,
    )
    aws.backup.RestoreTestingSelection(
        "weekly",
        name="orders",
        restore_testing_plan_name=plan.name,
        protected_resource_type="RDS",
        protected_resource_arns=["arn:aws:rds:us-west-2:123456789012:db:orders-staging-usw2-1"],
        iam_role_arn=role.arn,
        validation_window_hours=2,
        restore_metadata_overrides={"dbInstanceClass": "db.t4g.medium"},
        opts=there,
    )
    evidence = aws.s3.Bucket(
        "evidence",
        bucket="bynomi-every-type",
        object_lock_enabled=True,
        force_destroy=True,
        tags={"A": "b"},
        opts=there,
    )
    aws.s3.BucketObjectLockConfiguration(
        "evidence",
        bucket=evidence.id,
        rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
            default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                mode="GOVERNANCE", days=30
            )
        ),
        opts=there,
    )
    aws.s3.BucketPublicAccessBlock(
        "evidence", bucket=evidence.id, block_public_acls=True, block_public_policy=True, opts=there
    )
    aws.s3.BucketPolicy(
        "evidence",
        bucket=evidence.id,
        policy=evidence.arn.apply(
            lambda arn: json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": f"{arn}/*",
                            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                        }
                    ],
                }
            )
        ),
        opts=there,
    )


def _standby(
    knobs: Knobs,
    west: aws.Provider,
    there: pulumi.ResourceOptions,
    look: pulumi.InvokeOptions,
) -> None:
    network = aws.ec2.get_vpc(tags={"Name": "bynomi-staging"}, opts=look)
    where = [aws.ec2.GetSubnetsFilterArgs(name="vpc-id", values=[network.id])]
    private = aws.ec2.get_subnets(filters=where, tags={"Tier": "private"}, opts=look)
    public = aws.ec2.get_subnets(filters=where, tags={"Tier": "public"}, opts=look)
    image = aws.ec2.get_ami(
        owners=["self"],
        filters=[aws.ec2.GetAmiFilterArgs(name="name", values=["bynomi-web-2026.11"])],
        opts=look,
    )
    certificate = aws.acm.get_certificate(domain="*.bynomi.com", opts=look)
    zone = aws.route53.get_zone(name="bynomi.com", opts=look)

    balancers = aws.ec2.SecurityGroup(
        "balancers", vpc_id=network.id, description="in", tags={"Name": "balancers"}, opts=there
    )
    servers = aws.ec2.SecurityGroup(
        "servers",
        vpc_id=network.id,
        egress=[
            aws.ec2.SecurityGroupEgressArgs(
                protocol="-1", from_port=0, to_port=0, cidr_blocks=["0.0.0.0/0"]
            )
        ],
        opts=there,
    )
    aws.vpc.SecurityGroupIngressRule(
        "https",
        security_group_id=balancers.id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4="0.0.0.0/0",
        description="from everywhere",
        opts=there,
    )
    aws.vpc.SecurityGroupEgressRule(
        "to-servers",
        security_group_id=balancers.id,
        ip_protocol="tcp",
        from_port=3000,
        to_port=3000,
        referenced_security_group_id=servers.id,
        tags={"A": "b"},
        opts=there,
    )
    template = aws.ec2.LaunchTemplate(
        "web",
        image_id=image.id,
        instance_type=knobs.instance_type,
        update_default_version=True,
        vpc_security_group_ids=[servers.id],
        iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(
            name="bynomi-staging-web"
        ),
        metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
            http_tokens="required", http_endpoint="enabled"
        ),
        monitoring=aws.ec2.LaunchTemplateMonitoringArgs(enabled=True),
        block_device_mappings=[
            aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                device_name="/dev/xvda",
                ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                    volume_size=20, volume_type="gp3", encrypted="true"
                ),
            )
        ],
        tag_specifications=[
            aws.ec2.LaunchTemplateTagSpecificationArgs(
                resource_type="instance", tags={"Role": "web"}
            )
        ],
        tags={"Name": "every-type"},
        opts=there,
    )
    balancer = aws.lb.LoadBalancer(
        "web",
        subnets=public.ids,
        security_groups=[balancers.id],
        idle_timeout=30,
        drop_invalid_header_fields=True,
        opts=there,
    )
    targets = aws.lb.TargetGroup(
        "web",
        port=3000,
        protocol="HTTP",
        vpc_id=network.id,
        deregistration_delay=30,
        health_check=aws.lb.TargetGroupHealthCheckArgs(path="/healthz", interval=10, matcher="200"),
        opts=there,
    )
    listener = aws.lb.Listener(
        "https",
        load_balancer_arn=balancer.arn,
        port=443,
        protocol="HTTPS",
        ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        certificate_arn=certificate.arn,
        default_actions=[
            aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)
        ],
        opts=there,
    )
    aws.lb.ListenerRule(
        "closed",
        listener_arn=listener.arn,
        priority=10,
        conditions=[
            aws.lb.ListenerRuleConditionArgs(
                path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=["/switch"])
            )
        ],
        actions=[
            aws.lb.ListenerRuleActionArgs(
                type="fixed-response",
                fixed_response=aws.lb.ListenerRuleActionFixedResponseArgs(
                    content_type="text/plain", message_body="closed", status_code="503"
                ),
            )
        ],
        opts=there,
    )
    group = aws.autoscaling.Group(
        "web",
        min_size=0,
        max_size=2,
        desired_capacity=0,
        vpc_zone_identifiers=private.ids,
        launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
            id=template.id, version=template.latest_version.apply(str)
        ),
        target_group_arns=[targets.arn],
        health_check_type="ELB",
        health_check_grace_period=120,
        tags=[aws.autoscaling.GroupTagArgs(key="Role", value="web", propagate_at_launch=True)],
        opts=there,
    )
    aws.autoscaling.Policy(
        "load",
        autoscaling_group_name=group.name,
        policy_type="TargetTrackingScaling",
        target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
            target_value=60,
            predefined_metric_specification=(
                aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="ASGAverageCPUUtilization"
                )
            ),
        ),
        opts=there,
    )
    check = aws.route53.HealthCheck(
        "web",
        type="HTTPS",
        fqdn=balancer.dns_name,
        port=443,
        resource_path="/healthz",
        request_interval=30,
        failure_threshold=3,
        tags={"Name": "every-type"},
        opts=there,
    )
    for side, checked in (("PRIMARY", check.id), ("SECONDARY", None)):
        aws.route53.Record(
            f"shop-{side.lower()}",
            zone_id=zone.zone_id,
            name="every-type.bynomi.com",
            type="A",
            set_identifier=side.lower(),
            failover_routing_policies=[aws.route53.RecordFailoverRoutingPolicyArgs(type=side)],
            health_check_id=checked,
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=balancer.dns_name, zone_id=balancer.zone_id, evaluate_target_health=True
                )
            ],
            opts=there,
        )
    aws.route53.Record(
        "text",
        zone_id=zone.zone_id,
        name="note.every-type",
        type="TXT",
        ttl=300,
        records=["a note"],
        opts=there,
    )
    del west
