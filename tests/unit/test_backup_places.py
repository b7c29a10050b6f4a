"""Vaults and plans are called by place: a failover adds a plan and takes away no vault."""

import pytest
from pulumi_upkeep.environment.backup_places import (
    account_vault_regions,
    other_region,
    place_name,
    things_by_region,
    vault_regions,
)
from pulumi_upkeep.naming import region_code
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.words import REGIONS

from tests.unit.plans import prod as production

EAST, WEST = "us-east-1", "us-west-2"


def failed_over() -> Plan:
    plan = production()
    writer = plan.writers["orders"].model_copy(update={"active": "orders-usw2-1"})
    return plan.model_copy(update={"writers": {"orders": writer}})


def vaults(plan: Plan) -> set[str]:
    return {
        place_name(name, region)
        for name, entry in plan.backups.items()
        for region in vault_regions(plan, entry)
    } | {f"{region}-account" for region in account_vault_regions(plan)}


def plans(plan: Plan) -> set[str]:
    return {
        place_name(name, region)
        for name, entry in plan.backups.items()
        for region in things_by_region(plan, entry)
    }


def test_no_two_regions_share_a_code() -> None:
    assert region_code(EAST) == "use1"
    assert region_code(WEST) == "usw2"
    assert region_code("ap-southeast-2") == "apse2"
    assert len({region_code(region) for region in REGIONS}) == len(REGIONS)


def test_a_failover_moves_the_plan_and_keeps_every_vault() -> None:
    before, after = production(), failed_over()
    assert plans(before) == {"database-use1", "files-use1"}
    assert plans(after) == {"database-usw2", "files-use1"}
    assert vaults(before) == vaults(after)
    assert vaults(before) >= {"database-use1", "database-usw2", "files-use1", "files-usw2"}


def test_copies_go_to_the_other_region_from_wherever_the_writer_is() -> None:
    plan = failed_over()
    (here,) = things_by_region(plan, plan.backups["database"])
    assert (here, other_region(plan, here)) == (WEST, EAST)
    plan = production()
    (here,) = things_by_region(plan, plan.backups["database"])
    assert (here, other_region(plan, here)) == (EAST, WEST)


def test_an_entry_whose_things_have_parted_gets_a_plan_in_each_region() -> None:
    plan = failed_over()
    both = plan.backups["database"].model_copy(
        update={
            "protects": plan.backups["database"].protects.model_copy(
                update={"buckets": ("product-images",)}
            )
        }
    )
    found = things_by_region(plan, both)
    assert {region: (each.databases, each.buckets) for region, each in found.items()} == {
        EAST: ([], ["product-images"]),
        WEST: (["orders"], []),
    }


@pytest.mark.parametrize("region", [EAST, WEST])
def test_the_account_has_a_vault_wherever_the_writer_may_be(region: str) -> None:
    assert region in account_vault_regions(production())
