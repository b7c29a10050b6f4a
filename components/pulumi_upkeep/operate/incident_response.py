"""IncidentResponse: how incidents are classified, led and told, and the reviews they still owe."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field, model_validator

from .. import datadog, policy
from ..account import Account, account_of
from ..component import UpkeepComponent
from ..function import declare_function
from ..observe.alarm import AlertTopics, Metric, Topics, Watch, declare_alarm
from ..observe.handles import DatadogHandles, Handles
from ..observe.runbook import runbook_page
from ..observe.sites import API, APP
from ..plan.faults import NotInWords
from ..plan.incidents import DATADOG_SEVERITY, DAY, Incidents, Owner
from ..plan.response import RespondWithin, say_within
from ..plan.words import SEVERITIES, Later, Severity, Url, Words, say_duration

NAMESPACE = "Upkeep/Operate"
AGE = "ReviewOwedAge"
# The age is published every hour; two hours without it are a fault of the function.
ROUND = "rate(1 hour)"
AGE_PERIOD = timedelta(hours=2)
PAGE = "review-owed"
PROCESS_PAGE = "incident"

# Datadog's limits [P incident_type].
NAME_LIMIT = 50
DESCRIPTION_LIMIT = 512
# Told once, when it begins: a phone would ring anew at every change. A webhook or a case needs
# another payload than that of monitors [Datadog: Notification rules].
PAGES = ("@oncall-", "@sns-")
NOT_FOR_INCIDENTS = ("@webhook-", "@case-", "@jira-")


class SeverityMeaningArgs(TypedDict):
    """What a severity is called for."""

    means: str
    """In a sentence."""
    respond_within: str
    """Until somebody answers: ``15 minutes``."""


class SeverityMeaningsArgs(TypedDict):
    """What each severity is called for."""

    p0: SeverityMeaningArgs
    """P0, which Datadog counts as SEV-1."""
    p1: SeverityMeaningArgs
    """P1: SEV-2."""
    p2: SeverityMeaningArgs
    """P2: SEV-3."""
    p3: SeverityMeaningArgs
    """P3: SEV-4."""


class ResponderRoleArgs(TypedDict):
    """What somebody does in an incident."""

    means: str
    """In a sentence."""
    by: str
    """The team whose people do it."""
    alone: NotRequired[bool]
    """Whether one person at a time has it. Default: false."""


class ProcessStepArgs(TypedDict):
    """One step of the process."""

    does: str
    """What."""
    by: str
    """The team that does it."""
    within: NotRequired[str]
    """How long it takes at most. Required of ``review`` and ``document``, in whole days."""


class ReviewQuestionArgs(TypedDict):
    """What a review has to answer."""

    about: str
    """The heading above the answer."""
    question: str
    """What is asked there."""


class ReviewArgs(TypedDict):
    """The review after an incident."""

    asks: list[ReviewQuestionArgs]
    """Questions, in the order of the document. At least one."""
    required_for: NotRequired[list[str]]
    """Severities. Default: ``p0`` and ``p1``."""
    severity: NotRequired[str]
    """Whose topic hears that one is owed for too long. Default: ``p2``."""


class IncidentResponseArgs(TypedDict):
    """Arguments of IncidentResponse."""

    title: str
    """Name of the incidents' type in Datadog: ``Bynomi prod``; 50 characters at most."""
    severities: SeverityMeaningsArgs
    """What each severity means."""
    handles: DatadogHandles
    """Whom each severity tells, as AlertRoutes gives it."""
    commander: str
    """The team that leads."""
    process: dict[str, ProcessStepArgs]
    """``detect``, ``classify``, ``investigate``, ``resolve``, ``review`` and ``document``."""
    review: ReviewArgs
    """What follows."""
    credentials: str
    """Name of a secret in Secrets Manager with Datadog's ``api_key`` and ``app_key``."""
    topics: AlertTopics
    """The SNS topic of each severity, in the region of the AWS provider."""
    runbooks: str
    """The address below which each alert has its page."""
    roles: NotRequired[dict[str, ResponderRoleArgs]]
    """Roles beside Datadog's own, Incident Commander and Responder. Default: none."""
    told: NotRequired[dict[str, list[pulumi.Input[str]]]]
    """Severity -> further handles that hear of it."""
    datadog_url: NotRequired[str]
    """Datadog's API, by the site. Default: ``https://api.datadoghq.com``."""
    app_url: NotRequired[str]
    """Datadog's pages, by the site. Default: ``https://app.datadoghq.com``."""


class IncidentResponse(UpkeepComponent):
    """The type of an environment's incidents, who hears of them, and the reviews they owe.

    Datadog counts severities from SEV-1: P0 to P3 are SEV-1 to SEV-4, which whoever declares an
    incident reads with what they mean. A rule tells each severity when an incident is declared or
    comes to be one of it; of those that need a review another one tells every change of state. An
    incident that is resolved and has no post-mortem attached owes its review: a function publishes
    for how long, keeps an open item for each, and its alarm rings when one is owed for too long.
    """

    incident_type: pulumi.Output[str]
    """Id of the type, which an incident is declared with."""
    severities: pulumi.Output[Mapping[str, str]]
    """``p0`` -> ``SEV-1``."""
    review_template: pulumi.Output[str]
    """Id of the post-mortem template."""
    reviews_function: pulumi.Output[str]
    """Name of the function that says which reviews are owed."""

    def __init__(
        self, name: str, args: IncidentResponseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        type_ = self._incidents(settings)
        self._rules(settings, type_)
        self._roles(settings, type_)
        template = datadog.IncidentPostmortemTemplate(
            f"{name}-review",
            datadog.IncidentPostmortemTemplateArgs(
                incident_type=type_.id,
                name=f"{settings.title}: post-incident review",
                content=_review(settings),
                is_default=True,
                location="datadog_notebooks",
            ),
            self.child(),
        )
        function = self._owed(settings, args, type_)
        self.incident_type = type_.id
        self.severities = pulumi.Output.from_input(
            {str(each): counted for each, counted in DATADOG_SEVERITY.items()}
        )
        self.review_template = template.id
        self.reviews_function = function
        self.register_outputs(
            {
                "incident_type": self.incident_type,
                "severities": self.severities,
                "review_template": self.review_template,
                "reviews_function": self.reviews_function,
            }
        )

    def _incidents(self, settings: "_Settings") -> datadog.IncidentType:
        return datadog.IncidentType(
            self.name,
            datadog.IncidentTypeArgs(
                name=settings.title,
                description=f"Incidents of {settings.title}: {settings.commander} leads them.",
                configuration=datadog.IncidentTypeConfigurationArgs(
                    # What has happened is not made undone, neither the incident nor its times.
                    allow_incident_deletion=False,
                    allow_workflows=True,
                    create_message=_declaring(settings),
                    editable_timestamps=False,
                    private_incidents=False,
                    private_incidents_by_default=False,
                    slug_source="default",
                    # For exercises: a test owes no review.
                    test_incidents=True,
                ),
            ),
            self.child(),
        )

    def _rules(self, settings: "_Settings", type_: datadog.IncidentType) -> None:
        declared = self._template(
            "declared",
            "alert",
            "{{incident.severity}}: {{incident.title}}",
            _when_declared(settings),
            settings,
            type_,
        )
        changed = self._template(
            "changed",
            "incident",
            "{{incident.severity}} is {{incident.status}}: {{incident.title}}",
            "{{incident.title}} is {{incident.status}}. {{incident.commander}} leads.\n\n"
            "Impact: {{incident.customer_impact}}",
            settings,
            type_,
        )
        for severity in SEVERITIES:
            handles = pulumi.Output.all(
                settings.handles.by_severity()[severity], *settings.told_by(severity)
            ).apply(_each)
            self._rule(severity, "declared", handles.apply(_for_incidents), declared, type_)
            if severity in settings.review.required_for:
                self._rule(severity, "changed", handles.apply(_without_pages), changed, type_)

    def _template(
        self,
        which: str,
        category: str,
        subject: str,
        content: str,
        settings: "_Settings",
        type_: datadog.IncidentType,
    ) -> datadog.IncidentNotificationTemplate:
        return datadog.IncidentNotificationTemplate(
            f"{self.name}-{which}",
            datadog.IncidentNotificationTemplateArgs(
                name=f"{settings.title}: {which}",
                category=category,
                subject=subject,
                content=content,
                incident_type=type_.id,
            ),
            self.child(),
        )

    def _rule(
        self,
        severity: Severity,
        which: str,
        handles: pulumi.Output[Sequence[str]],
        template: datadog.IncidentNotificationTemplate,
        type_: datadog.IncidentType,
    ) -> None:
        of_severity = datadog.IncidentNotificationRuleConditionArgs(
            field="severity", values=[DATADOG_SEVERITY[severity]]
        )
        # What begins is told once for each severity that it comes to; an end, whenever it comes.
        states = ["active"] if which == "declared" else ["stable", "resolved"]
        datadog.IncidentNotificationRule(
            f"{self.name}-{severity}-{which}",
            datadog.IncidentNotificationRuleArgs(
                incident_type=type_.id,
                enabled=True,
                # Also when an incident is found to be graver than it was declared.
                trigger="incident_saved_trigger",
                handles=handles,
                conditions=[
                    of_severity,
                    datadog.IncidentNotificationRuleConditionArgs(field="state", values=states),
                ],
                renotify_ons=["state"] if which == "changed" else None,
                notification_template=template.id,
                visibility="organization",
            ),
            self.child(),
        )

    def _roles(self, settings: "_Settings", type_: datadog.IncidentType) -> None:
        for name, role in sorted(settings.roles.items()):
            datadog.IncidentUserDefinedRole(
                f"{self.name}-{name}",
                datadog.IncidentUserDefinedRoleArgs(
                    incident_type=type_.id,
                    name=name.replace("-", " ").capitalize(),
                    description=f"{role.means}. People of {role.by}.",
                    policy=datadog.IncidentUserDefinedRolePolicyArgs(is_single=role.alone),
                ),
                self.child(),
            )

    def _owed(
        self, settings: "_Settings", args: IncidentResponseArgs, type_: datadog.IncidentType
    ) -> pulumi.Output[str]:
        """What says which reviews are owed, and the alarm on the oldest."""
        stack = f"{pulumi.get_project()}-{pulumi.get_stack()}"
        within = settings.process.review_within
        secret = settings.credentials
        function = declare_function(
            self,
            "reviews",
            package="incident_reviews",
            says="Says every hour which incidents still owe their review",
            statements=[
                account_of(self).apply(lambda account: _may_read(account, secret)),
                policy.publish_figures(NAMESPACE),
                # Neither of the two knows resources [Service Authorization Reference].
                policy.allow(
                    "KeepItems", ["ssm:CreateOpsItem", "ssm:DescribeOpsItems"], resources=["*"]
                ),
                account_of(self).apply(_may_close),
            ],
            environment={
                "APP_URL": settings.app_url,
                "DATADOG_URL": settings.datadog_url,
                "INCIDENT_TYPE": type_.id,
                "KEYS": secret,
                "OWNER": settings.process.review.by,
                "RUNBOOK": runbook_page(settings.runbooks, PAGE),
                "SEVERITIES": _as_json(settings),
                "STACK": stack,
                "WITHIN": str(within // DAY),
            },
            timeout=timedelta(minutes=2),
            topics=args["topics"],
            severity=settings.review.severity,
            runbooks=settings.runbooks,
            runbook=PAGE,
            schedule=ROUND,
            # The next hour looks again.
            retries=0,
        )
        declare_alarm(
            self,
            Watch(
                part="review-owed",
                says=f"an incident was resolved more than {within // DAY} days ago and has no "
                f"review: {settings.process.review.by} owes it",
                severity=settings.review.severity,
                metric=Metric(NAMESPACE, AGE, {"Stack": stack}, "Maximum"),
                threshold=float(within // DAY),
                period=AGE_PERIOD,
                periods=1,
                # Published every hour: silence is a fault of the function.
                missing_data="breaching",
                runbook=PAGE,
            ),
            args["topics"],
            settings.runbooks,
        )
        return function.name


# ---- texts --------------------------------------------------------------------------------------


def _declaring(settings: "_Settings") -> str:
    """What whoever declares an incident reads."""
    lines = [
        f"- **{DATADOG_SEVERITY[severity]}** is {severity.upper()}: {meaning.means}. Somebody "
        f"answers within {say_within(meaning.respond_within)}."
        for severity, meaning in settings.severities.by_severity().items()
    ]
    page = runbook_page(settings.runbooks, PROCESS_PAGE)
    return "\n".join([*lines, "", f"In doubt, take the graver one. [How it goes on]({page})"])


def _when_declared(settings: "_Settings") -> str:
    page = runbook_page(settings.runbooks, PROCESS_PAGE)
    steps = [
        f"{number}. {step.does}: {step.by}"
        + (
            ""
            if step.within is None
            else f", within {say_duration(step.within)}"
            + (" of its end" if name in ("review", "document") else "")
        )
        for number, (name, step) in enumerate(settings.process.by_name().items(), start=1)
    ]
    return "\n".join(
        [
            "{{incident.title}} ({{incident.severity}}) is {{incident.status}}.",
            "",
            f"Leads: {{{{incident.commander}}}}, otherwise whoever of {settings.commander} comes "
            "first.",
            "",
            *steps,
            "",
            page,
        ]
    )


def _review(settings: "_Settings") -> str:
    """The document that a review begins as."""
    parts = [
        "# Review: {{incident.title}}",
        "{{incident.card}}",
        f"Owed by {settings.process.review.by} within "
        f"{say_duration(settings.process.review_within)} of the resolution.",
    ]
    for each in settings.review.asks:
        parts.append(f"## {each.about[:1].upper()}{each.about[1:]}\n\n*{each.question}*")
    parts.append("## Timeline\n\n{{incident.timeline}}")
    return "\n\n".join(parts)


def _each(lines: Sequence[str]) -> list[str]:
    """Handles of lines of handles, each once and sorted."""
    return sorted({handle for line in lines for handle in line.split()})


def _for_incidents(handles: Sequence[str]) -> list[str]:
    return [each for each in handles if not each.startswith(NOT_FOR_INCIDENTS)]


def _without_pages(handles: Sequence[str]) -> list[str]:
    return [each for each in _for_incidents(handles) if not each.startswith(PAGES)]


def _as_json(settings: "_Settings") -> pulumi.Output[str]:
    counted = {DATADOG_SEVERITY[each]: each for each in settings.review.required_for}
    return pulumi.Output.json_dumps(counted, sort_keys=True)


def _may_read(account: Account, secret: str) -> policy.Statement:
    read = ["secretsmanager:GetSecretValue"]
    return policy.allow("ReadDatadogKeys", read, resources=[account.secret(secret)])


def _may_close(account: Account) -> policy.Statement:
    items = f"arn:{account.partition}:ssm:*:{account.id}:opsitem/*"
    return policy.allow("CloseItems", ["ssm:UpdateOpsItem"], resources=[items])


# ---- arguments, checked ------------------------------------------------------------------------


class _Meaning(Words):
    means: str = Field(min_length=1)
    respond_within: RespondWithin


class _Meanings(Words):
    p0: _Meaning
    p1: _Meaning
    p2: _Meaning
    p3: _Meaning

    def by_severity(self) -> dict[Severity, _Meaning]:
        return {severity: getattr(self, severity) for severity in SEVERITIES}


class _Settings(Incidents):
    title: Annotated[str, Field(min_length=1, max_length=NAME_LIMIT)]
    commander: Owner
    severities: _Meanings
    handles: Handles
    topics: Topics
    runbooks: Url
    told: dict[Severity, list[Later]] = Field(default_factory=dict)  # type: ignore[assignment]
    datadog_url: Url = API
    app_url: Url = APP

    def told_by(self, severity: Severity) -> Sequence[Any]:
        """Further handles."""
        return self.told.get(severity, ())

    @model_validator(mode="after")
    def _fits(self) -> "_Settings":
        # Two regions' stacks of one name would be one type of incidents.
        if self.title != self.title.strip():
            raise NotInWords("a title that begins or ends with a blank", f"`{self.title.strip()}`")
        return self
