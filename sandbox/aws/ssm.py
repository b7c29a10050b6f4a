"""Systems Manager: State Manager associations, Automation and OpsCenter, which moto lacks, and the
limits of parameters.

An association keeps its request as its record, version by version. How documents are run stands in
``automation``.
"""

import json
import os
import uuid
from collections.abc import Mapping
from typing import Any

import yaml
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import unix_time
from moto.ssm.exceptions import InvalidDocumentContent, SSMException, ValidationException
from moto.ssm.models import Document, Documents, SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from sandbox.aws.automation import AutomationOperations, Automations
from sandbox.aws.automation.documents import BadDocument, checked
from sandbox.aws.automation.execution import AutomationError
from sandbox.aws.extension import Extension
from sandbox.aws.maintenance_windows import WindowOperations
from sandbox.aws.ops_items import OpsItemOperations, OpsItems
from sandbox.aws.patching import PatchOperations, PatchStates
from sandbox.clients import CREDENTIALS

# Figures of Systems Manager's API reference.
STANDARD_PARAMETER_BYTES = 4096
ADVANCED_PARAMETER_BYTES = 8192
_NOT_THE_RECORD = frozenset({"AssociationId", "AssociationVersion", "Tags"})
# What ListAssociations shows of each.
_LISTED = frozenset(
    {
        "AssociationId",
        "AssociationName",
        "AssociationVersion",
        "DocumentVersion",
        "Duration",
        "InstanceId",
        "Name",
        "Overview",
        "ScheduleExpression",
        "ScheduleOffset",
        "TargetMaps",
        "Targets",
    }
)


class UpkeepSSMBackend(SimpleSystemManagerBackend):
    """moto's backend with associations, and with documents that can be run."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.associations: dict[str, dict[str, Any]] = {}
        self.ops_items = OpsItems(account_id, region_name)
        self.patch_states = PatchStates()
        # (patch group, operating system) -> baseline.
        self.patch_group_of: dict[tuple[str, str], str] = {}
        self.automations = Automations(
            account_id, region_name, self._runnable, _endpoint, dict(CREDENTIALS)
        )

    def create_document(self, **settings: Any) -> Documents:  # type: ignore[override]
        """A document of Automation is refused where it could not run."""
        if settings["document_type"] == "Automation":
            _check_automation(settings["content"], settings["document_format"])
        return super().create_document(**settings)

    def update_document(self, **settings: Any) -> dict[str, Any]:  # type: ignore[override]
        """Likewise for its next version."""
        if self._get_documents(settings["name"]).get_default_version().document_type == (
            "Automation"
        ):
            _check_automation(settings["content"], settings["document_format"])
        return super().update_document(**settings)

    def _runnable(self, name: str, version: str | None) -> tuple[str, Mapping[str, Any]]:
        """A document of Automation by name and version (``$DEFAULT``, ``$LATEST`` or a number)."""
        found: Document | None = None
        if name in self._documents:
            wanted = None if version in (None, "$DEFAULT") else version
            found = self._documents[name].find(wanted, strict=False)
        if found is None or found.document_type != "Automation":
            raise AutomationError(
                "AutomationDefinitionNotFoundException",
                f"Automation definition {name} with version {version or '$DEFAULT'} not found.",
            )
        return found.document_version, found.content_json

    def create_association(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Keep an association as it was sent; the same one twice is refused."""
        self._check(document)
        record = _record(document)
        if any(_record(existing) == record for existing in self.associations.values()):
            raise SSMException(
                "AssociationAlreadyExists", "The specified association already exists."
            )
        now = unix_time()
        association = {
            **record,
            "AssociationId": str(uuid.uuid4()),
            "AssociationVersion": "1",
            "Date": now,
            "LastUpdateAssociationDate": now,
            "Overview": {"Status": "Pending"},
        }
        self.associations[association["AssociationId"]] = association
        if document.get("Tags"):
            self.add_tags_to_resource(
                "Association",
                association["AssociationId"],
                {tag["Key"]: tag["Value"] for tag in document["Tags"]},
            )
        return association

    def association(self, association_id: str | None) -> dict[str, Any]:
        """One association by its id."""
        if association_id not in self.associations:
            raise SSMException(
                "AssociationDoesNotExist", "The specified association does not exist."
            )
        return self.associations[association_id]

    def update_association(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """A new version: what is not sent is gone, except document and name."""
        association = self.association(document.get("AssociationId"))
        merged = {"Name": association["Name"], **document}
        if "AssociationName" in association:
            merged.setdefault("AssociationName", association["AssociationName"])
        self._check(merged)
        # Targets and parameters are kept where they are not sent.
        for kept in ("Targets", "Parameters"):
            if kept in association:
                merged.setdefault(kept, association[kept])
        changed = {
            **_record(merged),
            "AssociationId": association["AssociationId"],
            "AssociationVersion": str(int(association["AssociationVersion"]) + 1),
            "Date": association["Date"],
            "LastUpdateAssociationDate": unix_time(),
            "Overview": {"Status": "Pending"},
        }
        self.associations[association["AssociationId"]] = changed
        return changed

    def delete_association(self, association_id: str | None) -> None:
        """Forget an association."""
        del self.associations[self.association(association_id)["AssociationId"]]

    def _validate_resource_type_and_id(self, resource_type: str, resource_id: str) -> str:
        """moto's check of what is to be tagged, and associations."""
        if resource_type == "Association":
            self.association(resource_id)
            return resource_id
        if resource_type == "PatchBaseline" and resource_id in self.baselines:
            return resource_id
        return super()._validate_resource_type_and_id(resource_type, resource_id)

    def _check(self, document: Mapping[str, Any]) -> None:
        name = document["Name"]
        # Documents of AWS's own are in every account; moto knows only those of the caller.
        if not name.startswith(("AWS-", "AWSConfigRemediation-", "AmazonCloudWatch-", "arn:")):
            self._get_documents(name)
        schedule = document.get("ScheduleExpression")
        if schedule is not None and not schedule.startswith(("rate(", "cron(", "at(")):
            raise SSMException("InvalidSchedule", f"The schedule is invalid: {schedule}")


class UpkeepSSMResponse(
    AutomationOperations,
    OpsItemOperations,
    PatchOperations,
    WindowOperations,
    SimpleSystemManagerResponse,
):
    """The operations on associations and executions, and parameters within their limits."""

    @property
    def automations(self) -> Automations:
        """The executions of the caller's account and region."""
        return self.ssm_backend.automations

    @property
    def ops_items(self) -> OpsItems:
        """The items of the caller's account and region."""
        return self.ssm_backend.ops_items

    @property
    def ssm_backend(self) -> UpkeepSSMBackend:
        """The backend of the caller's account and region."""
        backend = super().ssm_backend
        assert isinstance(backend, UpkeepSSMBackend)
        return backend

    def _document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    def create_association(self) -> ActionResult:
        return _described(self.ssm_backend.create_association(self._document()))

    def describe_association(self) -> ActionResult:
        return _described(self.ssm_backend.association(self._get_param("AssociationId")))

    def update_association(self) -> ActionResult:
        return _described(self.ssm_backend.update_association(self._document()))

    def delete_association(self) -> ActionResult:
        self.ssm_backend.delete_association(self._get_param("AssociationId"))
        return EmptyResult()

    def list_associations(self) -> ActionResult:
        wanted = {one["key"]: one["value"] for one in self._get_param("AssociationFilterList", [])}
        found = [
            {key: value for key, value in association.items() if key in _LISTED}
            for association in self.ssm_backend.associations.values()
            if all(association.get(key) == value for key, value in wanted.items())
        ]
        return ActionResult({"Associations": found})

    def put_parameter(self) -> ActionResult:
        size = len(self._get_param("Value", "").encode())
        tier = self._get_param("Tier") or "Standard"
        most = STANDARD_PARAMETER_BYTES if tier == "Standard" else ADVANCED_PARAMETER_BYTES
        if size > most:
            raise ValidationException(
                f"{tier} tier parameters support a maximum parameter value of {most} characters. "
                "To create a larger parameter value, upgrade the parameter to use the "
                "advanced-parameter tier."
            )
        return super().put_parameter()


def _check_automation(content: str, document_format: str) -> None:
    read = json.loads if document_format == "JSON" else yaml.safe_load
    try:
        checked(content, read(content))
    except (ValueError, yaml.YAMLError):
        raise InvalidDocumentContent("The content for the document is not valid.") from None
    except BadDocument as bad:
        raise InvalidDocumentContent(f"The content for the document is not valid: {bad}") from None


def _endpoint() -> str:
    """Where the server of this process answers."""
    return f"http://127.0.0.1:{os.environ['MOTO_PORT']}"


def _record(document: Mapping[str, Any]) -> dict[str, Any]:
    """What of a request, or of an association, says what shall be done where and when."""
    own = {"Date", "LastUpdateAssociationDate", "Overview"}
    return {k: v for k, v in document.items() if k not in _NOT_THE_RECORD | own}


def _described(association: dict[str, Any]) -> ActionResult:
    return ActionResult({"AssociationDescription": association})


EXTENSION = Extension(service="ssm", backend=UpkeepSSMBackend, response=UpkeepSSMResponse)
