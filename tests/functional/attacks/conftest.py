from __future__ import annotations

from collections.abc import Generator

import pytest

from crmbridge import connectors
from tests.matrix.house import House


@pytest.fixture(scope="package")
def fortress() -> Generator[House]:
    """A deployment with every CRM connected to the workspace acme; attacks leave it as it is."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = House(monkeypatch, connectors.names())
        house.connect_all()
        house.sync()
        yield house
