"""The pipeline that gives every log a level, a service and its own time, as plain data.

Datadog reads logs in JSON by itself. Text is read here by the forms that servers write: access
logs, a line with time and level, pairs of keys and values. What the log says itself comes first;
an answer's status is its level where it says none; whose log group it comes from is its service.
Source: Datadog, log configuration: processors, parsing, status remapper.
"""

from collections.abc import Mapping

from ..datadog import (
    LogsCustomPipelineProcessorArgs,
    LogsCustomPipelineProcessorCategoryProcessorArgs,
    LogsCustomPipelineProcessorCategoryProcessorCategoryArgs,
    LogsCustomPipelineProcessorCategoryProcessorCategoryFilterArgs,
    LogsCustomPipelineProcessorDateRemapperArgs,
    LogsCustomPipelineProcessorGrokParserArgs,
    LogsCustomPipelineProcessorGrokParserGrokArgs,
    LogsCustomPipelineProcessorMessageRemapperArgs,
    LogsCustomPipelineProcessorServiceRemapperArgs,
    LogsCustomPipelineProcessorStatusRemapperArgs,
)

# A log that says no service, and comes from no group of one: it is found by this name.
NOBODYS = "unassigned"

# A rule a line; the first that matches counts, so the loosest stands last. Written with Datadog's
# own matchers; a bracket, a dot or a slash that is meant as it is has a backslash before it.
_REST = r"\]? \[?%{word:level}\]?:? %{data:msg}"
FORMS = {
    "access": (
        r"%{ipOrHost:network.client.ip} %{notSpace:http.ident} %{notSpace:http.user} "
        r'\[%{date("dd/MMM/yyyy:HH:mm:ss Z"):timestamp}\] '
        r'"%{word:http.method} %{notSpace:http.url} HTTP\/%{number:http.version}" '
        r"%{integer:http.status_code} %{notSpace:network.bytes_written}.*"
    ),
    "utc_level": r"""\[?%{date("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"):timestamp}""" + _REST,
    "offset_level": r"""\[?%{date("yyyy-MM-dd'T'HH:mm:ss.SSSZZ"):timestamp}""" + _REST,
    "plain_level": r"""\[?%{date("yyyy-MM-dd HH:mm:ss"):timestamp}""" + _REST,
    "comma_level": r"""\[?%{date("yyyy-MM-dd HH:mm:ss,SSS"):timestamp}""" + _REST,
    "level_first": (
        r'\[?%{regex("(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)"):level}\]?'
        r":? %{data:msg}"
    ),
    "pairs": r"%{data::keyvalue}",
}
SAMPLES = (
    '203.0.113.9 - - [22/Nov/2026:07:30:00 +0000] "GET /cart HTTP/1.1" 502 157',
    "2026-11-22T07:30:00.123Z ERROR payment declined by the processor",
    "2026-11-22 07:30:00 WARN: cart took 900 ms",
    "INFO order placed",
    "level=debug msg=cache service=shop",
)

LEVEL_ATTRIBUTES = ("level", "severity", "log.level", "levelname", "loglevel")
SERVICE_ATTRIBUTES = ("service", "service.name", "dd.service", "app")
DATE_ATTRIBUTES = ("timestamp", "@timestamp", "time", "ts", "date", "eventTime")
MESSAGE_ATTRIBUTES = ("msg",)
_STATUS_LEVEL = "upkeep.level_of_status"
_GROUP_SERVICE = "upkeep.service_of_group"
_NO_SERVICE = "upkeep.no_service"

# An answer's status, and the level it stands for.
STATUS_LEVELS = {"error": (500, 599), "warning": (400, 499), "info": (100, 399)}


def processors(services: Mapping[str, str]) -> list[LogsCustomPipelineProcessorArgs]:
    """The steps of the pipeline, in their order.

    services   log group of CloudWatch -> Datadog's name of the service whose logs these are
    """
    groups = {
        service: " OR ".join(
            f'@aws.awslogs.logGroup:"{group}"'
            for group, whose in sorted(services.items())
            if whose == service
        )
        for service in sorted({*services.values()})
    }
    steps = [
        LogsCustomPipelineProcessorArgs(
            grok_parser=LogsCustomPipelineProcessorGrokParserArgs(
                name="forms that servers write",
                is_enabled=True,
                source="message",
                samples=list(SAMPLES),
                grok=LogsCustomPipelineProcessorGrokParserGrokArgs(
                    match_rules="\n".join(f"{name} {rule}" for name, rule in FORMS.items()),
                    support_rules="",
                ),
            )
        ),
        _category(
            "level of an answer",
            _STATUS_LEVEL,
            {
                level: f"@http.status_code:[{least} TO {most}]"
                for level, (least, most) in STATUS_LEVELS.items()
            },
        ),
        LogsCustomPipelineProcessorArgs(
            status_remapper=LogsCustomPipelineProcessorStatusRemapperArgs(
                name="level", is_enabled=True, sources=[*LEVEL_ATTRIBUTES, _STATUS_LEVEL]
            )
        ),
    ]
    if groups:
        steps.append(_category("service of a log group", _GROUP_SERVICE, groups))
    steps += [
        # What an agent tags with a service keeps it.
        _category("no service", _NO_SERVICE, {NOBODYS: "-service:*"}),
        LogsCustomPipelineProcessorArgs(
            service_remapper=LogsCustomPipelineProcessorServiceRemapperArgs(
                name="service",
                is_enabled=True,
                sources=[
                    *SERVICE_ATTRIBUTES,
                    *([_GROUP_SERVICE] if groups else []),
                    _NO_SERVICE,
                ],
            )
        ),
        LogsCustomPipelineProcessorArgs(
            date_remapper=LogsCustomPipelineProcessorDateRemapperArgs(
                name="time", is_enabled=True, sources=list(DATE_ATTRIBUTES)
            )
        ),
        LogsCustomPipelineProcessorArgs(
            message_remapper=LogsCustomPipelineProcessorMessageRemapperArgs(
                name="message", is_enabled=True, sources=list(MESSAGE_ATTRIBUTES)
            )
        ),
    ]
    return steps


def _category(
    name: str, target: str, categories: Mapping[str, str]
) -> LogsCustomPipelineProcessorArgs:
    return LogsCustomPipelineProcessorArgs(
        category_processor=LogsCustomPipelineProcessorCategoryProcessorArgs(
            name=name,
            is_enabled=True,
            target=target,
            categories=[
                LogsCustomPipelineProcessorCategoryProcessorCategoryArgs(
                    name=category,
                    filter=LogsCustomPipelineProcessorCategoryProcessorCategoryFilterArgs(
                        query=query
                    ),
                )
                for category, query in categories.items()
            ],
        )
    )
