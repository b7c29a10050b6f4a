"""The Datadog resource types in use, declared straight on Pulumi's own base classes.

Tokens and property names are those of the pulumi-datadog package, so a stack deploys with the
official provider plugin, and a state made through one can be carried on through the other. The
package itself is never imported: it takes seconds and hundreds of megabytes, nearly all of it for
dashboard types.
"""

from .monitor import (
    Monitor,
    MonitorArgs,
    MonitorSchedulingOptionsArgs,
    MonitorSchedulingOptionsCustomScheduleArgs,
    MonitorSchedulingOptionsCustomScheduleRecurrenceArgs,
    MonitorSchedulingOptionsEvaluationWindowArgs,
    MonitorThresholdsArgs,
    MonitorThresholdWindowsArgs,
)
from .provider import Provider, ProviderArgs
from .synthetics_test import (
    SyntheticsTest,
    SyntheticsTestApiStepArgs,
    SyntheticsTestApiStepExtractedValueArgs,
    SyntheticsTestApiStepExtractedValueParserArgs,
    SyntheticsTestApiStepRequestDefinitionArgs,
    SyntheticsTestApiStepRetryArgs,
    SyntheticsTestArgs,
    SyntheticsTestAssertionArgs,
    SyntheticsTestAssertionTargetjsonpathArgs,
    SyntheticsTestAssertionTargetxpathArgs,
    SyntheticsTestConfigVariableArgs,
    SyntheticsTestOptionsListArgs,
    SyntheticsTestOptionsListMonitorOptionsArgs,
    SyntheticsTestOptionsListRetryArgs,
    SyntheticsTestOptionsListSchedulingArgs,
    SyntheticsTestOptionsListSchedulingTimeframeArgs,
    SyntheticsTestRequestBasicauthArgs,
    SyntheticsTestRequestDefinitionArgs,
)

__all__ = [
    "Monitor",
    "MonitorArgs",
    "MonitorSchedulingOptionsArgs",
    "MonitorSchedulingOptionsCustomScheduleArgs",
    "MonitorSchedulingOptionsCustomScheduleRecurrenceArgs",
    "MonitorSchedulingOptionsEvaluationWindowArgs",
    "MonitorThresholdWindowsArgs",
    "MonitorThresholdsArgs",
    "Provider",
    "ProviderArgs",
    "SyntheticsTest",
    "SyntheticsTestApiStepArgs",
    "SyntheticsTestApiStepExtractedValueArgs",
    "SyntheticsTestApiStepExtractedValueParserArgs",
    "SyntheticsTestApiStepRequestDefinitionArgs",
    "SyntheticsTestApiStepRetryArgs",
    "SyntheticsTestArgs",
    "SyntheticsTestAssertionArgs",
    "SyntheticsTestAssertionTargetjsonpathArgs",
    "SyntheticsTestAssertionTargetxpathArgs",
    "SyntheticsTestConfigVariableArgs",
    "SyntheticsTestOptionsListArgs",
    "SyntheticsTestOptionsListMonitorOptionsArgs",
    "SyntheticsTestOptionsListRetryArgs",
    "SyntheticsTestOptionsListSchedulingArgs",
    "SyntheticsTestOptionsListSchedulingTimeframeArgs",
    "SyntheticsTestRequestBasicauthArgs",
    "SyntheticsTestRequestDefinitionArgs",
]
