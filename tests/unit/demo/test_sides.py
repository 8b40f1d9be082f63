import httpx
import pytest

from crmbridge import connectors
from local.demo.canonical import canonical
from local.demo.compare import compare
from local.demo.control import Control
from local.demo.findings import Ledger
from local.demo.invent import invent_world
from local.demo.meter import Use
from local.demo.model import ENTITIES, FIELDS, REFERENCES
from local.demo.sides import KNOWN, hubspot_fields, kind_of, salesforce_fields, side_of, typeable
from local.errors import LocalError
from local.simulated import available_crms
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


@pytest.mark.parametrize("crm", KNOWN)
def test_a_side_has_the_fields_that_the_connector_declares(crm):
    declared = connectors.declaration(crm).supports
    kind = kind_of(crm)

    for entity in ENTITIES:
        assert kind.held[entity] == set(FIELDS[entity]) & set(declared.fields[entity]), entity
    assert kind.has_webhooks == declared.webhooks
    assert set(kind.needs) == set(declared.refuses) & set(ENTITIES)
    lacks = getattr(kind, "lacks_references", {})
    for entity, names in REFERENCES.items():
        assert set(names) - set(declared.fields[entity]) == lacks.get(entity, frozenset())


def test_there_is_a_side_for_every_crm():
    assert set(KNOWN) == set(connectors.names()) == set(available_crms())


@pytest.mark.parametrize(
    ("crm", "call", "use"),
    [
        ("kommo", "GET /api/v4/contacts?query=ana@example.com&limit=250", Use("find", "contact")),
        ("kommo", "GET /api/v4/leads?filter%5Bid%5D%5B%5D=7", Use("read", "deal")),
        ("kommo", "GET /api/v4/companies?limit=250&page=1", Use("list", "company")),
        ("kommo", "PATCH /api/v4/leads?", Use("write", "deal")),
        ("kommo", "POST /api/v4/contacts/link?", Use("link", "contact")),
        ("kommo", "POST /api/v4/contacts/custom_fields?", Use("other", "")),
        ("kommo", "POST /oauth2/access_token?", Use("other", "")),
        ("pipedrive", "GET /api/v2/persons/search?term=ana", Use("find", "contact")),
        ("pipedrive", "GET /api/v2/deals?ids=1,2", Use("read", "deal")),
        ("pipedrive", "POST /api/v2/organizations?", Use("write", "company")),
        ("pipedrive", "POST /api/v1/deals/23/participants?", Use("link", "deal")),
        ("pipedrive", "GET /api/v2/dealFields?", Use("other", "")),
        ("zoho", "POST /crm/v8/coql?", Use("read", "")),
        ("zoho", "PUT /crm/v8/Deals/4150868000000300003/Contact_Roles?", Use("link", "deal")),
        ("zoho", "PUT /crm/v8/Contacts?", Use("write", "contact")),
        ("zoho", "GET /crm/v8/settings/fields?module=Deals", Use("other", "")),
        ("freshsales", "POST /api/filtered_search/contact?", Use("read", "")),
        ("freshsales", "POST /api/contacts/bulk_upsert?", Use("write", "contact")),
        ("freshsales", "GET /crm/sales/api/deals/view/7?page=1", Use("list", "deal")),
        ("freshsales", "GET /api/job_statuses/5?", Use("other", "")),
        ("salesflare", "GET /contacts?phone_number=%2B44207&limit=100", Use("list", "contact")),
        ("salesflare", "PUT /opportunities/2050001?", Use("write", "deal")),
        ("dynamics", "GET /api/data/v9.2/accounts?%24top=5", Use("list", "company")),
        ("dynamics", "POST /api/data/v9.2/connections?", Use("link", "")),
    ],
)
def test_calls_of_the_other_crms_are_told_apart(crm, call, use):
    method, _, address = call.partition(" ")
    path, _, query = address.partition("?")

    assert use_of(crm, method, path, query) == use


@pytest.mark.parametrize(
    ("tables", "use"),
    [
        ("contacts,connections", Use("write", "contact")),
        ("connections", Use("link", "deal")),
        ("EntityDefinitions", Use("other", "")),
    ],
)
def test_batches_of_dynamics_are_told_apart_by_their_tables(tables, use):
    side = side_of(Control("dynamics", "http://sandbox.test"))
    call = {"method": "POST", "path": "/api/data/v9.2/$batch", "query": "", "object": tables}

    assert side.classify(call) == use


@pytest.mark.parametrize(
    ("call", "use"),
    [
        ("POST ingest", Use("other", "contact")),
        ("PUT ingest/750/batches", Use("other", "contact")),
        ("PATCH ingest/750", Use("other", "contact")),
        ("GET ingest/750", Use("write", "contact")),
        ("GET ingest/750/failedResults", Use("other", "contact")),
        ("POST query", Use("other", "contact")),
        ("GET query/750", Use("other", "contact")),
        ("GET query/750/results", Use("list", "contact")),
    ],
)
def test_calls_of_salesforces_bulk_jobs_are_told_apart(call, use):
    method, _, path = call.partition(" ")
    side = side_of(Control("salesforce", "http://sandbox.test"))
    asked = {"method": method, "path": f"/services/data/v67.0/jobs/{path}", "query": "", "object": "Contact"}

    assert side.classify(asked) == use


def test_people_type_only_what_has_a_place(worlds):
    for crm, world in worlds.items():
        for entity in ENTITIES:
            for draft in world.of(crm, entity).values():
                if crm not in CRMS:
                    assert set(draft.fields) <= kind_of(crm).held[entity]
    flare = worlds["salesflare"].of("salesflare", "deal").values()
    assert all(draft.company and not draft.contacts for draft in flare)
    assert all("." not in draft.fields.get("amount", "") for draft in worlds["kommo"].of("kommo", "deal").values())
    numbers = [draft.fields.get("phone", "") for draft in worlds["kommo"].of("kommo", "contact").values()]
    assert not [each for each in numbers if each[:1].isdigit() and len(each) > 4]
