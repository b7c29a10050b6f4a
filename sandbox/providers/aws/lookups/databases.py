"""Databases, their proxies and subnet groups, and the secrets that open them."""

from __future__ import annotations

from typing import Any

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.lookups.words import Lookup, holds_tags, sought, the_one, token
from sandbox.providers.aws.tagging import from_list
from sandbox.providers.cloud import Properties

WHAT = "RDS DB Instance"


def _tags(instance: dict[str, Any]) -> dict[str, str]:
    return from_list(instance.get("TagList") or [])


def _instance(api: Api, args: Properties) -> Properties:
    identifier = args.get("dbInstanceIdentifier")
    if identifier:
        answer = found(api("rds").describe_db_instances, DBInstanceIdentifier=identifier)
        instances = (answer or {}).get("DBInstances", [])
    else:
        instances = _all(api, {})
    matching = [it for it in instances if holds_tags(args.get("tags"), _tags(it))]
    instance = the_one(matching, WHAT, identifier or sought(args))
    endpoint = instance.get("Endpoint") or {}
    address, port = endpoint.get("Address"), endpoint.get("Port")
    groups = instance.get("DBParameterGroups") or []
    return {
        "id": instance["DBInstanceIdentifier"],
        "region": api.region,
        "address": address,
        "port": port,
        "endpoint": f"{address}:{port}" if address else None,
        "hostedZoneId": endpoint.get("HostedZoneId"),
        "allocatedStorage": instance.get("AllocatedStorage"),
        "autoMinorVersionUpgrade": instance.get("AutoMinorVersionUpgrade"),
        "availabilityZone": instance.get("AvailabilityZone"),
        "backupRetentionPeriod": instance.get("BackupRetentionPeriod"),
        "caCertIdentifier": instance.get("CACertificateIdentifier"),
        "databaseInsightsMode": instance.get("DatabaseInsightsMode"),
        "dbClusterIdentifier": instance.get("DBClusterIdentifier") or "",
        "dbInstanceArn": instance["DBInstanceArn"],
        "dbInstanceClass": instance["DBInstanceClass"],
        "dbInstanceIdentifier": instance["DBInstanceIdentifier"],
        "dbInstancePort": instance.get("DbInstancePort") or 0,
        "dbName": instance.get("DBName"),
        "dbParameterGroups": [group["DBParameterGroupName"] for group in groups],
        "dbSubnetGroup": (instance.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
        "enabledCloudwatchLogsExports": instance.get("EnabledCloudwatchLogsExports") or [],
        "engine": instance["Engine"],
        "engineVersion": instance["EngineVersion"],
        "iops": instance.get("Iops") or 0,
        "kmsKeyId": instance.get("KmsKeyId") or "",
        "licenseModel": instance.get("LicenseModel"),
        "masterUserSecrets": [],
        "masterUsername": instance.get("MasterUsername"),
        "maxAllocatedStorage": instance.get("MaxAllocatedStorage") or 0,
        "monitoringInterval": instance.get("MonitoringInterval") or 0,
        "monitoringRoleArn": instance.get("MonitoringRoleArn") or "",
        "multiAz": bool(instance.get("MultiAZ")),
        "networkType": instance.get("NetworkType"),
        "optionGroupMemberships": [
            group["OptionGroupName"] for group in instance.get("OptionGroupMemberships") or []
        ],
        "preferredBackupWindow": instance.get("PreferredBackupWindow"),
        "preferredMaintenanceWindow": instance.get("PreferredMaintenanceWindow"),
        "publiclyAccessible": bool(instance.get("PubliclyAccessible")),
        # "" for a primary, as the provider has it.
        "replicateSourceDb": instance.get("ReadReplicaSourceDBInstanceIdentifier") or "",
        "resourceId": instance["DbiResourceId"],
        "storageEncrypted": bool(instance.get("StorageEncrypted")),
        "storageThroughput": instance.get("StorageThroughput") or 0,
        "storageType": instance.get("StorageType"),
        "tags": _tags(instance),
        "timezone": instance.get("Timezone") or "",
        "vpcSecurityGroups": [
            group["VpcSecurityGroupId"] for group in instance.get("VpcSecurityGroups") or []
        ],
    }


def _all(api: Api, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    pages = api("rds").get_paginator("describe_db_instances").paginate(**arguments)
    return [instance for page in pages for instance in page["DBInstances"]]


def _instances(api: Api, args: Properties) -> Properties:
    asked = [
        {"Name": item["name"], "Values": list(item["values"])} for item in args.get("filters") or []
    ]
    matching = [
        it
        for it in _all(api, {"Filters": asked} if asked else {})
        if holds_tags(args.get("tags"), _tags(it))
    ]
    return {
        "id": api.region,
        "region": api.region,
        "filters": args.get("filters"),
        "tags": args.get("tags") or {},
        "instanceArns": [it["DBInstanceArn"] for it in matching],
        "instanceIdentifiers": [it["DBInstanceIdentifier"] for it in matching],
    }


def _proxy(api: Api, args: Properties) -> Properties:
    answer = found(api("rds").describe_db_proxies, DBProxyName=args["name"])
    proxy = the_one((answer or {}).get("DBProxies", []), "RDS DB Proxy", args["name"])
    return {
        "id": proxy["DBProxyName"],
        "name": proxy["DBProxyName"],
        "region": api.region,
        "arn": proxy["DBProxyArn"],
        "auths": [
            {
                "authScheme": item.get("AuthScheme"),
                "clientPasswordAuthType": item.get("ClientPasswordAuthType"),
                "description": item.get("Description"),
                "iamAuth": item.get("IAMAuth"),
                "secretArn": item.get("SecretArn"),
                "username": item.get("UserName"),
            }
            for item in proxy.get("Auth") or []
        ],
        "debugLogging": bool(proxy.get("DebugLogging")),
        "endpoint": proxy.get("Endpoint"),
        "engineFamily": proxy.get("EngineFamily"),
        "idleClientTimeout": proxy.get("IdleClientTimeout"),
        "requireTls": bool(proxy.get("RequireTLS")),
        "roleArn": proxy.get("RoleArn"),
        "vpcId": proxy.get("VpcId"),
        "vpcSecurityGroupIds": proxy.get("VpcSecurityGroupIds"),
        "vpcSubnetIds": proxy.get("VpcSubnetIds"),
    }


def _subnet_group(api: Api, args: Properties) -> Properties:
    answer = found(api("rds").describe_db_subnet_groups, DBSubnetGroupName=args["name"])
    group = the_one((answer or {}).get("DBSubnetGroups", []), "RDS DB Subnet Group", args["name"])
    return {
        "id": group["DBSubnetGroupName"],
        "name": group["DBSubnetGroupName"],
        "region": api.region,
        "arn": group["DBSubnetGroupArn"],
        "description": group["DBSubnetGroupDescription"],
        "status": group["SubnetGroupStatus"],
        "subnetIds": [subnet["SubnetIdentifier"] for subnet in group["Subnets"]],
        "supportedNetworkTypes": group.get("SupportedNetworkTypes") or [],
        "vpcId": group["VpcId"],
    }


def _secret(api: Api, args: Properties) -> Properties:
    name = args.get("arn") or args.get("name")
    answer = found(api("secretsmanager").describe_secret, SecretId=name)
    secret = the_one([answer] if answer else [], "Secrets Manager Secret", str(name))
    policy = found(api("secretsmanager").get_resource_policy, SecretId=name) or {}
    return {
        "id": secret["ARN"],
        "arn": secret["ARN"],
        "name": secret["Name"],
        "region": api.region,
        "description": secret.get("Description") or "",
        "kmsKeyId": secret.get("KmsKeyId") or "",
        "policy": policy.get("ResourcePolicy") or "",
        "tags": from_list(secret.get("Tags") or []),
    }


LOOKUPS: dict[str, Lookup] = {
    token("rds", "getInstance"): _instance,
    token("rds", "getInstances"): _instances,
    token("rds", "getProxy"): _proxy,
    token("rds", "getSubnetGroup"): _subnet_group,
    token("secretsmanager", "getSecret"): _secret,
}
