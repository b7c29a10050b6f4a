"""Databases: instances and their replicas, parameter groups, subnet groups."""

from __future__ import annotations

import time
from typing import Any

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, computed, plain, to_api, unordered
from sandbox.providers.aws.tagging import tagging
from sandbox.providers.cloud import CloudError, Properties

MANAGED = "Managed by Pulumi"
PARAMETERS_AT_ONCE = 20  # ModifyDBParameterGroup takes no more

_POLL = 0.2  # seconds between looks at an instance's status
_PATIENCE = 600  # seconds until it has to be available

_TAGS = tagging(
    "rds",
    argument="ResourceName",
    add="add_tags_to_resource",
    remove="remove_tags_from_resource",
    answer="TagList",
)


def _last(reference: Any) -> Any:
    """A database's identifier, from that or its ARN."""
    return reference.rpartition(":")[2] if isinstance(reference, str) else reference


def _version_covers(declared: str, actual: str) -> bool:
    """`16` holds for 16.4: AWS then chooses and raises the minor version."""
    return actual == declared or actual.startswith(f"{declared}.")


_INSTANCE: Shape = (
    *plain(
        "characterSetName",
        "domain",
        "domainAuthSecretArn",
        "domainDnsIps",
        "domainFqdn",
        "domainOu",
        "manageMasterUserPassword",
        "monitoringRoleArn",
        "timezone",
        domainIamRoleName="DomainIAMRoleName",
        identifier="DBInstanceIdentifier",
        instanceClass="DBInstanceClass",
        password="MasterUserPassword",
    ),
    *computed(
        "allocatedStorage",
        "availabilityZone",
        "databaseInsightsMode",
        "engine",
        "engineLifecycleSupport",
        "iops",
        "kmsKeyId",
        "licenseModel",
        "masterUserSecretKmsKeyId",
        "networkType",
        "optionGroupName",
        "performanceInsightsRetentionPeriod",
        "port",
        "replicaMode",
        "storageThroughput",
        "storageType",
        backupRetentionPeriod="BackupRetentionPeriod",
        backupWindow="PreferredBackupWindow",
        caCertIdentifier="CACertificateIdentifier",
        dbName="DBName",
        dbSubnetGroupName="DBSubnetGroupName",
        maintenanceWindow="PreferredMaintenanceWindow",
        multiAz="MultiAZ",
        parameterGroupName="DBParameterGroupName",
        performanceInsightsKmsKeyId="PerformanceInsightsKMSKeyId",
        username="MasterUsername",
    ),
    Prop("engineVersion", computed=True, covers=_version_covers),
    Prop("replicateSourceDb", "SourceDBInstanceIdentifier", plain=_last),
    Prop("vpcSecurityGroupIds", computed=True, unordered=True),
    Prop("enabledCloudwatchLogsExports", "EnableCloudwatchLogsExports", unordered=True),
    Prop("autoMinorVersionUpgrade", default=True),
    Prop("copyTagsToSnapshot", default=False),
    Prop("dedicatedLogVolume", default=False),
    Prop("deletionProtection", default=False),
    Prop("iamDatabaseAuthenticationEnabled", "EnableIAMDatabaseAuthentication", default=False),
    Prop("maxAllocatedStorage", default=0),
    Prop("monitoringInterval", default=0),
    Prop("performanceInsightsEnabled", "EnablePerformanceInsights", default=False),
    Prop("publiclyAccessible", default=False),
    Prop("storageEncrypted", computed=True),
)


def _members(api: Api, operation: str) -> frozenset[str]:
    """The parameters that an operation takes, from the service's own model."""
    model = api("rds").meta.service_model.operation_model(operation)
    return frozenset(model.input_shape.members)


def _only(request: Document, members: frozenset[str]) -> Document:
    return {key: value for key, value in request.items() if key in members}


def _create_instance(api: Api, request: Document, inputs: Properties) -> str:
    source = request.get("SourceDBInstanceIdentifier")
    if source is None:
        answer = api("rds").create_db_instance(**request)
    else:
        request = _only(request, _members(api, "CreateDBInstanceReadReplica"))
        if source.startswith("arn:") and source.split(":")[3] != api.region:
            request["SourceRegion"] = source.split(":")[3]
        answer = api("rds").create_db_instance_read_replica(**request)
    return str(answer["DBInstance"]["DbiResourceId"])


def _finish_instance(api: Api, id_: str, inputs: Properties) -> None:
    """A replica is born with its source's settings: set what the creation could not."""
    identifier = inputs["identifier"]
    _wait(api, identifier)
    if not inputs.get("replicateSourceDb"):
        return
    request = to_api(_INSTANCE, inputs)
    taken = _members(api, "CreateDBInstanceReadReplica")
    rest = _only(request, _members(api, "ModifyDBInstance") - taken)
    if rest:
        api("rds").modify_db_instance(
            DBInstanceIdentifier=identifier, ApplyImmediately=True, **rest
        )
        _wait(api, identifier)


def _wait(api: Api, identifier: str) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        answer = api("rds").describe_db_instances(DBInstanceIdentifier=identifier)
        status = answer["DBInstances"][0]["DBInstanceStatus"]
        if status == "available":
            return
        if status in ("failed", "incompatible-parameters", "storage-full"):
            raise CloudError(f"RDS DB Instance ({identifier}) is {status}")
        time.sleep(_POLL)
    raise CloudError(f"RDS DB Instance ({identifier}) is not available after {_PATIENCE} s")


def _describe_instance(api: Api, id_: str, known: Properties) -> Document | None:
    identifier = known.get("identifier")
    if identifier is None and id_.startswith("db-"):
        filters = [{"Name": "dbi-resource-id", "Values": [id_]}]
        answer = found(api("rds").describe_db_instances, Filters=filters)
    else:  # an import may name it by its identifier
        answer = found(api("rds").describe_db_instances, DBInstanceIdentifier=identifier or id_)
    instance = only((answer or {}).get("DBInstances"))
    return _in_words_of_requests(instance) if instance else None


def _in_words_of_requests(instance: Document) -> Document:
    """What RDS tells in other words than it takes."""
    endpoint = instance.get("Endpoint") or {}
    parameter_group = only(instance.get("DBParameterGroups")) or {}
    option_group = only(instance.get("OptionGroupMemberships")) or {}
    groups = instance.get("VpcSecurityGroups") or []
    return {
        **instance,
        "DBSubnetGroupName": (instance.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
        "DBParameterGroupName": parameter_group.get("DBParameterGroupName"),
        "OptionGroupName": option_group.get("OptionGroupName"),
        "VpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in groups],
        "SourceDBInstanceIdentifier": instance.get("ReadReplicaSourceDBInstanceIdentifier"),
        "EnableCloudwatchLogsExports": instance.get("EnabledCloudwatchLogsExports"),
        "EnablePerformanceInsights": instance.get("PerformanceInsightsEnabled"),
        "EnableIAMDatabaseAuthentication": instance.get("IAMDatabaseAuthenticationEnabled"),
        "Port": endpoint.get("Port") or instance.get("DbInstancePort"),
    }


def _update_instance(api: Api, id_: str, request: Document, change: Change) -> None:
    identifier = change.old_outputs.get("identifier") or request["DBInstanceIdentifier"]
    if change.of("replicateSourceDb") and change.old_outputs.get("identifier"):
        source = change.inputs.get("replicateSourceDb")
        following = change.old_outputs.get("replicateSourceDb")
        if source and _last(source) != _last(following):
            # The provider's words; AWS has no call that could do it.
            raise CloudError("cannot elect new source database for replication")
        if not source:
            _promote(api, identifier, change)
    changed = {
        prop.key
        for prop in _INSTANCE
        if change.of(prop.name) and prop.name not in ("identifier", "replicateSourceDb")
    }
    if change.of("maxAllocatedStorage") and "MaxAllocatedStorage" not in request:
        request = {**request, "MaxAllocatedStorage": change.inputs.get("allocatedStorage", 0)}
    for prop in _INSTANCE:
        if change.of(prop.name) and prop.key not in request and prop.default is not None:
            request = {**request, prop.key: prop.default}
    modification = _only(request, _members(api, "ModifyDBInstance") & changed)
    if change.of("port") and "Port" in request:
        modification["DBPortNumber"] = request["Port"]
    if change.of("enabledCloudwatchLogsExports"):
        now = set(change.old_outputs.get("enabledCloudwatchLogsExports") or [])
        wanted = set(change.inputs.get("enabledCloudwatchLogsExports") or [])
        modification["CloudwatchLogsExportConfiguration"] = {
            "EnableLogTypes": sorted(wanted - now),
            "DisableLogTypes": sorted(now - wanted),
        }
    if change.of("identifier"):
        modification["NewDBInstanceIdentifier"] = request["DBInstanceIdentifier"]
    if modification:
        api("rds").modify_db_instance(
            DBInstanceIdentifier=identifier,
            ApplyImmediately=bool(change.inputs.get("applyImmediately")),
            AllowMajorVersionUpgrade=bool(change.inputs.get("allowMajorVersionUpgrade")),
            **modification,
        )
        _wait(api, request["DBInstanceIdentifier"])


def _promote(api: Api, identifier: str, change: Change) -> None:
    settings: Document = {
        "BackupRetentionPeriod": change.inputs.get(
            "backupRetentionPeriod", change.old_outputs.get("backupRetentionPeriod")
        ),
        "PreferredBackupWindow": change.inputs.get("backupWindow"),
    }
    said = {key: value for key, value in settings.items() if value is not None}
    api("rds").promote_read_replica(DBInstanceIdentifier=identifier, **said)
    _wait(api, identifier)


def _delete_instance(api: Api, id_: str, known: Properties) -> None:
    snapshot = known.get("finalSnapshotIdentifier")
    # Whatever it follows: RDS refuses a last snapshot of a replica, and the provider asks for one.
    if known.get("skipFinalSnapshot"):
        last: Document = {"SkipFinalSnapshot": True}
    elif snapshot:
        last = {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": snapshot}
    else:
        raise CloudError("final_snapshot_identifier is required when skip_final_snapshot is false")
    api("rds").delete_db_instance(
        DBInstanceIdentifier=known["identifier"],
        DeleteAutomatedBackups=known.get("deleteAutomatedBackups") is not False,
        **last,
    )


def _identify_instance(api: Api, inputs: Properties) -> str | None:
    instance = _describe_instance(api, inputs["identifier"], inputs)
    return str(instance["DbiResourceId"]) if instance else None


def _address(part: str) -> Any:
    return lambda api, id_, instance: (instance.get("Endpoint") or {}).get(part)


def _endpoint(api: Api, id_: str, instance: Document) -> str | None:
    endpoint = instance.get("Endpoint") or {}
    return f"{endpoint['Address']}:{endpoint['Port']}" if endpoint.get("Address") else None


_PARAMETER: Shape = (
    Prop("name", "ParameterName"),
    Prop("value", "ParameterValue"),
    Prop("applyMethod", default="immediate", default_sent=True),
)
_PARAMETER_GROUP: Shape = (
    Prop("name", "DBParameterGroupName"),
    Prop("family", "DBParameterGroupFamily"),
    Prop("description", default=MANAGED, default_sent=True),
    Prop("parameters", shape=_PARAMETER, many=True, unordered=True, sent=False),
)


def _create_parameter_group(api: Api, request: Document, inputs: Properties) -> str:
    answer = api("rds").create_db_parameter_group(**request)
    return str(answer["DBParameterGroup"]["DBParameterGroupName"])


def _set_parameters(api: Api, name: str, inputs: Properties) -> None:
    parameters = [to_api(_PARAMETER, item) for item in inputs.get("parameters") or []]
    for start in range(0, len(parameters), PARAMETERS_AT_ONCE):
        api("rds").modify_db_parameter_group(
            DBParameterGroupName=name, Parameters=parameters[start : start + PARAMETERS_AT_ONCE]
        )


def _describe_parameter_group(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("rds").describe_db_parameter_groups, DBParameterGroupName=name)
    group = only((answer or {}).get("DBParameterGroups"))
    if group is None:
        return None
    pages = api("rds").get_paginator("describe_db_parameters")
    parameters = [
        parameter
        for page in pages.paginate(DBParameterGroupName=name, Source="user")
        for parameter in page["Parameters"]
        if "ParameterValue" in parameter
    ]
    return {**group, "Parameters": parameters}


def _update_parameter_group(api: Api, name: str, request: Document, change: Change) -> None:
    wanted = {item["name"] for item in change.inputs.get("parameters") or []}
    gone = [
        {"ParameterName": item["name"], "ApplyMethod": item.get("applyMethod") or "immediate"}
        for item in change.old_outputs.get("parameters") or []
        if item["name"] not in wanted
    ]
    if gone:
        api("rds").reset_db_parameter_group(DBParameterGroupName=name, Parameters=gone)
    _set_parameters(api, name, change.inputs)


_SUBNET_GROUP: Shape = (
    Prop("name", "DBSubnetGroupName"),
    Prop("description", "DBSubnetGroupDescription", default=MANAGED, default_sent=True),
    *unordered("subnetIds"),
)


def _create_subnet_group(api: Api, request: Document, inputs: Properties) -> str:
    answer = api("rds").create_db_subnet_group(**request)
    return str(answer["DBSubnetGroup"]["DBSubnetGroupName"])


def _describe_subnet_group(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("rds").describe_db_subnet_groups, DBSubnetGroupName=name)
    group = only((answer or {}).get("DBSubnetGroups"))
    if group is None:
        return None
    return {**group, "SubnetIds": [subnet["SubnetIdentifier"] for subnet in group["Subnets"]]}


RDS = (
    Resource(
        token=token("rds", "Instance"),
        service="rds",
        shape=_INSTANCE,
        name=Name("identifier", longest=63, lower=True),
        tagging=_TAGS,
        create=_create_instance,
        finish=_finish_instance,
        describe=_describe_instance,
        update=_update_instance,
        delete=_delete_instance,
        identify=_identify_instance,
        outputs={
            "arn": "DBInstanceArn",
            "resourceId": "DbiResourceId",
            "status": "DBInstanceStatus",
            "engineVersionActual": "EngineVersion",
            "address": _address("Address"),
            "hostedZoneId": _address("HostedZoneId"),
            "endpoint": _endpoint,
            "replicas": "ReadReplicaDBInstanceIdentifiers",
        },
        unknown_after={
            name: frozenset({"identifier", "port"}) for name in ("arn", "address", "endpoint")
        },
        provider_only=frozenset(
            {
                "allowMajorVersionUpgrade",
                "applyImmediately",
                "blueGreenUpdate",
                "deleteAutomatedBackups",
                "finalSnapshotIdentifier",
                "skipFinalSnapshot",
                "upgradeStorageConfig",
            }
        ),
        forces_replacement=frozenset(
            {
                "availabilityZone",
                "characterSetName",
                "dbName",
                "engine",
                "kmsKeyId",
                "storageEncrypted",
                "timezone",
                "username",
            }
        ),
    ),
    Resource(
        token=token("rds", "ParameterGroup"),
        service="rds",
        shape=_PARAMETER_GROUP,
        name=Name(longest=255, lower=True),
        tagging=_TAGS,
        create=_create_parameter_group,
        finish=_set_parameters,
        describe=_describe_parameter_group,
        update=_update_parameter_group,
        delete=lambda api, name, known: (
            None
            if known.get("skipDestroy")
            else api("rds").delete_db_parameter_group(DBParameterGroupName=name)
        ),
        outputs={"arn": "DBParameterGroupArn"},
        provider_only=frozenset({"skipDestroy"}),
        forces_replacement=frozenset({"name", "family", "description"}),
    ),
    Resource(
        token=token("rds", "SubnetGroup"),
        service="rds",
        shape=_SUBNET_GROUP,
        name=Name(longest=255, lower=True),
        tagging=_TAGS,
        create=_create_subnet_group,
        describe=_describe_subnet_group,
        update=lambda api, name, request, change: api("rds").modify_db_subnet_group(**request),
        delete=lambda api, name, known: api("rds").delete_db_subnet_group(DBSubnetGroupName=name),
        outputs={
            "arn": "DBSubnetGroupArn",
            "vpcId": "VpcId",
            "supportedNetworkTypes": "SupportedNetworkTypes",
        },
        forces_replacement=frozenset({"name"}),
    ),
)
