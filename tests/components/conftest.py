"""Fixtures of the component tests."""

import pytest


@pytest.fixture(params=[False, True], ids=["deployed", "previewed"])
def preview(request: pytest.FixtureRequest) -> bool:
    """Runs a test twice: as a deployment and as a preview, in which outputs are unknown."""
    return bool(request.param)
