"""One example of every Datadog type that the sandbox knows, several where forms differ.

Plain data, so that the stand-in provider, Datadog's own client and the real engine are all shown
the same: an `Example` names the others that it stands on by `Ref`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.datadog.data_scanner import pattern_id
from sandbox.datadog.roles import ORGANISATION, permission_id
from sandbox.datadog.users import id_of


@dataclass(frozen=True)
class Ref:
    """An output of another example; `whole`: as a number; `text`: within a text, as `{}`."""

    example: str
    output: str = "id"
    whole: bool = False
    text: str = "{}"

    def fill(self, value: Any) -> Any:
        """The value in its place."""
        if self.whole:
            return int(value)
        return value if self.text == "{}" else self.text.replace("{}", str(value))


@dataclass(frozen=True)
class Example:
    """A resource's properties, a change of them that needs no replacement, and its outputs.

    Where nothing can change in place, the change is empty.
    """

    type: str
    inputs: dict[str, Any]
    change: dict[str, Any]
    outputs: frozenset[str] = field(default_factory=frozenset)
    after: tuple[str, ...] = ()
    """Examples that have to be there before, without being referred to."""

    @property
    def token(self) -> str:
        return f"datadog:index/{self.type}:{self.type[0].upper()}{self.type[1:]}"

    @property
    def changed(self) -> dict[str, Any]:
        return {**self.inputs, **self.change}


def resolved(value: Any, made: Mapping[str, Mapping[str, Any]]) -> Any:
    """A value with every `Ref` filled in from the outputs of what was made."""
    if isinstance(value, Ref):
        return value.fill(made[value.example][value.output])
    if isinstance(value, dict):
        return {name: resolved(item, made) for name, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, made) for item in value]
    return value


_DEVOPS, _DEVELOPER = id_of("devops@bynomi.com"), id_of("dev@bynomi.com")
_PLACE = ["aws:us-east-1", "aws:us-west-2"]

# Later ones stand on earlier ones.
EXAMPLES: dict[str, Example] = {
    "latency": Example(
        "monitor",
        {
            "name": "latency of web",
            "type": "query alert",
            "query": "avg(last_5m):avg:trace.http.request.duration{service:web} > 0.5",
            "message": "slow @slack-alerts",
            "priority": "2",
            "monitorThresholds": {"critical": "0.5", "warning": "0.4"},
            "tags": ["env:prod", "team:shop"],
        },
        {"message": "still slow @slack-alerts"},
    ),
    "errors": Example(
        "monitor",
        {
            "name": "new errors",
            "type": "error-tracking alert",
            "query": 'error-tracking("service:web").source("all").new().rollup("count")'
            '.by("issue.id").last("1d") > 0',
            "message": "new @slack-alerts",
        },
        {"message": "newer @slack-alerts"},
    ),
    "both": Example(
        "monitor",
        {
            "name": "slow and failing",
            "type": "composite",
            "query": Ref("latency", text="{} && !{}"),
            "message": "both @slack-incidents",
        },
        {"message": "both of them @slack-incidents"},
    ),
    "team": Example(
        "team",
        {"name": "Shop", "handle": "shop", "description": "The shop's developers"},
        {"description": "Those who build the shop"},
        frozenset({"linkCount", "summary", "userCount"}),
    ),
    "member": Example(
        "teamMembership", {"teamId": Ref("team"), "userId": _DEVOPS}, {"role": "admin"}
    ),
    "phone": Example(
        "onCallUserNotificationChannel",
        {"userId": _DEVOPS, "phone": {"number": "+12065550100"}},
        {},
    ),
    "mailbox": Example(
        "onCallUserNotificationChannel",
        {"userId": _DEVOPS, "email": {"address": "devops@bynomi.com", "formats": ["text"]}},
        {},
    ),
    "ring": Example(
        "onCallUserNotificationRule",
        {
            "userId": _DEVOPS,
            "channelId": Ref("phone"),
            "category": "high_urgency",
            "delayMinutes": 0,
            "phone": {"method": "sms"},
        },
        {"delayMinutes": 2},
    ),
    "mail-first": Example(
        "onCallUserNotificationRule",
        {
            "userId": _DEVOPS,
            "channelId": Ref("mailbox"),
            "category": "low_urgency",
            "delayMinutes": 0,
        },
        {"delayMinutes": 5},
    ),
    "rota": Example(
        "onCallSchedule",
        {
            "name": "Shop, by week",
            "timeZone": "America/New_York",
            "teams": [Ref("team")],
            "layers": [
                {
                    "name": "week",
                    "effectiveDate": "2026-01-05T09:00:00-05:00",
                    "rotationStart": "2026-01-05T14:00:00Z",
                    "interval": {"days": 7},
                    "users": [_DEVOPS, _DEVELOPER],
                    "restrictions": [
                        {
                            "startDay": "monday",
                            "startTime": "09:00:00",
                            "endDay": "friday",
                            "endTime": "17:00:00",
                        }
                    ],
                }
            ],
        },
        {"timeZone": "Europe/Berlin"},
    ),
    "policy": Example(
        "onCallEscalationPolicy",
        {
            "name": "Shop",
            "retries": 2,
            "teams": [Ref("team")],
            "steps": [
                {
                    "assignment": "round-robin",
                    "escalateAfterSeconds": 300,
                    "targets": [{"schedule": Ref("rota")}, {"user": _DEVOPS}],
                },
                {
                    "escalateAfterSeconds": 600,
                    "targets": [
                        {"schedule": Ref("rota"), "position": "next"},
                        {"team": Ref("team")},
                    ],
                },
            ],
        },
        {"retries": 3, "resolvePageOnPolicyEnd": True},
    ),
    "routing": Example(
        "onCallTeamRoutingRules",
        {
            "teamId": Ref("team"),
            "rules": [
                {
                    "query": "tags.severity:p2",
                    "urgency": "low",
                    "escalationPolicy": Ref("policy"),
                    "timeRestrictions": {
                        "timeZone": "America/New_York",
                        "restrictions": [
                            {
                                "startDay": "monday",
                                "startTime": "09:00:00",
                                "endDay": "monday",
                                "endTime": "17:00:00",
                            }
                        ],
                    },
                    "actions": [{"sendSlackMessage": {"workspace": "bynomi", "channel": "alerts"}}],
                },
                {"escalationPolicy": Ref("policy"), "urgency": "high"},
            ],
        },
        {"rules": [{"escalationPolicy": Ref("policy"), "urgency": "dynamic"}]},
    ),
    "available": Example(
        "serviceLevelObjective",
        {
            "name": "web is available",
            "type": "metric",
            "description": "Requests answered",
            "query": {
                "numerator": "sum:trace.http.request.hits{service:web}.as_count()",
                "denominator": "sum:trace.http.request.hits{service:web}.as_count()",
            },
            "thresholds": [
                {"timeframe": "30d", "target": 99.9, "warning": 99.95},
                {"timeframe": "7d", "target": 99.9},
            ],
            "tags": ["service:web", "env:prod"],
        },
        {
            "thresholds": [
                {"timeframe": "30d", "target": 99.5, "warning": 99.9},
                {"timeframe": "7d", "target": 99.9},
            ]
        },
    ),
    "healthy": Example(
        "serviceLevelObjective",
        {
            "name": "web is healthy",
            "type": "monitor",
            "monitorIds": [Ref("latency", whole=True)],
            "thresholds": [{"timeframe": "90d", "target": 99}],
            "timeframe": "90d",
            "targetThreshold": 99,
        },
        {"description": "By its monitor"},
    ),
    "quick": Example(
        "serviceLevelObjective",
        {
            "name": "web is quick",
            "type": "time_slice",
            "sliSpecification": {
                "timeSlice": {
                    "comparator": "<",
                    "threshold": 0.5,
                    "query": {
                        "formula": {"formulaExpression": "q"},
                        "queries": [
                            {"metricQuery": {"name": "q", "query": "avg:trace.duration{*}"}}
                        ],
                    },
                }
            },
            "thresholds": [{"timeframe": "7d", "target": 99.5}],
        },
        {"name": "web is fast"},
    ),
    "counted": Example(
        "serviceLevelObjective",
        {
            "name": "orders go through",
            "type": "metric",
            "sliSpecification": {
                "count": {
                    "goodEventsFormula": "good",
                    "totalEventsFormula": "good + bad",
                    "queries": [
                        {"metricQuery": {"name": "good", "query": "sum:orders{ok}.as_count()"}},
                        {"metricQuery": {"name": "bad", "query": "sum:orders{no}.as_count()"}},
                    ],
                }
            },
            "thresholds": [{"timeframe": "30d", "target": 99.5}],
        },
        {"name": "orders do go through"},
    ),
    "burning": Example(
        "monitor",
        {
            "name": "budget of web burns",
            "type": "slo alert",
            "query": Ref(
                "available",
                text='burn_rate("{}").over("30d").long_window("1h").short_window("5m") > 14.4',
            ),
            "message": "burning @slack-incidents",
            "monitorThresholds": {"critical": "14.4"},
        },
        {"message": "burning fast @slack-incidents"},
    ),
    "correction": Example(
        "sloCorrection",
        {
            "category": "Scheduled Maintenance",
            "sloId": Ref("available"),
            "start": 1_900_000_000,
            "end": 1_900_007_200,
            "description": "the window of Wednesday",
        },
        {"end": 1_900_003_600},
    ),
    "recurring correction": Example(
        "sloCorrection",
        {
            "category": "Outside Business Hours",
            "sloId": Ref("available"),
            "start": 1_900_000_001,
            "duration": 7_200,
            "rrule": "FREQ=WEEKLY;INTERVAL=1",
            "timezone": "America/New_York",
        },
        {"duration": 3_600},
    ),
    "index": Example(
        "logsIndex",
        {
            "name": "bynomi-prod",
            "filters": [{"query": "env:prod"}],
            "retentionDays": 30,
            "dailyLimit": 1_000_000,
            "dailyLimitReset": {"resetTime": "00:00", "resetUtcOffset": "-05:00"},
            "dailyLimitWarningThresholdPercentage": 80,
            "exclusionFilters": [
                {
                    "name": "debug",
                    "isEnabled": True,
                    "filters": [{"query": "status:debug", "sampleRate": 1.0}],
                }
            ],
        },
        {"dailyLimit": 2_000_000},
    ),
    "pipeline": Example(
        "logsCustomPipeline",
        {
            "name": "bynomi prod",
            "isEnabled": True,
            "filters": [{"query": "env:prod"}],
            "tags": ["env:prod"],
            "processors": [
                {
                    "grokParser": {
                        "name": "level",
                        "isEnabled": True,
                        "source": "message",
                        "samples": ["ERROR no"],
                        "grok": {"matchRules": "r %{word:level} %{data}", "supportRules": ""},
                    }
                },
                {"statusRemapper": {"name": "level", "isEnabled": True, "sources": ["level"]}},
                {
                    "attributeRemapper": {
                        "sources": ["svc"],
                        "sourceType": "attribute",
                        "target": "service",
                        "targetType": "tag",
                        "preserveSource": True,
                    }
                },
                {
                    "pipeline": {
                        "name": "orders",
                        "isEnabled": True,
                        "filters": [{"query": "service:orders"}],
                        "processors": [
                            {
                                "categoryProcessor": {
                                    "target": "kind",
                                    "categories": [
                                        {"name": "slow", "filter": {"query": "@duration:>1000"}}
                                    ],
                                }
                            },
                            {
                                "lookupProcessor": {
                                    "source": "code",
                                    "target": "reason",
                                    "lookupTables": ["1,declined"],
                                }
                            },
                        ],
                    }
                },
            ],
        },
        {"isEnabled": False},
    ),
    "error count": Example(
        "logsMetric",
        {
            "name": "bynomi.prod.errors",
            "compute": {"aggregationType": "count"},
            "filter": {"query": "status:error env:prod"},
            "groupBies": [
                {"path": "service", "tagName": "service"},
                {"path": "@error.kind", "tagName": "kind"},
            ],
        },
        {"filter": {"query": "status:(error OR critical) env:prod"}},
    ),
    "durations": Example(
        "logsMetric",
        {
            "name": "bynomi.prod.duration",
            "compute": {
                "aggregationType": "distribution",
                "path": "@duration",
                "includePercentiles": True,
            },
            "filter": {"query": "env:prod"},
        },
        {
            "compute": {
                "aggregationType": "distribution",
                "path": "@duration",
                "includePercentiles": False,
            }
        },
    ),
    "archive": Example(
        "logsArchive",
        {
            "name": "bynomi prod",
            "query": "env:prod",
            "includeTags": True,
            "s3Archive": {
                "bucket": "bynomi-prod-logs",
                "path": "datadog",
                "accountId": "123456789012",
                "roleName": "datadog-logs",
                "encryptionType": "SSE_S3",
            },
            "rehydrationTags": ["team:shop"],
        },
        {"rehydrationMaxScanSizeInGb": 100},
    ),
    "scanner": Example(
        "sensitiveDataScannerGroup",
        {
            "name": "bynomi prod",
            "description": "what nobody may read",
            "filter": {"query": "env:prod"},
            "isEnabled": True,
            "productLists": ["logs", "rum"],
            "samplings": [{"product": "logs", "rate": 100.0}],
        },
        {"isEnabled": False},
    ),
    "token": Example(
        "sensitiveDataScannerRule",
        {
            "groupId": Ref("scanner"),
            "name": "tokens",
            "description": "bearer tokens",
            "isEnabled": True,
            "pattern": "Bearer [A-Za-z0-9._-]{20,}",
            "excludedNamespaces": ["trace_id"],
            "includedKeywordConfiguration": {"keywords": ["authorization"], "characterCount": 30},
            "priority": 1,
            "suppressions": {"startsWiths": ["Bearer test"]},
            "tags": ["sensitive_data:token"],
            "textReplacement": {"type": "replacement_string", "replacementString": "[token]"},
        },
        {"textReplacement": {"type": "hash"}},
    ),
    "cards": Example(
        "sensitiveDataScannerRule",
        {
            "groupId": Ref("scanner"),
            "name": "cards",
            "isEnabled": True,
            "standardPatternId": pattern_id("Visa Card Scanner (4x4 digits)"),
            "textReplacement": {"type": "partial_replacement_from_beginning", "numberOfChars": 12},
        },
        {"isEnabled": False},
    ),
    "shop": Example(
        "rumApplication",
        {"name": "bynomi prod", "type": "browser", "rumEventProcessingState": "ALL"},
        {"rumEventProcessingState": "ERROR_FOCUSED_MODE"},
        frozenset({"apiKeyId", "clientToken"}),
    ),
    "once": Example(
        "downtimeSchedule",
        {
            "scope": "env:prod",
            "message": "once",
            "monitorIdentifier": {"monitorId": Ref("latency", whole=True)},
            "oneTimeSchedule": {"start": "2099-01-07T03:00:00Z", "end": "2099-01-07T05:00:00Z"},
        },
        {"message": "only once"},
    ),
    "weekly": Example(
        "downtimeSchedule",
        {
            "scope": "env:prod AND service:web",
            "displayTimezone": "America/New_York",
            "monitorIdentifier": {"monitorTags": ["service:web", "env:prod"]},
            "muteFirstRecoveryNotification": True,
            "notifyEndStates": ["no data", "alert"],
            "notifyEndTypes": ["expired", "canceled"],
            "recurringSchedule": {
                "timezone": "America/New_York",
                "recurrences": [
                    {
                        "rrule": "FREQ=WEEKLY;BYDAY=WE",
                        "duration": "2h",
                        "start": "2099-01-07T03:00:00",
                    }
                ],
            },
        },
        {"scope": "env:prod"},
    ),
    "tracker": Example(
        "webhook",
        {
            "name": "bynomi-issues",
            "url": "https://api.github.com/repos/bynomi/shop/dispatches",
            "encodeAs": "json",
            "customHeaders": '{"Authorization": "Bearer x"}',
            "payload": '{"event_type": "alert", "client_payload": {"id": $ID, "m": "$EVENT_MSG"}}',
        },
        {"url": "https://api.github.com/repos/bynomi/web/dispatches"},
    ),
    "office": Example(
        "syntheticsPrivateLocation",
        {"name": "staging network", "description": "inside", "tags": ["env:staging"]},
        {"description": "inside of staging"},
        frozenset({"config", "restrictionPolicyResourceId"}),
    ),
    "customer": Example(
        "syntheticsGlobalVariable",
        {"name": "CUSTOMER", "value": "anna", "description": "who buys", "tags": ["env:prod"]},
        {"value": "berta"},
    ),
    "password": Example(
        "syntheticsGlobalVariable",
        {"name": "CUSTOMER_PASSWORD", "value": "secret", "secure": True},
        {"value": "another secret"},
    ),
    "cart": Example(
        "syntheticsTest",
        {
            "name": "cart and checkout",
            "type": "api",
            "subtype": "multi",
            "status": "live",
            "message": "nobody can buy @slack-incidents",
            "locations": [*_PLACE, Ref("office")],
            "optionsList": {"tickEvery": 300, "minLocationFailed": 2},
            "configVariables": [{"name": "CUSTOMER", "type": "global", "id": Ref("customer")}],
            "apiSteps": [
                {
                    "name": "fill the cart",
                    "requestDefinition": {"method": "POST", "url": "https://bynomi.com/cart"},
                    "extractedValues": [
                        {
                            "name": "CART",
                            "type": "http_body",
                            "parser": {"type": "json_path", "value": "$.id"},
                        }
                    ],
                    "assertions": [{"type": "statusCode", "operator": "is", "target": "201"}],
                },
                {"name": "think", "subtype": "wait", "value": 2},
                {
                    "name": "pay",
                    "requestDefinition": {"method": "POST", "url": "https://bynomi.com/pay"},
                    "isCritical": True,
                    "allowFailure": True,
                    "assertions": [{"type": "statusCode", "operator": "is", "target": "200"}],
                },
            ],
        },
        {"message": "nobody can pay @slack-incidents"},
        frozenset({"monitorId"}),
    ),
    "browser": Example(
        "syntheticsTest",
        {
            "name": "a visit",
            "type": "browser",
            "status": "live",
            "message": "the shop does not open @slack-incidents",
            "locations": ["aws:us-east-1"],
            "deviceIds": ["laptop_large", "mobile_small"],
            "requestDefinition": {"method": "GET", "url": "https://bynomi.com/"},
            "optionsList": {"tickEvery": 900, "noScreenshot": True},
            "browserVariables": [
                {"name": "WHO", "type": "text", "pattern": "anna", "example": "anna"}
            ],
            "browserSteps": [
                {
                    "name": "open the cart",
                    "type": "click",
                    "params": {
                        "elementUserLocator": {
                            "failTestOnCannotLocate": True,
                            "value": {"type": "css", "value": "#cart"},
                        }
                    },
                },
                {"name": "breathe", "type": "wait", "params": {"value": "2"}},
                {
                    "name": "it is there",
                    "type": "assertCurrentUrl",
                    "allowFailure": True,
                    "params": {"check": "contains", "value": "/cart"},
                },
                {
                    "name": "type",
                    "type": "typeText",
                    "params": {"value": "anna", "element": '{"targetOuterHTML": "<input>"}'},
                },
            ],
        },
        {"optionsList": {"tickEvery": 1_800, "noScreenshot": True}},
        frozenset({"monitorId"}),
    ),
    "page": Example(
        "statusPage",
        {
            "name": "Bynomi",
            "domainPrefix": "bynomi",
            "type": "public",
            "visualizationType": "bars_and_uptime_percentage",
            "subscriptionsEnabled": True,
        },
        {"name": "Bynomi's status"},
        frozenset(
            {
                "createdAt",
                "customDomain",
                "customDomainEnabled",
                "enabled",
                "modifiedAt",
                "pageUrl",
            }
        ),
    ),
    "shop window": Example(
        "statusPageComponent",
        {"pageId": Ref("page"), "name": "Shop", "type": "component", "position": 0},
        {"name": "The shop"},
        frozenset({"createdAt", "modifiedAt", "status"}),
    ),
    "payments": Example(
        "statusPageComponent",
        {
            "pageId": Ref("page"),
            "name": "Payments",
            "type": "group",
            "position": 1,
            "components": [
                {"name": "Cards", "type": "component", "position": 0},
                {"name": "Invoices", "type": "component", "position": 1},
            ],
        },
        {"name": "Paying"},
        frozenset({"createdAt", "modifiedAt", "status"}),
        after=("shop window",),
    ),
    "web": Example(
        "softwareCatalog",
        {
            "entity": json.dumps(
                {
                    "apiVersion": "v3",
                    "kind": "service",
                    "metadata": {"name": "bynomi-web", "owner": "shop", "tags": ["env:prod"]},
                    "spec": {"tier": "critical", "lifecycle": "production"},
                }
            )
        },
        {
            "entity": "apiVersion: v3\nkind: service\nmetadata:\n  name: bynomi-web\n"
            "  owner: operations\n"
        },
    ),
    "overview": Example(
        "dashboardJson",
        {
            "dashboard": Ref(
                "available",
                text=json.dumps(
                    {
                        "title": "Bynomi prod",
                        "description": "What somebody on call asks first",
                        "layout_type": "ordered",
                        "notify_list": [],
                        "template_variables": [{"name": "service", "prefix": "service"}],
                        "widgets": [
                            {
                                "definition": {
                                    "type": "group",
                                    "title": "Shop",
                                    "layout_type": "ordered",
                                    "widgets": [
                                        {
                                            "definition": {
                                                "type": "timeseries",
                                                "title": "Orders",
                                                "requests": [
                                                    {"q": "sum:orders{$service}.as_count()"}
                                                ],
                                            }
                                        },
                                        {
                                            "definition": {
                                                "type": "slo",
                                                "view_type": "detail",
                                                "slo_id": "SLO",
                                                "time_windows": ["30d"],
                                                "view_mode": "overall",
                                            }
                                        },
                                    ],
                                }
                            }
                        ],
                    }
                )
                .replace("{}", "{ }")
                .replace("SLO", "{}"),
            )
        },
        {
            "dashboard": json.dumps(
                {
                    "title": "Bynomi prod",
                    "description": None,
                    "layout_type": "ordered",
                    "notify_list": [],
                    "template_variables": [],
                    "widgets": [
                        {
                            "definition": {
                                "type": "note",
                                "content": "all is well",
                                "show_tick": False,
                            }
                        }
                    ],
                }
            )
        },
        frozenset({"url"}),
    ),
    "incidents": Example(
        "incidentType",
        {
            "name": "Bynomi prod",
            "description": "What customers of the shop feel",
            "configuration": {
                "allowIncidentDeletion": False,
                "allowWorkflows": True,
                "createMessage": "SEV-1 is P0",
                "editableTimestamps": False,
                "privateIncidents": False,
                "privateIncidentsByDefault": False,
                "slugSource": "default",
                "testIncidents": False,
            },
        },
        {"description": "What customers feel"},
    ),
    "declared": Example(
        "incidentNotificationTemplate",
        {
            "name": "Declared",
            "category": "alert",
            "subject": "{{incident.severity}}: {{incident.title}}",
            "content": "{{incident.commander}} leads.",
            "incidentType": Ref("incidents"),
        },
        {"content": "Led by {{incident.commander}}."},
        frozenset({"created", "modified"}),
    ),
    "told": Example(
        "incidentNotificationRule",
        {
            "incidentType": Ref("incidents"),
            "trigger": "incident_saved_trigger",
            "enabled": True,
            "handles": ["@devops@bynomi.com", "@oncall-operations"],
            "conditions": [{"field": "severity", "values": ["SEV-1"]}],
            "notificationTemplate": Ref("declared"),
        },
        {"renotifyOns": ["severity", "state"], "handles": ["@devops@bynomi.com"]},
        frozenset({"created", "modified"}),
    ),
    "review": Example(
        "incidentPostmortemTemplate",
        {
            "incidentType": Ref("incidents"),
            "name": "Review",
            "content": "# Root cause",
            "isDefault": True,
        },
        {"content": "# Root cause\n# Prevention"},
        frozenset({"created", "modified"}),
    ),
    "speaker": Example(
        "incidentUserDefinedRole",
        {
            "incidentType": Ref("incidents"),
            "name": "Communications",
            "description": "Tells customers",
            "policy": {"isSingle": True},
        },
        {"description": "Tells customers and support"},
        frozenset({"created", "modified"}),
    ),
    "readers": Example(
        "role",
        {
            "name": "bynomi-prod-readers",
            "defaultPermissionsOptOut": True,
            "permissions": [
                {"id": permission_id("dashboards_read")},
                {"id": permission_id("monitors_read")},
            ],
        },
        {"permissions": [{"id": permission_id("monitors_read")}]},
        frozenset({"userCount"}),
    ),
    "reader": Example("userRole", {"roleId": Ref("readers"), "userId": _DEVELOPER}, {}),
    "locked": Example(
        "restrictionPolicy",
        {
            "resourceId": Ref("latency", text="monitor:{}"),
            "bindings": [
                {"relation": "editor", "principals": [f"user:{_DEVOPS}"]},
                {"relation": "viewer", "principals": [f"org:{ORGANISATION}"]},
            ],
        },
        {"bindings": [{"relation": "editor", "principals": [f"user:{_DEVOPS}"]}]},
    ),
}
