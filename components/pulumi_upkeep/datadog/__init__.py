"""The Datadog resource types in use, declared straight on Pulumi's own base classes.

Tokens and property names are those of the pulumi-datadog package, so a stack deploys with the
official provider plugin, and a state made through one can be carried on through the other. The
package itself is never imported: it takes seconds and hundreds of megabytes, nearly all of it for
dashboard types.

A new resource type is one file: its argument classes, decorated with ``arguments``, and a class on
``DatadogResource`` that names the token and the outputs. The contract test finds it by itself and
holds it against the real package.
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
from .resource import DatadogResource, plugin_version
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
    "DatadogResource",
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
    "plugin_version",
]
