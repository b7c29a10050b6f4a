"""/api/v2/sensitive-data-scanner/config: groups, their rules, and Datadog's own patterns."""

import re
from collections.abc import Iterator
from typing import Any

from datadog_api_client.v2.model.sensitive_data_scanner_create_group_response import (
    SensitiveDataScannerCreateGroupResponse,
)
from datadog_api_client.v2.model.sensitive_data_scanner_create_rule_response import (
    SensitiveDataScannerCreateRuleResponse,
)
from datadog_api_client.v2.model.sensitive_data_scanner_get_config_response import (
    SensitiveDataScannerGetConfigResponse,
)
from datadog_api_client.v2.model.sensitive_data_scanner_group_create_request import (
    SensitiveDataScannerGroupCreateRequest,
)
from datadog_api_client.v2.model.sensitive_data_scanner_group_update_request import (
    SensitiveDataScannerGroupUpdateRequest,
)
from datadog_api_client.v2.model.sensitive_data_scanner_rule_create_request import (
    SensitiveDataScannerRuleCreateRequest,
)
from datadog_api_client.v2.model.sensitive_data_scanner_rule_update_request import (
    SensitiveDataScannerRuleUpdateRequest,
)
from flask import Blueprint, Response, jsonify

from sandbox.datadog import kinds
from sandbox.datadog.answers import Refused, body
from sandbox.datadog.kinds import Change, Kind
from sandbox.datadog.store import Document, Store

_PATH = "/api/v2/sensitive-data-scanner/config"
_CONFIGURATION = {"id": "sandbox", "type": "sensitive_data_scanner_configuration"}
MOST_GROUPS = 20  # [A "group_count_limit" of Datadog's own example]
MOST_RULES = 100
MOST_KEYWORDS = 30  # [P included_keyword_configuration]
# Some of Datadog's library, by names and tags of its own; the ids are the sandbox's.
PATTERNS = {
    "Email Address Scanner": ("email_address", "pii"),
    "IPv4 Address Scanner": ("ipv4_address", "network_and_device_information"),
    "International Bank Account Number (IBAN) Scanner": ("iban", "credit_cards_and_banking"),
    "Mastercard Scanner (4x4 digits)": ("mastercard", "credit_cards_and_banking"),
    "US Social Security Number Scanner": ("us_ssn", "pii"),
    "Visa Card Scanner (4x4 digits)": ("visa", "credit_cards_and_banking"),
}


def pattern_id(name: str) -> str:
    """The id of one of Datadog's patterns in the sandbox."""
    return f"sandbox-pattern-{PATTERNS[name][0]}"


def _group_faults(change: Change) -> Iterator[str]:
    fields = change.fields
    for name in ("name", "filter", "product_list", "is_enabled"):
        if fields.get(name) in (None, "", []):
            yield f"{name}: missing required field"
    products = fields.get("product_list") or []
    if len(set(products)) < len(products):
        yield "product_list: each product once"
    for each in fields.get("samplings") or []:
        if each.get("product") not in products:
            yield f"samplings: {each.get('product')!r} is not in product_list"
    if change.before is None and len(change.store.held[GROUP.name]) >= MOST_GROUPS:
        yield f"at most {MOST_GROUPS} groups"


def _group_given(change: Change) -> Document:
    # Its relationships are shown from the rules there are.
    change.document.pop("relationships", None)
    return {"description": change.fields.get("description", "")}


def _empty(change: Change) -> None:
    """Its rules go with a group."""
    rules = change.store.held[RULE.name]
    for id_ in [id_ for id_, rule in rules.items() if _group_of(rule) == change.id]:
        del rules[id_]


def _group_of(rule: Document) -> str | None:
    group = rule.get("relationships", {}).get("group", {}).get("data", {})
    id_: str | None = group.get("id")
    return id_


GROUP = Kind(
    "ScanningGroup",
    "ScanningGroups",
    f"{_PATH}/groups",
    SensitiveDataScannerGroupCreateRequest,
    SensitiveDataScannerGroupUpdateRequest,
    SensitiveDataScannerCreateGroupResponse,
    SensitiveDataScannerGetConfigResponse,
    given=_group_given,
    rules=_group_faults,
    deleted=_empty,
)


def _rule_faults(change: Change) -> Iterator[str]:
    fields = change.fields
    group = _group_of(change.document)
    if group not in change.store.held[GROUP.name]:
        yield f"relationships.group: there is no group {group}"
    standard = change.related("standard_pattern")
    pattern = fields.get("pattern")
    if bool(standard) == bool(pattern):
        yield "pattern: either a pattern or a relationship to a standard one"
    for id_ in standard:
        if id_ not in map(pattern_id, PATTERNS):
            yield f"relationships.standard_pattern: there is no standard pattern {id_}"
    if pattern:
        try:
            empty = re.compile(pattern).search("") is not None
        except re.error as fault:
            yield f"pattern: {pattern!r} is not a regular expression: {fault}"
        else:
            if empty:
                yield f"pattern: {pattern!r} matches nothing at all, so it would match everywhere"
    keywords = fields.get("included_keyword_configuration", {}).get("keywords", [])
    if len(keywords) > MOST_KEYWORDS:
        yield f"included_keyword_configuration.keywords: at most {MOST_KEYWORDS}"
    yield from _replacement_faults(fields.get("text_replacement") or {"type": "none"})


def _replacement_faults(replacement: Document) -> Iterator[str]:
    kind = replacement.get("type", "none")
    partly = kind.startswith("partial_replacement")
    at = "text_replacement"
    if partly != bool(replacement.get("number_of_chars")):
        yield f"{at}.number_of_chars: with a partial replacement, and only with it"
    if (kind == "replacement_string") != bool(replacement.get("replacement_string")):
        yield f"{at}.replacement_string: with type 'replacement_string', and only with it"
    if replacement.get("should_save_match") and kind != "replacement_string":
        yield f"{at}.should_save_match: only with type 'replacement_string'"


def _rule_given(change: Change) -> Document:
    fields = change.fields
    if change.before is not None:
        old = change.before["relationships"]
        change.document["relationships"] = {**old, **change.document.get("relationships", {})}
    return {
        "is_enabled": fields.get("is_enabled", False),
        "text_replacement": fields.get("text_replacement", {"type": "none"}),
    }


RULE = Kind(
    "ScanningRule",
    "ScanningRules",
    f"{_PATH}/rules",
    SensitiveDataScannerRuleCreateRequest,
    SensitiveDataScannerRuleUpdateRequest,
    SensitiveDataScannerCreateRuleResponse,
    SensitiveDataScannerGetConfigResponse,
    given=_rule_given,
    rules=_rule_faults,
)


def blueprint(store: Store) -> Blueprint:
    """One configuration with a version: each change counts it up."""
    api = Blueprint("data-scanner", __name__)
    version = [0]

    def meta(sent: Document | None = None) -> Document:
        asked = (sent or {}).get("meta", {}).get("version")
        if asked is not None and asked != version[0]:
            raise Refused(400, f"meta.version: is {version[0]} by now, not {asked}")
        return {"version": version[0]}

    def changed() -> Document:
        version[0] += 1
        return meta()

    @api.get(_PATH, endpoint="ListScanningGroups")
    def config() -> Response:
        with store.lock:
            groups = [_with_rules(store, group) for group in store.held[GROUP.name].values()]
            beside = [*groups, *store.held[RULE.name].values()]
            data = [{"id": each["id"], "type": each["type"]} for each in groups]
            return jsonify(
                data={
                    **_CONFIGURATION,
                    "attributes": {},
                    "relationships": {"groups": {"data": data}},
                },
                included=beside,
                meta={"version": version[0], "count_limit": MOST_RULES} | _LIMITS,
            )

    @api.get(f"{_PATH}/standard-patterns", endpoint="ListStandardPatterns")
    def patterns() -> Response:
        return jsonify(data=[_pattern(name) for name in PATTERNS])

    for kind in (GROUP, RULE):
        _add(api, store, kind, meta, changed)
    return api


_LIMITS = {
    "group_count_limit": MOST_GROUPS,
    "has_highlight_enabled": True,
    "has_multi_pass_enabled": True,
    "is_pci_compliant": False,
}


def _add(api: Blueprint, store: Store, kind: Kind, meta: Any, changed: Any) -> None:
    def create() -> Response:
        sent = body()
        with store.lock:
            meta(sent)
            document = kinds.create(store, kind, sent)
            shown = _with_rules(store, document) if kind is GROUP else document
            return jsonify(data=shown, meta=changed())

    def update(id_: str) -> Response:
        sent = body()
        with store.lock:
            meta(sent)
            kinds.update(store, kind, sent)
            return jsonify(meta=changed())

    def delete(id_: str) -> Response:
        sent = body()
        with store.lock:
            meta(sent)
            kinds.delete(store, kind)
            return jsonify(meta=changed())

    name, one = kind.name, f"{kind.path}/<id_>"
    api.add_url_rule(kind.path, f"Create{name}", create, methods=["POST"])
    api.add_url_rule(one, f"Update{name}", update, methods=["PATCH"])
    api.add_url_rule(one, f"Delete{name}", delete, methods=["DELETE"])


def _with_rules(store: Store, group: Document) -> Document:
    rules = [
        {"id": id_, "type": rule["type"]}
        for id_, rule in store.held[RULE.name].items()
        if _group_of(rule) == group["id"]
    ]
    related = {"configuration": {"data": _CONFIGURATION}, "rules": {"data": rules}}
    return {**group, "relationships": related}


def _pattern(name: str) -> Document:
    tag, category = PATTERNS[name]
    return {
        "id": pattern_id(name),
        "type": "sensitive_data_scanner_standard_pattern",
        "attributes": {
            "name": name,
            "description": f"Finds what looks like {name.removesuffix(' Scanner')}.",
            "tags": [f"sensitive_data:{tag}", f"sensitive_data_category:{category}"],
            "priority": 1,
            "included_keywords": [],
        },
    }
