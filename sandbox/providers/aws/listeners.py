"""Listeners of load balancers, and their rules."""

from __future__ import annotations

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.lb import CLIENT, TAGS
from sandbox.providers.aws.resource import Change, Document, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, computed, plain, unordered
from sandbox.providers.cloud import Properties

_REDIRECT: Shape = (
    *plain("statusCode"),
    Prop("host", default="#{host}"),
    Prop("path", default="/#{path}"),
    Prop("port", default="#{port}"),
    Prop("protocol", default="#{protocol}"),
    Prop("query", default="#{query}"),
)
_FORWARD: Shape = (
    Prop(
        "targetGroups",
        shape=(Prop("arn", "TargetGroupArn"), Prop("weight", default=1)),
        many=True,
        unordered=True,
    ),
    Prop(
        "stickiness",
        "TargetGroupStickinessConfig",
        shape=(Prop("duration", "DurationSeconds"), Prop("enabled", default=False)),
        computed=True,
    ),
)
_ACTION: Shape = (
    *plain("type"),
    *computed("order", "targetGroupArn"),
    Prop(
        "fixedResponse",
        "FixedResponseConfig",
        shape=plain("contentType", "messageBody", "statusCode"),
    ),
    Prop("redirect", "RedirectConfig", shape=_REDIRECT),
    Prop("forward", "ForwardConfig", shape=_FORWARD, computed=True),
)
_LISTENER: Shape = (
    *plain("loadBalancerArn"),
    Prop("port"),
    Prop("protocol", computed=True),
    Prop("sslPolicy", computed=True),
    Prop(
        "certificateArn",
        "Certificates",
        to=lambda arn: [{"CertificateArn": arn}],
        back=lambda certificates: certificates[0]["CertificateArn"] if certificates else None,
    ),
    Prop(
        "alpnPolicy",
        to=lambda policy: [policy],
        back=lambda policies: policies[0] if policies else None,
    ),
    Prop("defaultActions", shape=_ACTION, many=True),
)


def _create_listener(api: Api, request: Document, inputs: Properties) -> str:
    return str(api(CLIENT).create_listener(**request)["Listeners"][0]["ListenerArn"])


def _describe_listener(api: Api, arn: str, known: Properties) -> Document | None:
    answer = found(api(CLIENT).describe_listeners, ListenerArns=[arn])
    return only((answer or {}).get("Listeners"))


def _update_listener(api: Api, arn: str, request: Document, change: Change) -> None:
    del request["LoadBalancerArn"]
    api(CLIENT).modify_listener(ListenerArn=arn, **request)


def _identify_listener(api: Api, inputs: Properties) -> str | None:
    answer = found(api(CLIENT).describe_listeners, LoadBalancerArn=inputs["loadBalancerArn"])
    for listener in (answer or {}).get("Listeners", []):
        if listener["Port"] == inputs.get("port"):
            return str(listener["ListenerArn"])
    return None


def _with_values(name: str, api: str, *more: Prop) -> Prop:
    return Prop(name, api, shape=(*unordered("values"), *more))


_PATTERNS = Prop("regexValues", unordered=True)


_CONDITION: Shape = (
    _with_values("hostHeader", "HostHeaderConfig", _PATTERNS),
    _with_values("pathPattern", "PathPatternConfig", _PATTERNS),
    _with_values("httpRequestMethod", "HttpRequestMethodConfig"),
    _with_values("sourceIp", "SourceIpConfig"),
    _with_values("httpHeader", "HttpHeaderConfig", Prop("httpHeaderName"), _PATTERNS),
    Prop(
        "queryStrings",
        "QueryStringConfig",
        to=lambda items: {
            "Values": [{key.capitalize(): text for key, text in item.items()} for item in items]
        },
        back=lambda config: [
            {key.lower(): text for key, text in item.items()} for item in config["Values"]
        ],
    ),
)
# The API wants each condition's kind beside it.
_FIELDS = {
    "HostHeaderConfig": "host-header",
    "PathPatternConfig": "path-pattern",
    "HttpRequestMethodConfig": "http-request-method",
    "SourceIpConfig": "source-ip",
    "HttpHeaderConfig": "http-header",
    "QueryStringConfig": "query-string",
}
_RULE: Shape = (
    *plain("listenerArn"),
    Prop("priority", computed=True, to=int, back=int),
    Prop("actions", shape=_ACTION, many=True),
    Prop("conditions", shape=_CONDITION, many=True, unordered=True),
)


def _with_fields(request: Document) -> Document:
    conditions = [
        {"Field": _FIELDS[key], key: value}
        for condition in request["Conditions"]
        for key, value in condition.items()
    ]
    return {**request, "Conditions": conditions}


def _create_rule(api: Api, request: Document, inputs: Properties) -> str:
    if "Priority" not in request:
        answer = api(CLIENT).describe_rules(ListenerArn=request["ListenerArn"])
        taken = [int(it["Priority"]) for it in answer["Rules"] if it["Priority"].isdigit()]
        request["Priority"] = max(taken, default=0) + 1
    return str(api(CLIENT).create_rule(**_with_fields(request))["Rules"][0]["RuleArn"])


def _describe_rule(api: Api, arn: str, known: Properties) -> Document | None:
    answer = found(api(CLIENT).describe_rules, RuleArns=[arn])
    rule = only((answer or {}).get("Rules"))
    if rule is None:
        return None
    # `...:listener-rule/app/<name>/<balancer>/<listener>/<rule>` holds the listener's own ARN.
    listener = arn.rpartition("/")[0].replace(":listener-rule/", ":listener/")
    return {**rule, "ListenerArn": listener}


def _update_rule(api: Api, arn: str, request: Document, change: Change) -> None:
    if change.of("priority"):
        api(CLIENT).set_rule_priorities(
            RulePriorities=[{"RuleArn": arn, "Priority": change.inputs["priority"]}]
        )
    if change.of("actions", "conditions"):
        rule = _with_fields(request)
        api(CLIENT).modify_rule(RuleArn=arn, Actions=rule["Actions"], Conditions=rule["Conditions"])


def _identify_rule(api: Api, inputs: Properties) -> str | None:
    answer = found(api(CLIENT).describe_rules, ListenerArn=inputs["listenerArn"])
    for rule in (answer or {}).get("Rules", []):
        if rule["Priority"] == str(inputs.get("priority")):
            return str(rule["RuleArn"])
    return None


LISTENERS = (
    Resource(
        token=token("lb", "Listener"),
        service=CLIENT,
        shape=_LISTENER,
        tagging=TAGS,
        create=_create_listener,
        describe=_describe_listener,
        update=_update_listener,
        delete=lambda api, arn, known: api(CLIENT).delete_listener(ListenerArn=arn),
        identify=_identify_listener,
        outputs={"arn": "ListenerArn"},
        place=("loadBalancerArn", "port"),
        forces_replacement=frozenset({"loadBalancerArn"}),
    ),
    Resource(
        token=token("lb", "ListenerRule"),
        service=CLIENT,
        shape=_RULE,
        tagging=TAGS,
        create=_create_rule,
        describe=_describe_rule,
        update=_update_rule,
        delete=lambda api, arn, known: api(CLIENT).delete_rule(RuleArn=arn),
        identify=_identify_rule,
        outputs={"arn": "RuleArn"},
        place=("listenerArn", "priority"),
        forces_replacement=frozenset({"listenerArn"}),
    ),
)
