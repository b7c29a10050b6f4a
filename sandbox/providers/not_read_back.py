"""What of a resource cannot be read back from the cloud: type -> property -> why.

The one list of such properties. The table of resource types may leave a property out of what it
sends (`provider_only`) or out of what it reads only where this list says why, and the test that
reads everything back skips nothing else. Types that are only checked as a whole are not here: they
carry their reason themselves (`catalogue.checked_only`).
"""

from __future__ import annotations

_DELETION = "tells the provider how to delete; AWS does not hear of it before"
_UPDATE = "tells the provider how to update; AWS does not keep it"
_WAITING = "tells the provider how long to wait; AWS does not hear of it"
_CREATION = "tells the provider how to create; AWS does not keep it"
_SECRET = "write-only: AWS never tells a password"

NOT_READ_BACK: dict[str, dict[str, str]] = {
    "aws:autoscaling/group:Group": {
        "forceDelete": _DELETION,
        "forceDeleteWarmPool": _DELETION,
        "ignoreFailedScalingActivities": _WAITING,
        "instanceRefresh": _UPDATE,
        "minElbCapacity": _WAITING,
        "waitForCapacityTimeout": _WAITING,
        "waitForElbCapacity": _WAITING,
    },
    "aws:arcregionswitch/plan:Plan": {"timeouts": _WAITING},
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": {"timeouts": _WAITING},
    "aws:backup/vault:Vault": {"forceDestroy": _DELETION},
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": {"timeouts": _WAITING},
    "aws:cloudwatch/eventRule:EventRule": {"forceDestroy": _DELETION},
    "aws:cloudwatch/eventTarget:EventTarget": {"forceDestroy": _DELETION},
    "aws:cloudwatch/logGroup:LogGroup": {"skipDestroy": _DELETION},
    "aws:ec2/launchTemplate:LaunchTemplate": {"updateDefaultVersion": _UPDATE},
    "aws:ec2/securityGroup:SecurityGroup": {"revokeRulesOnDelete": _DELETION},
    "aws:iam/role:Role": {"forceDetachPolicies": _DELETION},
    "aws:kms/key:Key": {
        "bypassPolicyLockoutSafetyCheck": _CREATION,
        "deletionWindowInDays": _DELETION,
    },
    "aws:lambda/function:Function": {
        "code": "AWS tells the digest of its own archive, not the files that it was made from",
    },
    "aws:rds/instance:Instance": {
        "allowMajorVersionUpgrade": _UPDATE,
        "applyImmediately": _UPDATE,
        "blueGreenUpdate": _UPDATE,
        "deleteAutomatedBackups": _DELETION,
        "finalSnapshotIdentifier": _DELETION,
        "manageMasterUserPassword": "AWS tells the secret that it made, not that it was asked to",
        "password": _SECRET,
        "skipFinalSnapshot": _DELETION,
        "upgradeStorageConfig": _CREATION,
    },
    "aws:rds/parameterGroup:ParameterGroup": {"skipDestroy": _DELETION},
    "aws:route53/healthCheck:HealthCheck": {
        "referenceName": "part of the caller reference, which makes creation safe to repeat",
        "triggers": _UPDATE,
    },
    "aws:route53/record:Record": {"allowOverwrite": _CREATION},
    "aws:s3/bucket:Bucket": {"forceDestroy": _DELETION},
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"timeouts": _WAITING},
    "aws:sns/topicSubscription:TopicSubscription": {
        "confirmationTimeoutInMinutes": _WAITING,
        "endpointAutoConfirms": _WAITING,
    },
    "aws:ssm/association:Association": {"waitForSuccessTimeoutSeconds": _WAITING},
    "aws:ssm/parameter:Parameter": {"overwrite": _CREATION},
}
