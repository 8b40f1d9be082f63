"""A connector that is not finished says what its author does next: one sentence at a time, in the order of work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmbridge import connectors
from crmbridge.connectors import part
from crmbridge.domain.records import FIELD_NAMES
from tests.house.capabilities import FLAGS
from tests.house.tree import LIBRARY, ROOT, crms


def _declared(crm: str) -> Iterator[str]:
    """Yield what the declaration still owes."""
    declared = connectors.declaration(crm)
    for name in ("docs_url", "api_version"):
        if not getattr(declared, name):
            yield f"declare `{name}` in connectors/{crm}/__init__.py"
    if not (declared.base_url or part(crm, "auth").AUTH.base_url_field):
        yield f"declare `base_url` in connectors/{crm}/__init__.py, or `base_url_field` in its auth.py"
    fixtures = (ROOT / "tests/contract/fixtures" / crm).rglob("*.*")
    if not [path for path in fixtures if path.name not in {"README.md", "suite.json"}]:
        yield f"write the first fixture, tests/contract/fixtures/{crm}/, before any code that reads it"
    if not declared.supports.auth:
        yield f"declare in `supports.auth` how a workspace connects, and build connectors/{crm}/auth.py"
    if not declared.supports.entities:
        yield f"map a first entity in connectors/{crm}/mapping.py and declare it in `supports.entities`"


def _consistent(crm: str) -> Iterator[str]:
    """Yield what the declaration claims without grounds."""
    supports = connectors.declaration(crm).supports
    auth = part(crm, "auth").AUTH
    if "oauth" in supports.auth and not (auth.authorize_url and auth.token_url):
        yield f"give connectors/{crm}/auth.py the addresses of the consent page and of the token endpoint"
    for entity in supports.entities:
        unknown = set(supports.fields.get(entity, ())) - set(FIELD_NAMES[entity])
        if unknown or not supports.fields.get(entity):
            yield f"declare for {entity} the canonical fields {crm} can hold; unknown: {sorted(unknown)}"
    for flag in FLAGS:
        if getattr(supports, flag) is (flag in supports.reasons):
            yield f"say in `supports.reasons` why `{flag}` is false, and of no other flag"
    if supports.creates_by_upsert and not supports.upsert:
        yield "`creates_by_upsert` needs `upsert`"
    if supports.webhook_signature and not supports.webhooks:
        yield "`webhook_signature` needs `webhooks`"


def _limited(crm: str) -> Iterator[str]:
    """Yield the limits that are not known yet."""
    declared = connectors.declaration(crm)
    for name in ("read_batch", "write_batch", "find_batch", "list_page"):
        if getattr(declared.limits, name) < 1:
            yield f"declare `limits.{name}` from the vendor's documentation"
    if declared.supports.webhooks and declared.limits.webhook_answer_s < 1:
        yield "declare `limits.webhook_answer_s`: within how many seconds the vendor wants its answer"


def _built(crm: str) -> Iterator[str]:
    """Yield the rooms that still say of themselves that something is not built."""
    rooms = {
        "sandbox": ROOT / "sandbox" / crm,
        "layers/core/python/crmbridge/connectors": LIBRARY / "connectors" / crm,
    }
    for room, folder in rooms.items():
        for path in sorted(folder.rglob("*.py")):
            if path.name != "__init__.py" and "not built yet" in path.read_text(encoding="utf-8"):
                yield f"build what {room}/{path.relative_to(folder.parent).as_posix()} calls not built yet"
    if "everything" in connectors.declaration(crm).supports.not_built:
        yield "say in `supports.not_built` what is left out and why, in place of `everything`"


def next_step(crm: str) -> str | None:
    """Return the next thing to do for a connector, or ``None`` when it is finished."""
    for claims in (_declared, _consistent, _limited, _built):
        for step in claims(crm):
            return step
    return None


@pytest.mark.parametrize("crm", crms())
def test_a_connector_is_finished_or_says_what_comes_next(crm):
    step = next_step(crm)
    assert step is None, f"next for {crm}: {step}"
