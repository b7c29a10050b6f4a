"""The Datadog resource types in use, declared straight on Pulumi's own base classes.

Tokens and property names are those of the pulumi-datadog package, so a stack deploys with the
official provider plugin, and a state made through one can be carried on through the other. The
package itself is never imported: it takes seconds and hundreds of megabytes, nearly all of it for
dashboard types.
"""

from .current_user import (
    GetCurrentUserResult,
    get_current_user_output,
)
from .dashboard_json import DashboardJson, DashboardJsonArgs
from .downtime_schedule import (
    DowntimeSchedule,
    DowntimeScheduleArgs,
    DowntimeScheduleMonitorIdentifierArgs,
    DowntimeScheduleRecurringScheduleArgs,
    DowntimeScheduleRecurringScheduleRecurrenceArgs,
)
from .incident_notification_rule import (
    IncidentNotificationRule,
    IncidentNotificationRuleArgs,
    IncidentNotificationRuleConditionArgs,
)
from .incident_notification_template import (
    IncidentNotificationTemplate,
    IncidentNotificationTemplateArgs,
)
from .incident_postmortem_template import (
    IncidentPostmortemTemplate,
    IncidentPostmortemTemplateArgs,
)
from .incident_type import (
    IncidentType,
    IncidentTypeArgs,
    IncidentTypeConfigurationArgs,
)
from .incident_user_defined_role import (
    IncidentUserDefinedRole,
    IncidentUserDefinedRoleArgs,
    IncidentUserDefinedRolePolicyArgs,
)
from .logs_archive import (
    LogsArchive,
    LogsArchiveArgs,
    LogsArchiveS3ArchiveArgs,
)
from .logs_custom_pipeline import (
    LogsCustomPipeline,
    LogsCustomPipelineArgs,
    LogsCustomPipelineFilterArgs,
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
from .logs_index import (
    LogsIndex,
    LogsIndexArgs,
    LogsIndexDailyLimitResetArgs,
    LogsIndexExclusionFilterArgs,
    LogsIndexExclusionFilterFilterArgs,
    LogsIndexFilterArgs,
)
from .logs_metric import (
    LogsMetric,
    LogsMetricArgs,
    LogsMetricComputeArgs,
    LogsMetricFilterArgs,
    LogsMetricGroupByArgs,
)
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
from .on_call_escalation_policy import (
    OnCallEscalationPolicy,
    OnCallEscalationPolicyArgs,
    OnCallEscalationPolicyStepArgs,
    OnCallEscalationPolicyStepTargetArgs,
)
from .on_call_schedule import (
    OnCallSchedule,
    OnCallScheduleArgs,
    OnCallScheduleLayerArgs,
    OnCallScheduleLayerIntervalArgs,
    OnCallScheduleLayerRestrictionArgs,
)
from .on_call_team_routing_rules import (
    OnCallTeamRoutingRules,
    OnCallTeamRoutingRulesArgs,
    OnCallTeamRoutingRulesRuleActionArgs,
    OnCallTeamRoutingRulesRuleActionEscalationPolicyArgs,
    OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursArgs,
    OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursRestrictionArgs,
    OnCallTeamRoutingRulesRuleActionRerouteToTeamArgs,
    OnCallTeamRoutingRulesRuleActionSendSlackMessageArgs,
    OnCallTeamRoutingRulesRuleActionSendTeamsMessageArgs,
    OnCallTeamRoutingRulesRuleActionTriggerWorkflowAutomationArgs,
    OnCallTeamRoutingRulesRuleArgs,
    OnCallTeamRoutingRulesRuleTimeRestrictionsArgs,
    OnCallTeamRoutingRulesRuleTimeRestrictionsRestrictionArgs,
)
from .on_call_user_notification_channel import (
    OnCallUserNotificationChannel,
    OnCallUserNotificationChannelArgs,
    OnCallUserNotificationChannelEmailArgs,
    OnCallUserNotificationChannelPhoneArgs,
)
from .on_call_user_notification_rule import (
    OnCallUserNotificationRule,
    OnCallUserNotificationRuleArgs,
    OnCallUserNotificationRulePhoneArgs,
)
from .permissions import (
    GetPermissionsResult,
    get_permissions_output,
)
from .provider import Provider, ProviderArgs
from .restriction_policy import (
    RestrictionPolicy,
    RestrictionPolicyArgs,
    RestrictionPolicyBindingArgs,
)
from .role import (
    Role,
    RoleArgs,
    RolePermissionArgs,
)
from .rum_application import RumApplication, RumApplicationArgs
from .sensitive_data_scanner_group import (
    SensitiveDataScannerGroup,
    SensitiveDataScannerGroupArgs,
    SensitiveDataScannerGroupFilterArgs,
)
from .sensitive_data_scanner_rule import (
    SensitiveDataScannerRule,
    SensitiveDataScannerRuleArgs,
    SensitiveDataScannerRuleTextReplacementArgs,
)
from .service_level_objective import (
    ServiceLevelObjective,
    ServiceLevelObjectiveArgs,
    ServiceLevelObjectiveQueryArgs,
    ServiceLevelObjectiveThresholdArgs,
)
from .slo_correction import SloCorrection, SloCorrectionArgs
from .status_page import StatusPage, StatusPageArgs
from .status_page_component import StatusPageComponent, StatusPageComponentArgs
from .synthetics_global_variable import SyntheticsGlobalVariable, SyntheticsGlobalVariableArgs
from .synthetics_private_location import SyntheticsPrivateLocation, SyntheticsPrivateLocationArgs
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
    SyntheticsTestBrowserStepArgs,
    SyntheticsTestBrowserStepParamsArgs,
    SyntheticsTestBrowserStepParamsElementUserLocatorArgs,
    SyntheticsTestBrowserStepParamsElementUserLocatorValueArgs,
    SyntheticsTestBrowserVariableArgs,
    SyntheticsTestConfigVariableArgs,
    SyntheticsTestOptionsListArgs,
    SyntheticsTestOptionsListMonitorOptionsArgs,
    SyntheticsTestOptionsListRetryArgs,
    SyntheticsTestOptionsListSchedulingArgs,
    SyntheticsTestOptionsListSchedulingTimeframeArgs,
    SyntheticsTestRequestBasicauthArgs,
    SyntheticsTestRequestDefinitionArgs,
)
from .team import Team, TeamArgs
from .team_membership import TeamMembership, TeamMembershipArgs
from .user import GetUserResult, get_user
from .user_role import (
    UserRole,
    UserRoleArgs,
)
from .webhook import Webhook, WebhookArgs

__all__ = [
    "DashboardJson",
    "DashboardJsonArgs",
    "DowntimeSchedule",
    "DowntimeScheduleArgs",
    "DowntimeScheduleMonitorIdentifierArgs",
    "DowntimeScheduleRecurringScheduleArgs",
    "DowntimeScheduleRecurringScheduleRecurrenceArgs",
    "GetCurrentUserResult",
    "GetPermissionsResult",
    "GetUserResult",
    "IncidentNotificationRule",
    "IncidentNotificationRuleArgs",
    "IncidentNotificationRuleConditionArgs",
    "IncidentNotificationTemplate",
    "IncidentNotificationTemplateArgs",
    "IncidentPostmortemTemplate",
    "IncidentPostmortemTemplateArgs",
    "IncidentType",
    "IncidentTypeArgs",
    "IncidentTypeConfigurationArgs",
    "IncidentUserDefinedRole",
    "IncidentUserDefinedRoleArgs",
    "IncidentUserDefinedRolePolicyArgs",
    "LogsArchive",
    "LogsArchiveArgs",
    "LogsArchiveS3ArchiveArgs",
    "LogsCustomPipeline",
    "LogsCustomPipelineArgs",
    "LogsCustomPipelineFilterArgs",
    "LogsCustomPipelineProcessorArgs",
    "LogsCustomPipelineProcessorCategoryProcessorArgs",
    "LogsCustomPipelineProcessorCategoryProcessorCategoryArgs",
    "LogsCustomPipelineProcessorCategoryProcessorCategoryFilterArgs",
    "LogsCustomPipelineProcessorDateRemapperArgs",
    "LogsCustomPipelineProcessorGrokParserArgs",
    "LogsCustomPipelineProcessorGrokParserGrokArgs",
    "LogsCustomPipelineProcessorMessageRemapperArgs",
    "LogsCustomPipelineProcessorServiceRemapperArgs",
    "LogsCustomPipelineProcessorStatusRemapperArgs",
    "LogsIndex",
    "LogsIndexArgs",
    "LogsIndexDailyLimitResetArgs",
    "LogsIndexExclusionFilterArgs",
    "LogsIndexExclusionFilterFilterArgs",
    "LogsIndexFilterArgs",
    "LogsMetric",
    "LogsMetricArgs",
    "LogsMetricComputeArgs",
    "LogsMetricFilterArgs",
    "LogsMetricGroupByArgs",
    "Monitor",
    "MonitorArgs",
    "MonitorSchedulingOptionsArgs",
    "MonitorSchedulingOptionsCustomScheduleArgs",
    "MonitorSchedulingOptionsCustomScheduleRecurrenceArgs",
    "MonitorSchedulingOptionsEvaluationWindowArgs",
    "MonitorThresholdWindowsArgs",
    "MonitorThresholdsArgs",
    "OnCallEscalationPolicy",
    "OnCallEscalationPolicyArgs",
    "OnCallEscalationPolicyStepArgs",
    "OnCallEscalationPolicyStepTargetArgs",
    "OnCallSchedule",
    "OnCallScheduleArgs",
    "OnCallScheduleLayerArgs",
    "OnCallScheduleLayerIntervalArgs",
    "OnCallScheduleLayerRestrictionArgs",
    "OnCallTeamRoutingRules",
    "OnCallTeamRoutingRulesArgs",
    "OnCallTeamRoutingRulesRuleActionArgs",
    "OnCallTeamRoutingRulesRuleActionEscalationPolicyArgs",
    "OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursArgs",
    "OnCallTeamRoutingRulesRuleActionEscalationPolicySupportHoursRestrictionArgs",
    "OnCallTeamRoutingRulesRuleActionRerouteToTeamArgs",
    "OnCallTeamRoutingRulesRuleActionSendSlackMessageArgs",
    "OnCallTeamRoutingRulesRuleActionSendTeamsMessageArgs",
    "OnCallTeamRoutingRulesRuleActionTriggerWorkflowAutomationArgs",
    "OnCallTeamRoutingRulesRuleArgs",
    "OnCallTeamRoutingRulesRuleTimeRestrictionsArgs",
    "OnCallTeamRoutingRulesRuleTimeRestrictionsRestrictionArgs",
    "OnCallUserNotificationChannel",
    "OnCallUserNotificationChannelArgs",
    "OnCallUserNotificationChannelEmailArgs",
    "OnCallUserNotificationChannelPhoneArgs",
    "OnCallUserNotificationRule",
    "OnCallUserNotificationRuleArgs",
    "OnCallUserNotificationRulePhoneArgs",
    "Provider",
    "ProviderArgs",
    "RestrictionPolicy",
    "RestrictionPolicyArgs",
    "RestrictionPolicyBindingArgs",
    "Role",
    "RoleArgs",
    "RolePermissionArgs",
    "RumApplication",
    "RumApplicationArgs",
    "SensitiveDataScannerGroup",
    "SensitiveDataScannerGroupArgs",
    "SensitiveDataScannerGroupFilterArgs",
    "SensitiveDataScannerRule",
    "SensitiveDataScannerRuleArgs",
    "SensitiveDataScannerRuleTextReplacementArgs",
    "ServiceLevelObjective",
    "ServiceLevelObjectiveArgs",
    "ServiceLevelObjectiveQueryArgs",
    "ServiceLevelObjectiveThresholdArgs",
    "SloCorrection",
    "SloCorrectionArgs",
    "StatusPage",
    "StatusPageArgs",
    "StatusPageComponent",
    "StatusPageComponentArgs",
    "SyntheticsGlobalVariable",
    "SyntheticsGlobalVariableArgs",
    "SyntheticsPrivateLocation",
    "SyntheticsPrivateLocationArgs",
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
    "SyntheticsTestBrowserStepArgs",
    "SyntheticsTestBrowserStepParamsArgs",
    "SyntheticsTestBrowserStepParamsElementUserLocatorArgs",
    "SyntheticsTestBrowserStepParamsElementUserLocatorValueArgs",
    "SyntheticsTestBrowserVariableArgs",
    "SyntheticsTestConfigVariableArgs",
    "SyntheticsTestOptionsListArgs",
    "SyntheticsTestOptionsListMonitorOptionsArgs",
    "SyntheticsTestOptionsListRetryArgs",
    "SyntheticsTestOptionsListSchedulingArgs",
    "SyntheticsTestOptionsListSchedulingTimeframeArgs",
    "SyntheticsTestRequestBasicauthArgs",
    "SyntheticsTestRequestDefinitionArgs",
    "Team",
    "TeamArgs",
    "TeamMembership",
    "TeamMembershipArgs",
    "UserRole",
    "UserRoleArgs",
    "Webhook",
    "WebhookArgs",
    "get_current_user_output",
    "get_permissions_output",
    "get_user",
]
