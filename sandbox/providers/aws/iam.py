"""Roles, their policies, and instance profiles."""

from __future__ import annotations

import json
from dataclasses import replace

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain
from sandbox.providers.aws.tagging import by_id, from_list, tagging
from sandbox.providers.cloud import Properties

_ROLE: Shape = (
    Prop("name", "RoleName"),
    Prop("assumeRolePolicy", "AssumeRolePolicyDocument", json=True),
    *plain("description"),
    Prop("path", default="/"),
    Prop("maxSessionDuration", default=3600),  # seconds
    Prop("permissionsBoundary"),
)


def _create_role(api: Api, request: Document, inputs: Properties) -> str:
    return str(api("iam").create_role(**request)["Role"]["RoleName"])


def _describe_role(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("iam").get_role, RoleName=name)
    if answer is None:
        return None
    role: Document = dict(answer["Role"])
    # boto3 parses the document; everybody else has it as text.
    role["AssumeRolePolicyDocument"] = _text(role["AssumeRolePolicyDocument"])
    role["CreateDate"] = role["CreateDate"].isoformat()
    boundary = role.get("PermissionsBoundary")
    role["PermissionsBoundary"] = boundary["PermissionsBoundaryArn"] if boundary else None
    return role


def _text(document: object) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _update_role(api: Api, name: str, request: Document, change: Change) -> None:
    if change.of("assumeRolePolicy"):
        api("iam").update_assume_role_policy(
            RoleName=name, PolicyDocument=request["AssumeRolePolicyDocument"]
        )
    if change.of("description", "maxSessionDuration"):
        api("iam").update_role(
            RoleName=name,
            Description=request.get("Description", ""),
            MaxSessionDuration=request.get("MaxSessionDuration", 3600),
        )
    if change.of("permissionsBoundary"):
        boundary = request.get("PermissionsBoundary")
        if boundary:
            api("iam").put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        else:
            api("iam").delete_role_permissions_boundary(RoleName=name)


def _put_role_policy(api: Api, request: Document, inputs: Properties) -> str:
    api("iam").put_role_policy(**request)
    return f"{request['RoleName']}:{request['PolicyName']}"


def _describe_role_policy(api: Api, id_: str, known: Properties) -> Document | None:
    role, _, name = id_.partition(":")
    answer = found(api("iam").get_role_policy, RoleName=role, PolicyName=name)
    if answer is None:
        return None
    return {**answer, "PolicyDocument": _text(answer["PolicyDocument"])}


def _delete_role_policy(api: Api, id_: str, known: Properties) -> None:
    role, _, name = id_.partition(":")
    api("iam").delete_role_policy(RoleName=role, PolicyName=name)


def _attach(api: Api, request: Document, inputs: Properties) -> str:
    api("iam").attach_role_policy(**request)
    return f"{request['RoleName']}/{request['PolicyArn']}"


def _describe_attachment(api: Api, id_: str, known: Properties) -> Document | None:
    role, _, arn = id_.partition("/")
    answer = found(api("iam").list_attached_role_policies, RoleName=role)
    for policy in (answer or {}).get("AttachedPolicies", []):
        if policy["PolicyArn"] == arn:
            return {"RoleName": role, "PolicyArn": arn}
    return None


def _detach(api: Api, id_: str, known: Properties) -> None:
    role, _, arn = id_.partition("/")
    api("iam").detach_role_policy(RoleName=role, PolicyArn=arn)


_PROFILE: Shape = (
    Prop("name", "InstanceProfileName"),
    Prop("path", default="/"),
    Prop("role", sent=False),
)


def _create_profile(api: Api, request: Document, inputs: Properties) -> str:
    answer = api("iam").create_instance_profile(**request)
    return str(answer["InstanceProfile"]["InstanceProfileName"])


def _finish_profile(api: Api, name: str, inputs: Properties) -> None:
    if inputs.get("role"):
        api("iam").add_role_to_instance_profile(InstanceProfileName=name, RoleName=inputs["role"])


def _describe_profile(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("iam").get_instance_profile, InstanceProfileName=name)
    if answer is None:
        return None
    profile: Document = dict(answer["InstanceProfile"])
    roles = profile.pop("Roles", [])
    profile["Role"] = roles[0]["RoleName"] if roles else None
    profile["CreateDate"] = profile["CreateDate"].isoformat()
    return profile


def _update_profile(api: Api, name: str, request: Document, change: Change) -> None:
    now = _describe_profile(api, name, {}) or {}
    if now.get("Role") and now["Role"] != change.inputs.get("role"):
        api("iam").remove_role_from_instance_profile(InstanceProfileName=name, RoleName=now["Role"])
    if change.inputs.get("role") and now.get("Role") != change.inputs["role"]:
        _finish_profile(api, name, change.inputs)


def _delete_profile(api: Api, name: str, known: Properties) -> None:
    now = _describe_profile(api, name, {})
    if now and now.get("Role"):
        api("iam").remove_role_from_instance_profile(InstanceProfileName=name, RoleName=now["Role"])
    api("iam").delete_instance_profile(InstanceProfileName=name)


def _profile_tags(api: Api, name: str, known: Properties) -> dict[str, str]:
    answer = found(api("iam").get_instance_profile, InstanceProfileName=name)
    return from_list((answer or {}).get("InstanceProfile", {}).get("Tags") or [])


IAM = (
    Resource(
        token=token("iam", "Role"),
        service="iam",
        shape=_ROLE,
        name=Name(longest=64),
        tagging=tagging(
            "iam",
            argument="RoleName",
            reference=by_id,
            add="tag_role",
            remove="untag_role",
            read="list_role_tags",
        ),
        regional=False,
        create=_create_role,
        describe=_describe_role,
        update=_update_role,
        delete=lambda api, name, known: api("iam").delete_role(RoleName=name),
        outputs={"arn": "Arn", "uniqueId": "RoleId", "createDate": "CreateDate"},
        provider_only=frozenset({"forceDetachPolicies"}),
        forces_replacement=frozenset({"name", "path"}),
    ),
    Resource(
        token=token("iam", "RolePolicy"),
        service="iam",
        shape=(
            Prop("name", "PolicyName"),
            Prop("role", "RoleName"),
            Prop("policy", "PolicyDocument", json=True),
        ),
        name=Name(longest=128),
        regional=False,
        create=_put_role_policy,
        describe=_describe_role_policy,
        update=lambda api, id_, request, change: _put_role_policy(api, request, change.inputs),
        delete=_delete_role_policy,
        identify=lambda api, inputs: f"{inputs['role']}:{inputs['name']}",
        place=("role", "name"),
        forces_replacement=frozenset({"name", "role"}),
    ),
    Resource(
        token=token("iam", "RolePolicyAttachment"),
        service="iam",
        shape=(Prop("role", "RoleName"), Prop("policyArn")),
        regional=False,
        create=_attach,
        describe=_describe_attachment,
        delete=_detach,
        identify=lambda api, inputs: f"{inputs['role']}/{inputs['policyArn']}",
        place=("role", "policyArn"),
        forces_replacement=frozenset({"role", "policyArn"}),
    ),
    Resource(
        token=token("iam", "InstanceProfile"),
        service="iam",
        shape=_PROFILE,
        name=Name(longest=128),
        tagging=replace(
            tagging(
                "iam",
                argument="InstanceProfileName",
                reference=by_id,
                add="tag_instance_profile",
                remove="untag_instance_profile",
            ),
            read=_profile_tags,
        ),
        regional=False,
        create=_create_profile,
        finish=_finish_profile,
        describe=_describe_profile,
        update=_update_profile,
        delete=_delete_profile,
        outputs={"arn": "Arn", "uniqueId": "InstanceProfileId", "createDate": "CreateDate"},
        forces_replacement=frozenset({"name", "path"}),
    ),
)
