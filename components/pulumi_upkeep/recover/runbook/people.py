"""Asking and telling people: who decides, how they are told, and what they are told."""

from dataclasses import dataclass
from datetime import timedelta

from .steps import CONTINUE, Permission, Step, branch, script


@dataclass(frozen=True)
class People:
    """Who is asked and told, and where the runbook runs.

    account, region   where the document is
    approvers         ARNs of who may decide
    within            how long they have
    topic             ARN of the topic of P0 in that region
    page              address of the runbook's page
    asks              whether a person decides before something is changed
    """

    account: str
    region: str
    approvers: tuple[str, ...]
    within: timedelta
    topic: str
    page: str
    asks: bool = True

    def told(self) -> tuple[Permission, ...]:
        """What publishing to the topic takes, which is encrypted with a key of the account."""
        return (
            Permission("sns:Publish", (self.topic,)),
            *(
                Permission(
                    action,
                    (f"arn:aws:kms:{self.region}:{self.account}:key/*",),
                    # SNS gives the topic as the encryption context: no other use of the key.
                    {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": self.topic}},
                )
                for action in ("kms:Decrypt", "kms:GenerateDataKey")
            ),
        )


def tell(
    people: People,
    name: str,
    title: str,
    subject: str,
    message: str,
    *,
    leads_to: str | None = None,
    ends: bool = False,
    see: str = "it is in the channels of P0",
) -> Step:
    """Tells everybody who hears of P0. Nobody is left without help because nobody could be told:
    the runbook goes on, and in the end says that this failed."""
    return Step(
        name=name,
        title=title,
        who="the runbook",
        see=see,
        action="aws:executeAwsApi",
        inputs={
            "Service": "sns",
            "Api": "Publish",
            "TopicArn": people.topic,
            "Subject": subject[:100],
            "Message": f"{message}\nRunbook: {people.page}\nRun: {{{{ automation:EXECUTION_ID }}}}",
        },
        tries=2,
        on_failure=leads_to or CONTINUE,
        leads_to=leads_to,
        ends=ends,
        may=people.told(),
    )


def ask(
    people: People,
    name: str,
    title: str,
    question: str,
    *,
    leads_to: str | None = None,
) -> Step:
    """Waits for one of the approvers. No answer in time, or a no, ends the runbook."""
    return Step(
        name=name,
        title=title,
        who="one of the approvers: "
        + ", ".join(arn.rpartition("/")[2] for arn in people.approvers),
        see="the step is called Success; rejected, the runbook ends and nothing more is changed",
        action="aws:approve",
        # No NotificationArn: Automation's own message says nothing of what was found, so a step
        # before this one tells it.
        inputs={
            "Message": question,
            "MinRequiredApprovals": 1,
            "Approvers": list(people.approvers),
        },
        limit=people.within,
        leads_to=leads_to,
    )


def decision(
    people: People, subject: str, found: str, question: str, asked_by: str, then: str
) -> tuple[Step, ...]:
    """Whether a person is asked, telling them, and asking; ``then`` is the step after it.

    found      a reference to what an earlier step found
    asked_by   name of the document that may have asked before it started this one
    """
    if not people.asks:
        return ()
    executions = f"arn:aws:ssm:{people.region}:{people.account}:automation-execution/*"
    return (
        Step(
            name="who_decides",
            title="See whether a person was asked already.",
            who="the runbook",
            see=f"Ask is `no` only in a run that {asked_by} started",
            action="aws:executeScript",
            inputs=script(
                "who_decides",
                {
                    "region": people.region,
                    "execution": "{{ automation:EXECUTION_ID }}",
                    "asked_by": asked_by,
                },
            ),
            outputs={"Ask": ("$.Payload.ask", "String")},
            may=(Permission("ssm:GetAutomationExecution", (executions,)),),
        ),
        branch(
            "is_asked", "Ask, unless it was asked before.", "who_decides.Ask", {"no": then}, "tell"
        ),
        tell(
            people,
            "tell",
            "Tell what was found, and that a decision is waited for.",
            subject,
            f"{found}\n{question}\nDecide: aws ssm send-automation-signal --region "
            f"{people.region} --automation-execution-id {{{{ automation:EXECUTION_ID }}}} "
            "--signal-type Approve",
        ),
        ask(people, "decide", question, f"{found} {question}"),
    )
