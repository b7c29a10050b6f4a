"""The same resources, declared raw: straight through the classes of pulumi-aws and pulumi-datadog.

What a program registered is written down once and replayed as the calls somebody would write who
uses the SDKs alone. Nested values are plain dicts, the cheapest form the SDKs take, so the
comparison leans towards raw.
"""

import importlib
import json
import keyword
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi


def declare_file(path: str) -> None:
    """Declares what is written down in a file: a whole Pulumi program."""
    declare(json.loads(Path(path).read_text(encoding="utf-8")))


def declare(registrations: Sequence[Mapping[str, Any]]) -> None:
    """Declares each registration through its SDK class, in order, below the same parents."""
    # Providers are resources like all others here.
    made: dict[str, Any] = {}
    for each in registrations:
        options = pulumi.ResourceOptions(
            parent=made.get(each["parent"]),
            provider=made.get(each["provider"]),
            protect=each["protect"] or None,
            retain_on_delete=each["retain_on_delete"] or None,
            ignore_changes=each["ignore_changes"] or None,
            delete_before_replace=each["delete_before_replace"] or None,
        )
        made[each["key"]] = _declare(each, options)


def _declare(each: Mapping[str, Any], options: pulumi.ResourceOptions) -> pulumi.Resource:
    type_, name = each["type"], each["name"]
    if not each["custom"]:
        component = pulumi.ComponentResource(type_, name, None, options)
        component.register_outputs({})
        return component
    inputs = {snake(key): _given(type_, key, value) for key, value in each["props"].items()}
    for key in each["secrets"]:
        inputs[snake(key)] = pulumi.Output.secret(inputs[snake(key)])
    resource: pulumi.Resource = sdk_class(type_)(name, opts=options, **inputs)
    return resource


def _given(type_: str, key: str, value: Any) -> Any:
    """What somebody would write: the SDK encodes settings of its AWS provider as JSON itself, and
    a function's sources are an archive."""
    if isinstance(value, dict) and value.get(_MARK) == pulumi.runtime.rpc._special_archive_sig:
        return pulumi.AssetArchive({name: _asset(each) for name, each in value["assets"].items()})
    return json.loads(value) if type_ == "pulumi:providers:aws" and key != "region" else value


_MARK = pulumi.runtime.rpc._special_sig_key


def _asset(value: Mapping[str, Any]) -> pulumi.Asset:
    if "text" in value:
        return pulumi.StringAsset(value["text"])
    return pulumi.FileAsset(value["path"])


def sdk_class(type_: str) -> Any:
    """``aws:sns/topic:Topic`` as ``pulumi_aws.sns.Topic``; providers as their packages' own."""
    package, module, class_ = type_.split(":")
    if package == "pulumi":
        return importlib.import_module(f"pulumi_{class_}").Provider
    path = module.split("/")[0]
    # A word of Python's own gets an underscore.
    path = f"{path}_" if keyword.iskeyword(path) else path
    home = f"pulumi_{package}" if path == "index" else f"pulumi_{package}.{path}"
    if package == "datadog":
        home = "pulumi_datadog"
    return getattr(importlib.import_module(home), class_)


def snake(name: str) -> str:
    """``kmsMasterKeyId`` as ``kms_master_key_id``, the way the SDK generators do it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
