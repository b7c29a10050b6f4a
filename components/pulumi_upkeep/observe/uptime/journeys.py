"""Several requests in a row: through the cart and the checkout, as a customer goes."""

from datetime import timedelta

from ...datadog import (
    SyntheticsTestApiStepArgs,
    SyntheticsTestApiStepExtractedValueArgs,
    SyntheticsTestApiStepExtractedValueParserArgs,
    SyntheticsTestApiStepRequestDefinitionArgs,
    SyntheticsTestAssertionArgs,
    SyntheticsTestAssertionTargetjsonpathArgs,
)
from ...plan.journeys import Step, Taken
from .synthetic import Surroundings, Synthetic, answered


def journey_test(around: Surroundings, name: str) -> Synthetic:
    """The test of one journey."""
    settings = around.settings
    journey = settings.journeys[name]
    return Synthetic(
        part=f"journey-{name}",
        says=f"the journey {name} fails at `{{{{synthetics.failed_step.name}}}}`: "
        "{{synthetics.failed_step.failure.message}}",
        over=f"the journey {name} goes through again",
        page=f"uptime-journey-{name}",
        severity=journey.severity or settings.severity,
        every=journey.every,
        locations=journey.locations or settings.locations,
        subtype="multi",
        steps=tuple(_step(around, step, step.within or settings.within) for step in journey.steps),
        variables=tuple(journey.secrets),
    )


def _step(around: Surroundings, step: Step, within: timedelta) -> SyntheticsTestApiStepArgs:
    return SyntheticsTestApiStepArgs(
        name=step.name,
        subtype="http",
        request_definition=SyntheticsTestApiStepRequestDefinitionArgs(
            method=step.method,
            url=around.named(step.url),
            body=None if step.body is None else around.named(step.body),
            follow_redirects=True,
        ),
        request_headers={
            header: around.named(value) for header, value in sorted(step.headers.items())
        }
        or None,
        assertions=[
            *answered(
                step.status,
                within,
                None if step.body_contains is None else around.named(step.body_contains),
            ),
            *(
                SyntheticsTestAssertionArgs(
                    type="body",
                    operator="validatesJSONPath",
                    targetjsonpath=SyntheticsTestAssertionTargetjsonpathArgs(
                        jsonpath=path, operator="is", targetvalue=around.named(value)
                    ),
                )
                for path, value in sorted(step.json_values.items())
            ),
        ],
        extracted_values=[_taken(name, step.take[name]) for name in sorted(step.take)] or None,
    )


def _taken(name: str, taken: Taken) -> SyntheticsTestApiStepExtractedValueArgs:
    if taken.header is not None:
        parser = SyntheticsTestApiStepExtractedValueParserArgs(type="raw")
    elif taken.json_path is not None:
        parser = SyntheticsTestApiStepExtractedValueParserArgs(
            type="json_path", value=taken.json_path
        )
    else:
        parser = SyntheticsTestApiStepExtractedValueParserArgs(type="regex", value=taken.pattern)
    return SyntheticsTestApiStepExtractedValueArgs(
        name=name,
        type="http_body" if taken.header is None else "http_header",
        field=taken.header,
        parser=parser,
        secure=taken.secret,
    )
