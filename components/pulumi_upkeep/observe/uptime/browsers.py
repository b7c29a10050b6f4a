"""A page that is used in a browser, where only a browser sees what customers see."""

from ...datadog import (
    SyntheticsTestBrowserStepArgs,
    SyntheticsTestBrowserStepParamsArgs,
    SyntheticsTestBrowserStepParamsElementUserLocatorArgs,
    SyntheticsTestBrowserStepParamsElementUserLocatorValueArgs,
    SyntheticsTestRequestDefinitionArgs,
)
from ...plan.browser_tests import BrowserStep
from .synthetic import Surroundings, Synthetic


def browser_test(around: Surroundings, name: str) -> Synthetic:
    """The test of one page."""
    settings = around.settings
    test = settings.browsers[name]
    return Synthetic(
        part=f"browser-{name}",
        says=f"the page {name} fails in a browser at `{{{{synthetics.failed_step.name}}}}`: "
        "{{synthetics.failed_step.failure.message}}",
        over=f"the page {name} works in a browser again",
        page=f"uptime-browser-{name}",
        severity=test.severity or settings.severity,
        every=test.every,
        locations=test.locations or settings.locations,
        subtype=None,
        request=SyntheticsTestRequestDefinitionArgs(method="GET", url=around.named(test.url)),
        browser_steps=tuple(_step(around, step) for step in test.steps),
        devices=tuple(sorted(test.devices)),
        variables=tuple(test.secrets),
    )


def _step(around: Surroundings, step: BrowserStep) -> SyntheticsTestBrowserStepArgs:
    def made(
        name: str,
        kind: str,
        *,
        element: str | None = None,
        value: str | None = None,
        check: str | None = None,
    ) -> SyntheticsTestBrowserStepArgs:
        return SyntheticsTestBrowserStepArgs(
            name=name,
            type=kind,
            params=SyntheticsTestBrowserStepParamsArgs(
                element_user_locator=_element(element),
                value=None if value is None else around.named(value),
                check=check,
            ),
        )

    if step.click is not None:
        return made(f"Click {step.click}", "click", element=step.click)
    if step.type is not None:
        into = step.type.into
        return made(f"Type into {into}", "typeText", element=into, value=step.type.text)
    if step.go_to is not None:
        return made(f"Go to {step.go_to}", "goToUrl", value=step.go_to)
    if step.see is not None:
        return made(f"See {step.see}", "assertPageContains", value=step.see)
    if step.see_element is not None:
        name = f"See element {step.see_element}"
        return made(name, "assertElementPresent", element=step.see_element)
    at = step.address_contains
    return made(f"Be at {at}", "assertCurrentUrl", value=at, check="contains")


def _element(selector: str | None) -> SyntheticsTestBrowserStepParamsElementUserLocatorArgs | None:
    if selector is None:
        return None
    return SyntheticsTestBrowserStepParamsElementUserLocatorArgs(
        # Otherwise Datadog guesses another element, and the test passes on the wrong page.
        fail_test_on_cannot_locate=True,
        value=SyntheticsTestBrowserStepParamsElementUserLocatorValueArgs(
            type="css", value=selector
        ),
    )
