"""Where the table's `forces_replacement` and CloudFormation's schemas differ, and why.

AWS publishes for each CloudFormation type which properties can only be set at creation
(`createOnlyProperties`; cfn-lint carries the schemas). That list is nearly what the AWS provider
does, and independent of it. Every deviation of the table from it is here, with its source.
"""

from __future__ import annotations

CLOUDFORMATION: dict[str, str] = {
    "aws:arcregionswitch/plan:Plan": "AWS::ARCRegionSwitch::Plan",
    "aws:autoscaling/group:Group": "AWS::AutoScaling::AutoScalingGroup",
    "aws:autoscaling/policy:Policy": "AWS::AutoScaling::ScalingPolicy",
    "aws:backup/framework:Framework": "AWS::Backup::Framework",
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": (
        "AWS::Backup::LogicallyAirGappedBackupVault"
    ),
    "aws:backup/plan:Plan": "AWS::Backup::BackupPlan",
    "aws:backup/reportPlan:ReportPlan": "AWS::Backup::ReportPlan",
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": "AWS::Backup::RestoreTestingPlan",
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": (
        "AWS::Backup::RestoreTestingSelection"
    ),
    "aws:backup/selection:Selection": "AWS::Backup::BackupSelection",
    "aws:backup/vault:Vault": "AWS::Backup::BackupVault",
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": (
        "AWS::Chatbot::SlackChannelConfiguration"
    ),
    "aws:cloudfront/distribution:Distribution": "AWS::CloudFront::Distribution",
    "aws:cloudfront/originAccessControl:OriginAccessControl": (
        "AWS::CloudFront::OriginAccessControl"
    ),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": (
        "AWS::CloudFront::ResponseHeadersPolicy"
    ),
    "aws:cloudwatch/alarmMuteRule:AlarmMuteRule": "AWS::CloudWatch::AlarmMuteRule",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": "AWS::CloudWatch::CompositeAlarm",
    "aws:cloudwatch/eventRule:EventRule": "AWS::Events::Rule",
    "aws:cloudwatch/logGroup:LogGroup": "AWS::Logs::LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "AWS::CloudWatch::Alarm",
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": (
        "AWS::ECR::RegistryScanningConfiguration"
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": "AWS::EC2::LaunchTemplate",
    "aws:ec2/securityGroup:SecurityGroup": "AWS::EC2::SecurityGroup",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "AWS::EC2::VPCEndpoint",
    "aws:iam/instanceProfile:InstanceProfile": "AWS::IAM::InstanceProfile",
    "aws:iam/role:Role": "AWS::IAM::Role",
    "aws:iam/rolePolicy:RolePolicy": "AWS::IAM::RolePolicy",
    "aws:kms/alias:Alias": "AWS::KMS::Alias",
    "aws:kms/key:Key": "AWS::KMS::Key",
    "aws:lambda/function:Function": "AWS::Lambda::Function",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": (
        "AWS::Lambda::EventInvokeConfig"
    ),
    "aws:lambda/permission:Permission": "AWS::Lambda::Permission",
    "aws:lb/listener:Listener": "AWS::ElasticLoadBalancingV2::Listener",
    "aws:lb/listenerRule:ListenerRule": "AWS::ElasticLoadBalancingV2::ListenerRule",
    "aws:lb/loadBalancer:LoadBalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "aws:lb/targetGroup:TargetGroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "aws:rds/instance:Instance": "AWS::RDS::DBInstance",
    "aws:rds/parameterGroup:ParameterGroup": "AWS::RDS::DBParameterGroup",
    "aws:rds/subnetGroup:SubnetGroup": "AWS::RDS::DBSubnetGroup",
    "aws:route53/healthCheck:HealthCheck": "AWS::Route53::HealthCheck",
    "aws:route53/record:Record": "AWS::Route53::RecordSet",
    "aws:s3/bucket:Bucket": "AWS::S3::Bucket",
    "aws:s3/bucketPolicy:BucketPolicy": "AWS::S3::BucketPolicy",
    "aws:scheduler/schedule:Schedule": "AWS::Scheduler::Schedule",
    "aws:sns/topic:Topic": "AWS::SNS::Topic",
    "aws:sns/topicPolicy:TopicPolicy": "AWS::SNS::TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription": "AWS::SNS::Subscription",
    "aws:ssm/association:Association": "AWS::SSM::Association",
    "aws:ssm/document:Document": "AWS::SSM::Document",
    "aws:ssm/maintenanceWindow:MaintenanceWindow": "AWS::SSM::MaintenanceWindow",
    "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget": "AWS::SSM::MaintenanceWindowTarget",
    "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask": "AWS::SSM::MaintenanceWindowTask",
    "aws:ssm/parameter:Parameter": "AWS::SSM::Parameter",
    "aws:ssm/patchBaseline:PatchBaseline": "AWS::SSM::PatchBaseline",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "AWS::EC2::SecurityGroupEgress",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "AWS::EC2::SecurityGroupIngress",
}
"""The CloudFormation type of each type of the table."""

NOT_IN_CLOUDFORMATION: dict[str, str] = {
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": (
        "a property of AWS::Backup::BackupVault; the provider has no update of it "
        "(vault_lock_configuration.go)"
    ),
    "aws:backup/vaultNotifications:VaultNotifications": (
        "a property of AWS::Backup::BackupVault; the provider has no update of it "
        "(vault_notifications.go)"
    ),
    "aws:backup/vaultPolicy:VaultPolicy": (
        "a property of AWS::Backup::BackupVault; the provider updates all but the vault's name "
        "(vault_policy.go)"
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        "a property of AWS::Events::Rule; what names a target is fixed (target.go)"
    ),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": (
        "a property of AWS::S3::Bucket; the bucket names it (bucket_object_lock_configuration.go)"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "a property of AWS::S3::Bucket; ForceNew in bucket_lifecycle_configuration.go"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        "a property of AWS::S3::Bucket; the bucket names it (bucket_public_access_block.go)"
    ),
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": (
        "a property of AWS::S3::Bucket; ForceNew in bucket_replication_configuration.go"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "a property of AWS::S3::Bucket; ForceNew in bucket_server_side_encryption_configuration.go"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": (
        "a property of AWS::S3::Bucket; ForceNew in bucket_versioning.go"
    ),
    "aws:inspector2/enabler:Enabler": (
        "CloudFormation has no such type; ForceNew of the accounts in enabler.go"
    ),
    "aws:ssm/patchGroup:PatchGroup": (
        "a property of AWS::SSM::PatchBaseline; ForceNew in patch_group.go"
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        "a property of AWS::IAM::Role; the API attaches and detaches (role_policy_attachment.go)"
    ),
}
"""Types that CloudFormation does not have, and what their entries stand on."""

CLOUDFORMATION_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "aws:backup/selection:Selection": {
        "BackupSelection": (
            "name",
            "iamRoleArn",
            "resources",
            "notResources",
            "selectionTags",
            "conditions",
        ),
        "BackupPlanId": ("planId",),
    },
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": {
        "SlackWorkspaceId": ("slackTeamId",)
    },
    "aws:ec2/securityGroup:SecurityGroup": {"GroupDescription": ("description",)},
    "aws:rds/parameterGroup:ParameterGroup": {
        "Family": ("family",),
        "Description": ("description",),
    },
    "aws:route53/healthCheck:HealthCheck": {
        "HealthCheckConfig/Type": ("type",),
        "HealthCheckConfig/MeasureLatency": ("measureLatency",),
        "HealthCheckConfig/RequestInterval": ("requestInterval",),
    },
    "aws:s3/bucket:Bucket": {"BucketName": ("bucket",)},
    "aws:sns/topic:Topic": {"TopicName": ("name",)},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
        "CidrIp": ("cidrIpv4",),
        "DestinationPrefixListId": ("prefixListId",),
        "DestinationSecurityGroupId": ("referencedSecurityGroupId",),
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "CidrIp": ("cidrIpv4",),
        "SourcePrefixListId": ("prefixListId",),
        "SourceSecurityGroupId": ("referencedSecurityGroupId",),
    },
}
"""CloudFormation's names where they are not the API's; () for what the SDK does not have."""

_IN_PLACE = (
    "the provider changes it in place: ModifySecurityGroupRules (vpc_security_group_rule.go)"
)
_SHAPE = "a key's kind is fixed at its creation: the API has no update of it (KMS API reference)"

FIXED_HERE: dict[str, dict[str, str]] = {
    "aws:autoscaling/policy:Policy": {"name": "ForceNew in policy.go: the name is the id"},
    "aws:backup/plan:Plan": {"name": "ForceNew in plan.go"},
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": {
        "actionsEnabled": "ForceNew in composite_alarm.go"
    },
    "aws:cloudwatch/eventRule:EventRule": {
        "eventBusName": "ForceNew in rule.go; conditional in CloudFormation"
    },
    "aws:cloudwatch/logGroup:LogGroup": {
        "logGroupClass": "fixed at creation (CloudWatch Logs API reference, CreateLogGroup)"
    },
    "aws:kms/key:Key": {
        "customKeyStoreId": _SHAPE,
        "customerMasterKeySpec": _SHAPE,
        "keyUsage": _SHAPE,
        "multiRegion": _SHAPE,
        "xksKeyId": _SHAPE,
    },
    "aws:rds/instance:Instance": {
        "availabilityZone": "ForceNew in instance.go; conditional in CloudFormation",
        "engine": "ForceNew in instance.go; conditional in CloudFormation",
    },
    "aws:route53/healthCheck:HealthCheck": {
        "referenceName": "part of the caller reference, which the API takes only at creation",
        "routingControlArn": "UpdateHealthCheck does not take it (Route 53 API reference)",
    },
    "aws:route53/record:Record": {"name": "ForceNew in record.go: a record is known by its name"},
    "aws:sns/topicPolicy:TopicPolicy": {
        "arn": "ForceNew in topic_policy.go; CloudFormation's type has a list of topics"
    },
    "aws:lambda/permission:Permission": {
        "statementId": "ForceNew in permission.go: the API has no update of a statement"
    },
    "aws:s3/bucket:Bucket": {
        "objectLockEnabled": "ForceNew in bucket.go; the API takes it at creation"
    },
    "aws:scheduler/schedule:Schedule": {
        "groupName": "ForceNew in schedule.go: the id is `group/name`"
    },
    "aws:ssm/association:Association": {"name": "ForceNew in association.go"},
    "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget": {
        "resourceType": "ForceNew in maintenance_window_target.go"
    },
    "aws:ssm/parameter:Parameter": {"dataType": "ForceNew in parameter.go"},
}
"""What the table replaces for, though CloudFormation does not say so: property -> source.

Files are those of hashicorp/terraform-provider-aws, internal/service/<service>/, which pulumi-aws
bridges."""

CHANGED_HERE: dict[str, dict[str, str]] = {
    "aws:rds/instance:Instance": {
        "dbSubnetGroupName": "no ForceNew in instance.go: ModifyDBInstance moves the instance",
        "identifier": "instance.go sends NewDBInstanceIdentifier; the id is the resource id",
    },
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
        "cidrIpv4": _IN_PLACE,
        "cidrIpv6": _IN_PLACE,
        "fromPort": _IN_PLACE,
        "ipProtocol": _IN_PLACE,
        "prefixListId": _IN_PLACE,
        "referencedSecurityGroupId": _IN_PLACE,
        "toPort": _IN_PLACE,
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "cidrIpv4": _IN_PLACE,
        "cidrIpv6": _IN_PLACE,
        "fromPort": _IN_PLACE,
        "ipProtocol": _IN_PLACE,
        "prefixListId": _IN_PLACE,
        "referencedSecurityGroupId": _IN_PLACE,
        "toPort": _IN_PLACE,
    },
}
"""What CloudFormation replaces for and the table changes in place: property -> source."""
