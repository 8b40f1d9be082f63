"""Every CRM has the same rooms everywhere: connector, sandbox, fixtures, docs page, template block."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from crmbridge import connectors
from crmbridge.domain.declaration import Connector
from tests.house import template
from tests.house.tree import LIBRARY, ROOT, crms, folders, pascal

ROOMS = {"__init__", "auth", "client", "mapping", "webhooks"}
CHECKLIST = (
    "signature",
    "replay",
    "paging",
    "rate limit",
    "refresh",
    "revocation",
    "deletion",
    "sandbox",
    "fixtures",
)
ITEM = re.compile(r"^- \[(?P<done>[ x])\] \**(?P<name>[a-z ]+?)\**: (?P<words>.{10,})$", re.IGNORECASE)

each_crm = pytest.mark.parametrize("crm", crms())


class ApiVersionEndsWarning(UserWarning):
    """A vendor stops serving the API version that a connector speaks within ninety days."""


def test_there_are_connectors():
    assert {"hubspot", "salesforce"} <= set(crms())


@each_crm
def test_a_connector_has_exactly_the_five_rooms(crm):
    """A room is a module or, when it must be, a package of that name."""
    folder = LIBRARY / "connectors" / crm
    rooms = {each.stem for each in folder.iterdir() if each.name != "__pycache__"}
    assert rooms == ROOMS, f"connectors/{crm} must hold {sorted(ROOMS)}: {sorted(rooms ^ ROOMS)} is missing or too much"


@each_crm
def test_a_connector_declares_the_name_of_its_folder(crm):
    assert connectors.declaration(crm).name == crm


@each_crm
def test_a_crm_has_a_sandbox(crm):
    held = {each.stem for each in (ROOT / "sandbox" / crm).glob("*")}
    assert "__init__" in held, f"sandbox/{crm}/ is missing: no CRM without a strict imitation of it"
    assert "errors" in held, f"sandbox/{crm}/errors.py is missing: the vendor's error bodies have their own room"


@each_crm
def test_a_crm_has_contract_fixtures(crm):
    folder = ROOT / "tests/contract/fixtures" / crm
    assert folder.is_dir(), f"tests/contract/fixtures/{crm}/ is missing: the contract suite runs on fixtures"
    assert list(folder.rglob("*.*")), f"tests/contract/fixtures/{crm}/ is empty"


@each_crm
def test_a_crm_has_a_docs_page_that_opens_with_its_checklist(crm):
    page = ROOT / "docs/crms" / f"{crm}.md"
    assert page.is_file(), f"docs/crms/{crm}.md is missing"
    opening = page.read_text(encoding="utf-8").split("\n## ")[:2]
    items = {m["name"].lower().strip(): m for m in map(ITEM.match, "\n".join(opening).splitlines()) if m}
    missing = [name for name in CHECKLIST if name not in items]
    assert not missing, (
        f"docs/crms/{crm}.md must open with a checklist, one line each like "
        f"`- [x] **{missing[0]}**: what is done and which test shows it` "
        f"(`[ ]` with the reason where it is not done); missing: {', '.join(missing)}"
    )


@each_crm
def test_a_crm_that_pushes_has_its_own_webhook_function(crm):
    name = f"{pascal(crm)}WebhookFunction"
    found = name in template.functions()
    wanted = connectors.declaration(crm).supports.webhooks
    assert found or not wanted, f"template.yaml has no {name}, though {crm} declares webhooks"
    if found:
        assert template.folder_of(template.functions()[name]) == "receive_webhook"


def test_no_sandbox_fixture_or_docs_page_belongs_to_an_unknown_crm():
    known = set(crms())
    pages = {page.stem for page in (ROOT / "docs/crms").glob("*.md")} - {"README"}
    strays = {
        "sandbox": set(folders(ROOT / "sandbox")) - known,
        "tests/contract/fixtures": set(folders(ROOT / "tests/contract/fixtures")) - known,
        "docs/crms": pages - known,
    }
    assert not any(strays.values()), f"no connector is called so: {strays}"


@each_crm
def test_the_webhook_door_loads_neither_heavy_libraries_nor_another_crm(crm):
    others = [f"crmbridge.connectors.{other}" for other in crms() if other != crm]
    heavy = ["pydantic", "httpx", "boto3", "phonenumbers", "email_validator", *others]
    code = f"import sys, crmbridge.connectors.{crm}.webhooks; print([n for n in {heavy!r} if n in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY.parent)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def announce_end(declared: Connector, *, today: date) -> None:
    """Warn when a vendor stops serving a connector's API version within ninety days, or has stopped."""
    ends_on = declared.api_version_ends_on
    if ends_on and ends_on < today + timedelta(days=90):
        message = f"{declared.label} stops serving {declared.api_version} on {ends_on}: plan the move"
        warnings.warn(message, ApiVersionEndsWarning, stacklevel=2)


@each_crm
def test_an_api_version_is_announced_ninety_days_before_its_end(crm):
    declared = replace(connectors.declaration(crm), api_version_ends_on=date(2031, 6, 30))
    announce_end(declared, today=date(2031, 3, 1))
    with pytest.warns(ApiVersionEndsWarning, match="on 2031-06-30: plan the move"):
        announce_end(declared, today=date(2031, 4, 2))


@each_crm
@pytest.mark.filterwarnings("default::UserWarning")
def test_an_api_version_that_ends_soon_is_in_the_summary_of_warnings(crm):
    """Warns rather than fails: a release of last year must still build."""
    announce_end(connectors.declaration(crm), today=datetime.now(UTC).date())
