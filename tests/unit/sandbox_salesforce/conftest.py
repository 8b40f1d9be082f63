"""A simulated org in this process, with frozen time and a receiver that remembers."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox import SandboxApp, Settings, create
from tests.unit.sandbox_salesforce.org_client import EXTERNAL_ID, NOON, OrgClient, Receiver


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def app(receiver: Receiver) -> Iterator[SandboxApp]:
    settings = Settings(background=False, real=lambda: NOON, post=receiver)
    made = create("salesforce", settings)
    yield made
    made.stop()


@pytest.fixture
def org(app: SandboxApp) -> Iterator[OrgClient]:
    with OrgClient(transport=httpx.WSGITransport(app=app), base_url="http://sandbox.test") as client:
        client.log_in(app.credentials)
        yield client


@pytest.fixture
def keyed(org: OrgClient) -> OrgClient:
    """The org with a unique external id field on Contact that everybody sees."""
    org.seed(custom_fields=[EXTERNAL_ID])
    return org
