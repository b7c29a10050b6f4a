"""Service Quotas: the quotas of EC2 that servers are started within, which moto lacks.

A new value holds at once where an increase is requested; the service takes hours to days.
``POST /_upkeep/quota {"region", "code", "value"}`` sets one to any value, lower ones too.
"""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.servicequotas.models import ServiceQuotasBackend, servicequotas_backends
from moto.servicequotas.responses import ServiceQuotasResponse
from werkzeug.wrappers import Request

from sandbox.aws.controls import Answer, control
from sandbox.aws.extension import Extension

DEFAULT_ACCOUNT = "123456789012"
# vCPUs. A grown account's figures: the defaults of a new one (5 and 0) would hold nobody's servers.
EC2_QUOTAS = {
    "L-1216C47A": ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 64.0),
    "L-DB2E81BA": ("Running On-Demand G and VT instances", 0.0),
}


class UpkeepServiceQuotasBackend(ServiceQuotasBackend):
    """moto's backend with EC2's quotas."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.ec2 = {code: value for code, (_name, value) in EC2_QUOTAS.items()}

    def get_service_quota(self, service_code: str, quota_code: str) -> dict[str, Any]:
        """A quota as it is applied."""
        if service_code != "ec2" or quota_code not in self.ec2:
            return super().get_service_quota(service_code, quota_code)
        return self._described(quota_code, self.ec2[quota_code])

    def list_aws_default_service_quotas(self, service_code: str) -> list[dict[str, Any]]:
        """The quotas of a service, as an account begins with them."""
        if service_code != "ec2":
            return super().list_aws_default_service_quotas(service_code)
        return [self._described(code, value) for code, (_name, value) in EC2_QUOTAS.items()]

    def list_service_quotas(self, service_code: str) -> list[dict[str, Any]]:
        """The quotas of a service, as they are applied."""
        if service_code != "ec2":
            return super().list_aws_default_service_quotas(service_code)
        return [self._described(code, value) for code, value in self.ec2.items()]

    def request_increase(self, service_code: str, code: str, value: float) -> dict[str, Any]:
        """Grant more, at once."""
        if value <= self.get_service_quota(service_code, code)["Value"]:
            raise JsonRESTError(
                "IllegalArgumentException",
                "You must provide a quota value greater than the current quota value.",
            )
        if service_code != "ec2":
            raise JsonRESTError("NoSuchResourceException", "The sandbox changes EC2's quotas only")
        self.ec2[code] = value
        return {
            "RequestedQuota": {
                "Id": f"{code}-1",
                "ServiceCode": service_code,
                "QuotaCode": code,
                "DesiredValue": value,
                "Status": "APPROVED",
            }
        }

    def _described(self, code: str, value: float) -> dict[str, Any]:
        return {
            "ServiceCode": "ec2",
            "ServiceName": "Amazon Elastic Compute Cloud (Amazon EC2)",
            "QuotaArn": f"arn:aws:servicequotas:{self.region_name}:{self.account_id}:ec2/{code}",
            "QuotaCode": code,
            "QuotaName": EC2_QUOTAS[code][0],
            "Value": value,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }


class UpkeepServiceQuotasResponse(ServiceQuotasResponse):
    """moto's operations, and more of one's own."""

    @property
    def quotas(self) -> UpkeepServiceQuotasBackend:
        """The backend of the caller's account and region."""
        backend = servicequotas_backends[self.current_account][self.region]
        assert isinstance(backend, UpkeepServiceQuotasBackend)
        return backend

    def list_service_quotas(self) -> str:
        asked = json.loads(self.body)
        return json.dumps({"Quotas": self.quotas.list_service_quotas(asked["ServiceCode"])})

    def request_service_quota_increase(self) -> str:
        asked = json.loads(self.body)
        return json.dumps(
            self.quotas.request_increase(
                asked["ServiceCode"], asked["QuotaCode"], float(asked["DesiredValue"])
            )
        )


@control("POST", "quota")
def _set(request: Request, _rest: str) -> Answer:
    asked: dict[str, Any] = request.get_json()
    backend: Any = servicequotas_backends[DEFAULT_ACCOUNT][asked["region"]]
    if asked["code"] not in backend.ec2:
        raise ValueError(f"no quota {asked['code']}; known: {', '.join(backend.ec2)}")
    backend.ec2[asked["code"]] = float(asked["value"])
    return backend.get_service_quota("ec2", asked["code"])


EXTENSION = Extension(
    service="service-quotas",
    backend=UpkeepServiceQuotasBackend,
    response=UpkeepServiceQuotasResponse,
)
