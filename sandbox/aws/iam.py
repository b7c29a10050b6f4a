"""IAM's policy simulator, which moto lacks: what the policies of a role allow, and what they deny.

``SimulatePrincipalPolicy`` judges a role's own policies, ``SimulateCustomPolicy`` those that it is
given, in IAM's order: an explicit denial, then a permission, else nothing allows it. Words are
those of IAM's API reference.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from sandbox.aws.extension import Extension
from sandbox.aws.permissions import (
    Statement,
    conditions_hold,
    listed,
    matches,
    statements_of,
)


def decision(
    statements: Iterable[Statement], action: str, resource: str, context: Mapping[str, str]
) -> str:
    """``allowed``, ``explicitDeny`` or ``implicitDeny``."""
    concerned = [
        one
        for one in statements
        if matches(action.lower(), [each.lower() for each in listed(one["Action"])])
        and matches(resource, listed(one["Resource"]))
        and conditions_hold(one, context)
    ]
    if any(one["Effect"] == "Deny" for one in concerned):
        return "explicitDeny"
    return "allowed" if concerned else "implicitDeny"


class UpkeepIamBackend(IAMBackend):
    """moto's backend as it is."""


class UpkeepIamResponse(IamResponse):
    """moto's operations and the simulator's."""

    def simulate_principal_policy(self) -> ActionResult:
        """``SimulatePrincipalPolicy`` of a role."""
        name = str(self._get_param("PolicySourceArn")).rpartition("/")[2]
        role: Any = self.backend.get_role(name)
        documents = [
            *role.policies.values(),
            *(one.document for one in role.managed_policies.values()),
        ]
        return self._simulated([*documents, *self._given("PolicyInputList")])

    def simulate_custom_policy(self) -> ActionResult:
        """``SimulateCustomPolicy``."""
        return self._simulated(self._given("PolicyInputList"))

    def _given(self, name: str) -> list[str]:
        return [str(each) for each in self._get_param(name) or []]

    def _simulated(self, documents: Sequence[Any]) -> ActionResult:
        statements = [one for document in documents for one in statements_of(document)]
        context = {
            entry["ContextKeyName"]: entry["ContextKeyValues"][0]
            for entry in self._get_param("ContextEntries") or []
        }
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": decision(statements, action, resource, context),
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action in self._given("ActionNames")
            for resource in self._given("ResourceArns") or ["*"]
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})


EXTENSION = Extension(service="iam", backend=UpkeepIamBackend, response=UpkeepIamResponse)
