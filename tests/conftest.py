"""What every test may ask for, and the rules no test may break."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from crmbridge.connectors import declaration, names
from tests.canaries import Plugin

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# Deadlines measure the machine, not the code: two busy cores would make a lawful test fail now and then.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


WATCHED = ("functional", "contract")
"""Folders of tests during which canaries are looked for: where functions and adapters do their real work."""


def pytest_configure(config: pytest.Config) -> None:
    """Let tests fail that write down secrets or personal data."""
    config.pluginmanager.register(Plugin(lambda item: item.path.relative_to(ROOT).parts[1] in WATCHED), "canaries")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test's folder decide what it may do: unit tests open no socket, e2e tests are slow."""
    for item in items:
        folder = item.path.relative_to(ROOT).parts[:2] if item.path.is_relative_to(ROOT) else ()
        if folder == ("tests", "unit"):
            item.add_marker(pytest.mark.disable_socket)
        if folder == ("tests", "e2e"):
            item.add_marker(pytest.mark.e2e)
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.slow)
        if folder == ("tests", "contract") and (crm := _only_scaffolded(item)):
            item.add_marker(pytest.mark.skip(reason=f"{crm}: nothing is built yet; tests/house says what comes next"))


def _only_scaffolded(item: pytest.Item) -> str:
    """Return the connector a test runs on if that connector is as `make new-crm` left it, else nothing."""
    callspec = getattr(item, "callspec", None)
    given = set(map(str, callspec.params.values())) if callspec else set()
    scaffolded = (crm for crm in given & set(names()) if "everything" in declaration(crm).supports.not_built)
    return next(scaffolded, "")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what reads data that is not part of the repository, where that data is absent."""
    if item.get_closest_marker("needs_shared") and not SHARED.is_dir():
        pytest.skip("needs the data folder beside the repository, which is absent")


@pytest.fixture(autouse=True)
def _no_real_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sure that no test can reach a real AWS account, whatever this machine is logged in to."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The optional data folder beside the repository; mark the test ``needs_shared``."""
    return SHARED
