import pytest

from tests.functional.rehearsal import Rehearsal


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    """A deployment with HubSpot and Salesforce, nothing connected yet."""
    return Rehearsal(monkeypatch)
