"""Severities: what each means, how soon somebody answers, and who hears of it.

Source: Bynomi's plan, "Error Priority Levels", "Incident Classification" and "Response Time
Targets"; clauses BY-2.6, BY-2.8 and the chapter on incidents.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from .faults import NotInWords
from .response import OffHours, RespondWithin, fits_hours
from .words import SEVERITIES, ClockTime, Email, Name, Secret, Severity, Weekday, Words

_E164_PATTERN = r"^\+[1-9][0-9]{6,14}$"


def parse_phone(written: str) -> str:
    """A phone number as E.164 has it: ``+`` and 7 to 15 digits, which is what SNS sends to."""
    digits = "".join(character for character in written if character.isdigit())
    if written != f"+{digits}" or not 7 <= len(digits) <= 15 or digits.startswith("0"):
        remedy = "write `+`, the country's code and the number, such as `+12065550100`"
        if written.startswith("+") and 7 <= len(digits) <= 15 and not digits.startswith("0"):
            remedy = f"write `+{digits}`"
        raise NotInWords("not a phone number that SMS can reach (E.164)", remedy)
    return written


Phone = Annotated[
    str,
    AfterValidator(parse_phone),
    WithJsonSchema({"type": "string", "pattern": _E164_PATTERN, "examples": ["+12065550100"]}),
]

Recipient = Annotated[
    Annotated[Phone, Tag("<phone>")] | Annotated[Secret, Tag("<secret>")],
    Discriminator(lambda written: "<phone>" if isinstance(written, str) else "<secret>"),
]

# When somebody answers: around the clock, or within the plan's business hours.
Hours = Literal["always", "business"]


class SeverityDefinition(Words):
    """One severity.

    means           what it is called for, in a sentence
    respond_within  until somebody answers; counted within ``hours``: ``2 hours``, or
                    ``2 business days``
    hours           ``always``, or ``business`` (the plan's business hours, without holidays)
    off_hours       ``next day``: what comes outside business hours is answered by the end of those
                    of the next day that has any; default ``respond_within`` after they begin
    email           addresses
    sms             phone numbers (E.164), or ``{secret: name}`` of a Pulumi secret that holds one
    slack           channels, by the names the chapter ``slack`` gives them
    on_call         the team of ``on_call`` that Datadog pages; default none
    tickets         the tracker of ``tickets`` in which Datadog opens a case; default none
    A severity that reaches nobody by email, SMS or Slack is refused: alarms of CloudWatch reach
    neither pages nor trackers.
    """

    means: str
    respond_within: RespondWithin
    hours: Hours
    off_hours: OffHours | None = None
    email: tuple[Email, ...] = ()
    sms: tuple[Recipient, ...] = ()
    slack: tuple[Name, ...] = ()
    on_call: Name | None = None
    tickets: Name | None = None

    @model_validator(mode="after")
    def _reaches_somebody(self) -> "SeverityDefinition":
        fits_hours(self.respond_within, self.hours, self.off_hours)
        if not (self.email or self.sms or self.slack):
            raise NotInWords("reaches nobody", "name an `email`, an `sms` or a `slack` channel")
        return self


class Severities(Words):
    """The four severities; all are required, every alert refers to one of them."""

    p0: SeverityDefinition
    p1: SeverityDefinition
    p2: SeverityDefinition
    p3: SeverityDefinition

    def __getitem__(self, severity: Severity) -> SeverityDefinition:
        definition: SeverityDefinition = getattr(self, severity)
        return definition

    def by_severity(self) -> dict[Severity, SeverityDefinition]:
        """Each definition by its severity, the gravest first."""
        return {severity: self[severity] for severity in SEVERITIES}


class Slack(Words):
    """The Slack workspace alerts are sent to.

    account     the name Datadog's Slack integration knows the workspace by
    workspace   the workspace's id (``T...``), which AWS Chatbot needs
    channels    the plan's name -> the channel's id (``C...``); the name is also the channel's name
    """

    account: str
    workspace: Annotated[str, Field(pattern=r"^T[A-Z0-9]{2,}$")]
    channels: dict[Name, Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,}$")]]


class BusinessHours(Words):
    """When severities with ``hours: business`` are answered.

    Default: Monday to Friday, 09:00 to 17:00 in the plan's time zone.
    """

    on: tuple[Weekday, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    from_: ClockTime = Field(default="09:00", alias="from", validate_default=True)
    to: ClockTime = Field(default="17:00", validate_default=True)

    @model_validator(mode="after")
    def _opens(self) -> "BusinessHours":
        if not self.on:
            raise NotInWords("no day at all", "name at least one, such as `Monday`")
        if self.to <= self.from_:
            raise NotInWords("ends before it begins", "`to` lies after `from` on the same day")
        return self
