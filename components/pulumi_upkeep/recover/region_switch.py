"""``RegionSwitch``: Region switch asks a person, and starts the runbook of a complete outage."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, NotRequired, TypedDict

import pulumi
from pydantic import Field

from .. import aws, policy
from ..account import Account, account_of
from ..aws import arcregionswitch
from ..component import UpkeepComponent
from ..function import declare_function
from ..naming import physical_name
from ..observe.alarm import AlertTopics, Topics
from ..plan.faults import Fault
from ..plan.recovery import LONGEST_APPROVAL
from ..plan.words import Duration, Later, Region, Url
from .cross_checked import CrossChecked

# Region switch: a plan's name.
PLAN_NAME_LIMIT = 32
FUNCTION = "start_outage_runbook"
# Starting is one call: what does not answer within minutes is looked at by a person.
STARTED_WITHIN = timedelta(minutes=10)
TRIED_EVERY = timedelta(minutes=1)


class RegionSwitchArgs(TypedDict):
    primary_region: str
    """The region that is left, e.g. ``us-east-1``."""
    recovery_region: str
    """The region that takes over; the component's own, where document and function are."""
    document: pulumi.Input[str]
    """Name of the complete-outage runbook's document, in the recovery region."""
    document_role: pulumi.Input[str]
    """ARN of the role that the document takes."""
    approver: pulumi.Input[str]
    """ARN of the role whose people approve in Region switch, which knows one per step. The role
    needs ``arc-region-switch:ApprovePlanExecutionStep``."""
    decide_within: NotRequired[str]
    """How long they have, 1 minute to 30 days. Default ``30 minutes``."""
    topics: AlertTopics
    """The SNS topic of each severity, in the recovery region."""
    runbooks: str
    """Address below which the page of each alert stands."""


class _Settings(CrossChecked):
    primary_region: Region
    recovery_region: Region
    document: Later
    document_role: Later
    approver: Later
    decide_within: Annotated[Duration, Field(ge=timedelta(minutes=1), le=LONGEST_APPROVAL)] = (
        timedelta(minutes=30)
    )
    topics: Topics
    runbooks: Url

    def faults(self) -> Iterator[Fault]:
        """See :class:`CrossChecked`."""
        if self.primary_region == self.recovery_region:
            yield Fault(
                "recovery_region",
                "a Region switch plan is between two regions",
                self.recovery_region,
                "name the region that takes over",
            )


class RegionSwitch(UpkeepComponent):
    """A Region switch plan, active/passive, whose one action is to start the runbook of a complete
    outage: what is done stands in that document alone, fencing included, and it asks by its own
    rule. Belongs into the recovery region.

    Separate workflows take one for each region. That of the primary region changes nothing: the way
    back is a new generation of every database, deployed as an edit of the plan, and its approval
    says so.
    """

    plan_arn: pulumi.Output[str]
    """ARN of the plan."""

    def __init__(
        self, name: str, args: RegionSwitchArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        account = account_of(self)
        called = physical_name(name, limit=PLAN_NAME_LIMIT)
        function = declare_function(
            self,
            "start",
            package=FUNCTION,
            says="Starts the runbook of a complete outage for Region switch",
            environment={"DOCUMENT": settings.document},
            statements=[
                pulumi.Output.all(account, settings.document).apply(
                    lambda found: policy.allow(
                        "StartRunbook",
                        ["ssm:StartAutomationExecution"],
                        resources=[_definition(found[0], settings.recovery_region, found[1])],
                    )
                ),
                pulumi.Output.from_input(settings.document_role).apply(
                    lambda role: policy.allow(
                        "PassItsRole",
                        ["iam:PassRole"],
                        resources=[role],
                        conditions={"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
                    )
                ),
            ],
            timeout=timedelta(minutes=1),
            topics=args["topics"],
            # Somebody waits for it.
            severity="p0",
            runbooks=settings.runbooks,
            runbook="complete-outage",
            retries=0,
        )
        role = self._role(name, called, function, account)
        plan = arcregionswitch.Plan(
            name,
            arcregionswitch.PlanArgs(
                name=called,
                description=f"{settings.recovery_region} takes over from {settings.primary_region}",
                execution_role=role.arn,
                recovery_approach="activePassive",
                regions=[settings.primary_region, settings.recovery_region],
                primary_region=settings.primary_region,
                workflows=[_over(settings, function.arn), _back(settings)],
            ),
            self.child(),
        )
        self.plan_arn = plan.arn
        self.register_outputs({"planArn": plan.arn})

    def _role(
        self,
        name: str,
        called: str,
        function: aws.lambda_.Function,
        account: pulumi.Output[Account],
    ) -> aws.iam.Role:
        role_called = physical_name(name)
        role = aws.iam.Role(
            name,
            aws.iam.RoleArgs(
                name=role_called,
                description=f"What the Region switch plan {called} may do",
                # As AWS documents it: of conditions it says nothing, and one that Region switch
                # does not meet would show in the outage.
                assume_role_policy=policy.trust(
                    "TakenByRegionSwitch", "arc-region-switch.amazonaws.com"
                ),
            ),
            self.child(),
        )
        aws.iam.RolePolicy(
            name,
            aws.iam.RolePolicyArgs(
                role=role.name,
                name=role_called,
                policy=pulumi.Output.all(account, function.arn, role.arn).apply(
                    lambda found: _permissions(found[0], called, found[1], found[2])
                ),
            ),
            self.child(),
        )
        return role


def _permissions(account: Account, plan: str, function: str, role: str) -> str:
    return policy.document(
        policy.allow(
            "ReadPlan",
            [
                "arc-region-switch:GetPlan",
                "arc-region-switch:GetPlanExecution",
                "arc-region-switch:ListPlanExecutions",
            ],
            # AWS adds six characters of its own.
            resources=[f"arn:{account.partition}:arc-region-switch::{account.id}:plan/{plan}:*"],
        ),
        # With it Region switch tells, before an outage, what the role lacks.
        policy.allow("EvaluatePlan", ["iam:SimulatePrincipalPolicy"], resources=[role]),
        policy.allow(
            "StartRunbook", ["lambda:GetFunction", "lambda:InvokeFunction"], resources=[function]
        ),
    )


def _definition(account: Account, region: str, document: str) -> str:
    return (
        f"arn:{account.partition}:ssm:{region}:{account.id}"
        f":automation-definition/{document}:$DEFAULT"
    )


def _minutes(duration: timedelta) -> int:
    """In whole minutes, never fewer than were given."""
    return -(-duration // timedelta(minutes=1))


def _approval(settings: _Settings, name: str, says: str) -> arcregionswitch.PlanWorkflowStepArgs:
    return arcregionswitch.PlanWorkflowStepArgs(
        name=name,
        description=says,
        execution_block_type="ManualApproval",
        execution_approval_configs=[
            arcregionswitch.PlanWorkflowStepExecutionApprovalConfigArgs(
                approval_role=settings.approver, timeout_minutes=_minutes(settings.decide_within)
            )
        ],
    )


def _over(settings: _Settings, function: pulumi.Output[str]) -> arcregionswitch.PlanWorkflowArgs:
    here = settings.recovery_region
    return arcregionswitch.PlanWorkflowArgs(
        workflow_target_action="activate",
        workflow_target_region=here,
        workflow_description=f"Starts the runbook of a complete outage in {here}",
        steps=[
            _approval(
                settings,
                "decide",
                f"Bring everything up in {here}? The old primaries are fenced by the runbook.",
            ),
            arcregionswitch.PlanWorkflowStepArgs(
                name="start-runbook",
                description="Starts the runbook, whose run in Systems Manager shows the rest.",
                execution_block_type="CustomActionLambda",
                custom_action_lambda_configs=[
                    arcregionswitch.PlanWorkflowStepCustomActionLambdaConfigArgs(
                        region_to_run="activatingRegion",
                        retry_interval_minutes=_minutes(TRIED_EVERY),
                        timeout_minutes=_minutes(STARTED_WITHIN),
                        lambdas=[
                            arcregionswitch.PlanWorkflowStepCustomActionLambdaConfigLambdaArgs(
                                arn=function
                            )
                        ],
                    )
                ],
            ),
        ],
    )


def _back(settings: _Settings) -> arcregionswitch.PlanWorkflowArgs:
    there = settings.primary_region
    return arcregionswitch.PlanWorkflowArgs(
        workflow_target_action="activate",
        workflow_target_region=there,
        workflow_description="Changes nothing: the way back is a new generation",
        steps=[
            _approval(
                settings,
                "way-back-is-a-new-generation",
                f"Approving changes nothing. The way back to {there} is a new generation of every "
                "database: a replica there, deployed by an edit of the plan, and then its runbook.",
            )
        ],
    )
