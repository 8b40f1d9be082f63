import httpx
import pytest

from local.demo.canonical import canonical
from local.demo.compare import compare
from local.demo.control import Control
from local.demo.findings import Ledger
from local.demo.invent import invent_world
from local.demo.meter import Use
from local.demo.model import ENTITIES
from local.demo.sides import KNOWN, hubspot_fields, kind_of, salesforce_fields, side_of, typeable
from local.errors import LocalError
from sandbox import Settings, create

CRMS = ("hubspot", "salesforce")
STAGES = {"hubspot": hubspot_fields.STAGES, "salesforce": salesforce_fields.STAGES}


@pytest.fixture(scope="module")
def world():
    return invent_world(200, crms=CRMS, stages=STAGES, seed=5)


@pytest.fixture(scope="module")
def worlds():
    """Of each CRM, a world typed into it and HubSpot, as far as it can be."""

    def of(crm):
        crms = (crm, "hubspot" if crm != "hubspot" else "salesforce")
        stages = {each: kind_of(each).stages for each in crms}
        return typeable(invent_world(120, crms=crms, stages=stages, seed=7, numbered_names=True), crms)

    return {crm: of(crm) for crm in KNOWN}


@pytest.fixture(params=KNOWN)
def any_side(request):
    app = create(request.param, Settings(background=False))
    control = Control(request.param, "http://sandbox.test/_sandbox", transport=httpx.WSGITransport(app=app))
    yield side_of(control)
    control.close()
    app.stop()


@pytest.fixture(params=CRMS)
def side(request):
    app = create(request.param, Settings(background=False))
    control = Control(request.param, "http://sandbox.test/_sandbox", transport=httpx.WSGITransport(app=app))
    yield side_of(control)
    control.close()
    app.stop()


def test_what_was_typed_can_be_read_back_field_by_field(side, world):
    crm = side.control.crm
    side.fill(world)

    shot = side.snapshot()

    for entity in ENTITIES:
        drafts = world.of(crm, entity)
        rows = {world.key_of(entity, row.fields): row for row in shot.records[entity]}
        assert set(rows) == set(drafts)
        absent = shot.absent_fields.get(entity, frozenset())
        for key, draft in drafts.items():
            for name in set(draft.fields) - absent - {"industry"}:
                assert canonical(name, rows[key].fields) == canonical(name, draft.fields), (entity, key, name)


def test_what_was_typed_into_any_crm_can_be_read_back(any_side, worlds):
    crm = any_side.control.crm
    world = worlds[crm]
    any_side.fill(world)

    shot = any_side.snapshot()

    for entity in ENTITIES:
        drafts = world.of(crm, entity)
        rows = {world.key_of(entity, row.fields): row for row in shot.records[entity]}
        assert set(rows) == set(drafts)
        assert drafts
        ids = {name: {row.external_id: world.key_of(name, row.fields) for row in shot.records[name]} for name in ids_of}
        absent = shot.absent_fields.get(entity, frozenset())
        for key, draft in drafts.items():
            row = rows[key]
            for name in set(draft.fields) - absent - {"industry", *(_NAMES if shot.one_name else ())}:
                held, typed = canonical(name, row.fields), canonical(name, draft.fields)
                assert held == typed or (name == "amount" and shot.no_amount_is_zero), (entity, key, name)
            assert ids["company"].get(row.company, "") == draft.company
            assert {ids["contact"][each] for each in row.contacts} == set(draft.contacts)


ids_of = ("company", "contact")
_NAMES = ("first_name", "last_name")


def test_an_edit_in_any_crm_can_be_read_back_and_leaves_the_other_fields(any_side, worlds):
    crm = any_side.control.crm
    world = worlds[crm]
    any_side.fill(world)
    before = any_side.snapshot()
    edits = {
        "contact": {"job_title": "Head of Tests"},
        "company": {"name": "Renamed C-00001"},
        "deal": {"amount": "77"},
    }
    edits["contact"] |= {"phone": "+49 30 2312 5001"}

    for entity, changes in edits.items():
        for row in before.records[entity][:5]:
            for name, value in changes.items():
                any_side.edit(entity, row.external_id, {name: value})
            now = any_side.look(entity, [row.external_id])[row.external_id]
            moved = {name for name, value in now.fields.items() if value != row.fields.get(name)}
            assert moved <= set(changes)
            assert {name: canonical(name, now.fields) for name in changes} == {
                name: canonical(name, changes) for name in changes
            }
            assert now.company == row.company
            assert any_side.edited_at_ms(entity, row.external_id) > 1_700_000_000_000


def test_references_can_be_read_back(side, world):
    crm = side.control.crm
    side.fill(world)

    shot = side.snapshot()

    ids = {
        entity: {row.external_id: world.key_of(entity, row.fields) for row in shot.records[entity]}
        for entity in ENTITIES
    }
    for entity in ("contact", "deal"):
        for row in shot.records[entity]:
            draft = world.of(crm, entity)[ids[entity][row.external_id]]
            assert ids["company"].get(row.company, "") == draft.company
            assert {ids["contact"][each] for each in row.contacts} == set(draft.contacts)
    assert any(row.contacts for row in shot.records["deal"])


def test_everybody_who_sells_has_a_seat(side, world):
    side.fill(world)

    seats = {each.email for each in world.sellers if side.control.crm in each.crms}
    assert seats <= side.snapshot().owners


def test_an_untouched_crm_compared_with_an_empty_one_lost_everything(world):
    shots = {}
    for crm in CRMS:
        app = create(crm, Settings(background=False))
        control = Control(crm, "http://sandbox.test/_sandbox", transport=httpx.WSGITransport(app=app))
        side_of(control).fill(world)
        shots[crm] = side_of(control).snapshot()
        control.close()

    outcome = compare(world, shots, Ledger())

    alone = sum(1 for entity in ENTITIES for typed in world.typed(entity).values() if len(typed) == 1)
    assert outcome.as_json()["findings"]["missing"] == alone
    assert outcome.duplicated == 0


def test_an_edit_is_seen_at_once_and_dated(side, world):
    side.fill(world)
    row = side.snapshot().records["contact"][0]
    before_ms = side.edited_at_ms("contact", row.external_id)

    side.edit("contact", row.external_id, {"job_title": "Chief Tester", "city": ""})

    now = side.look("contact", [row.external_id])[row.external_id].fields
    assert (now["job_title"], now["city"]) == ("Chief Tester", "")
    assert side.edited_at_ms("contact", row.external_id) >= before_ms


def test_a_refused_edit_is_told(side, world):
    side.fill(world)
    row = side.snapshot().records["contact"][0]

    with pytest.raises(LocalError, match="answered 400"):
        side.edit("contact", row.external_id, {"email": "no address"})


def test_looking_and_editing_are_not_calls_of_the_integration(side, world):
    side.fill(world)
    side.snapshot()

    assert side.control.calls()["total"] == 0


def test_a_crm_the_demo_does_not_know_is_named():
    with pytest.raises(LocalError, match="close"):
        side_of(Control("close", "http://sandbox.test"))


def use_of(crm, method, path, query=""):
    control = Control(crm, "http://sandbox.test")
    try:
        return side_of(control).classify({"method": method, "path": path, "query": query})
    finally:
        control.close()


@pytest.mark.parametrize(
    ("method", "path", "use"),
    [
        ("GET", "/crm/v3/objects/contacts", Use("list", "contact")),
        ("POST", "/crm/v3/objects/contacts/search", Use("list", "contact")),
        ("POST", "/crm/v3/objects/companies/batch/read", Use("read", "company")),
        ("POST", "/crm/objects/2026-03/deals/batch/create", Use("write", "deal")),
        ("POST", "/crm/objects/2026-03/0-1/batch/update", Use("write", "contact")),
        ("PATCH", "/crm/v3/objects/deals/901", Use("write", "deal")),
        ("GET", "/crm/v3/objects/deals/901", Use("other", "deal")),
        ("POST", "/crm/v4/associations/deals/companies/batch/read", Use("read", "deal")),
        ("POST", "/crm/associations/2026-03/contacts/companies/batch/create", Use("link", "contact")),
        ("GET", "/crm/v3/owners", Use("other", "")),
        ("GET", "/crm/v3/properties/contacts", Use("other", "")),
        ("POST", "/oauth/v3/token", Use("other", "")),
    ],
)
def test_hubspot_calls_are_told_apart(method, path, use):
    assert use_of("hubspot", method, path) == use


@pytest.mark.parametrize(
    ("method", "path", "query", "use"),
    [
        ("PATCH", "/services/data/v67.0/composite/sobjects/Account/Ext__c", "", Use("write", "company")),
        ("PATCH", "/services/data/v67.0/composite/sobjects", "", Use("write", "")),
        ("POST", "/services/data/v67.0/composite/sobjects/Contact", "", Use("read", "contact")),
        ("GET", "/services/data/v67.0/query", "q=SELECT+Id+FROM+Contact+ORDER+BY+Id", Use("list", "contact")),
        ("GET", "/services/data/v67.0/query", "q=SELECT+Id+FROM+Contact+WHERE+Id+IN+('1')", Use("read", "contact")),
        ("GET", "/services/data/v67.0/query", "q=SELECT+Id+FROM+Contact+WHERE+Email+IN+('a')", Use("find", "contact")),
        ("GET", "/services/data/v67.0/query", "q=SELECT+Id+FROM+User", Use("other", "")),
        (
            "GET",
            "/services/data/v67.0/query",
            "q=SELECT+Id,(SELECT+ContactId+FROM+OpportunityContactRoles)+FROM+Opportunity+WHERE+Id+IN+('006')",
            Use("read", "deal"),
        ),
        ("GET", "/services/data/v67.0/query/01g-2000", "", Use("list", "")),
        ("GET", "/services/data/v67.0/sobjects/Opportunity/deleted/", "", Use("list", "deal")),
        ("GET", "/services/data/v67.0/sobjects/Opportunity/describe", "", Use("other", "deal")),
        ("POST", "/services/oauth2/token", "", Use("other", "")),
    ],
)
def test_salesforce_calls_are_told_apart(method, path, query, use):
    assert use_of("salesforce", method, path, query) == use
