"""What the contract suite does not ask of every CRM: Dynamics' own ways."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import WriteOp

NOBODY = "00000000-0000-4000-8000-0000000000aa"


@pytest.fixture
def client(org):
    made = org.client()
    for entity in ("company", "contact", "lead", "deal", "activity"):
        made.project(entity, {"owner": "x@example.com"})
    org.calls()
    return made


def update(external_id: str, refs=None, before=None, **fields) -> WriteOp:
    return WriteOp("update", "x", external_id, fields=fields, refs=refs or {}, refs_before=before or {})


def one(client, entity, *ops):
    results = client.write(entity, list(ops))
    assert [each.error for each in results] == [None] * len(ops)
    return results[0] if len(results) == 1 else results


# --------------------------------------------------------------------------------------------- writing


def test_a_hundred_rows_are_one_call_and_their_answers_need_no_second(org, client):
    one(client, "contact", *(org.new("contact", last_name=f"N{n}") for n in range(100)))
    assert org.calls() == ["POST /api/data/v9.2/$batch"]


def test_an_update_of_a_deleted_row_makes_none(org, client):
    gone = one(client, "contact", org.new("contact", last_name="Prado")).external_id
    org.act({"action": "delete", "table": "contact", "id": gone})
    (result,) = client.write("contact", [update(gone, job_title="Buyer")])
    assert result.gone
    assert org.rows("contacts") == []


def test_a_missing_company_is_a_refusal_and_not_a_deletion_of_the_contact(org, client):
    contact = one(client, "contact", org.new("contact", last_name="Prado")).external_id
    (result,) = client.write("contact", [update(contact, refs={"company": (NOBODY,)})])
    assert isinstance(result.error, FatalProviderError)
    assert not result.gone
    assert NOBODY in str(result.error)


def test_a_plain_create_is_refused_where_our_id_exists_already(org, client):
    first = org.new("contact", last_name="Prado")
    one(client, "contact", first)
    again = WriteOp("create", first.op_id, fields={"last_name": "Prado"})
    (result,) = client.write("contact", [again])
    assert result.conflict
    assert not result.created


def test_a_limit_within_a_batch_lets_the_row_come_back(org, client, monkeypatch):
    rows = [org.new("contact", last_name="One"), org.new("contact", last_name="Two")]
    body = (
        "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 429 Too Many\r\nRetry-After: 7\r\n\r\n"
        '{"error": {"code": "0x80072322", "message": "Number of requests exceeded the limit of 6000"}}\r\n'
    )
    answer = {"status": 200, "headers": {"Content-Type": "multipart/mixed; boundary=b"}, "body": body * 2 + "--b--"}
    org.control("POST", "/faults", [{"kind": "status", "match": {"path": ".*batch"}, **answer}])
    for result in client.write("contact", rows):
        assert isinstance(result.error, RetriableProviderError)
        assert (result.error.is_quota, result.error.retry_after_s) == (True, 7.0)


@pytest.mark.parametrize("body", ["", "{}", "--b\r\n\r\n--b--"])
def test_an_answer_without_every_row_may_have_been_carried_out(org, client, body):
    answer = {"status": 200, "headers": {"Content-Type": "multipart/mixed; boundary=b"}, "body": body}
    org.control("POST", "/faults", [{"kind": "status", "match": {"path": ".*batch"}, **answer}])
    with pytest.raises(RetriableProviderError) as caught:
        client.write("contact", [org.new("contact", last_name="One")])
    assert caught.value.may_have_applied


def test_without_our_column_nothing_is_created(org):
    from crmbridge.connectors import part
    from crmbridge.connectors._http import ClientContext

    bare = part("dynamics", "client").build(ClientContext(http=org.http, base_url="http://sandbox.test", tokens=org))
    with pytest.raises(RetriableProviderError) as caught:
        bare.write("contact", [org.new("contact", last_name="One")])
    assert caught.value.code == "EXTERNAL_ID_FIELD_MISSING"
    assert org.rows("contacts") == []


def test_a_column_that_vanished_costs_its_field_and_not_the_row(org):
    custom = CustomField("contact", "x_score", "Score", "number")
    client = org.client(custom)
    one(client, "contact", org.new("contact", last_name="One", x_score="7.5"))
    org.http.delete(
        "/api/data/v9.2/EntityDefinitions(LogicalName='contact')/Attributes(LogicalName='crmb_score')",
        headers={"authorization": f"Bearer {org.token}"},
    ).raise_for_status()
    (refused,) = client.write("contact", [org.new("contact", last_name="Two", x_score="8")])
    assert isinstance(refused.error, FatalProviderError)
    again = one(client, "contact", org.new("contact", last_name="Two", x_score="8"))
    assert "x_score" not in again.observation.fields
    assert len(client.list_all("contact", cursor=None).items) == 2


# --------------------------------------------------------------------------------------------- states


def test_a_deal_is_won_and_lost_and_opened_again_by_actions(org, client):
    deal = one(client, "deal", org.new("deal", title="Storage", stage="won", amount="10.5")).external_id
    assert org.row("opportunities", deal)["statecode"] == 1
    assert org.row("opportunities", deal)["actualvalue"] == 10.5
    for stage, state in (("lost", 2), ("won", 1), ("decision", 0), ("lost", 2)):
        result = one(client, "deal", update(deal, stage=stage))
        assert result.observation.fields["stage"] == stage
        assert org.row("opportunities", deal)["statecode"] == state


def test_a_deal_that_is_where_it_shall_be_is_not_closed_twice(org, client):
    deal = one(client, "deal", org.new("deal", title="Storage", stage="won")).external_id
    org.calls()
    one(client, "deal", update(deal, stage="won", title="Storage II"))
    assert len(org.rows("opportunitycloses")) == 1


def test_a_refused_change_of_state_leaves_the_deal_as_it_was_and_says_so(org, client):
    deal = one(client, "deal", org.new("deal", title="Storage", stage="won")).external_id
    org.app.crm._switches.denied = {"opportunity": ["Write"]}
    (result,) = client.write("deal", [update(deal, stage="lost")])
    assert result.error is not None
    assert org.row("opportunities", deal)["statecode"] == 1


def test_an_amount_holds_although_amounts_are_computed_there(org, client):
    deal = one(client, "deal", org.new("deal", title="Storage")).external_id
    assert org.row("opportunities", deal)["isrevenuesystemcalculated"] is True
    assert one(client, "deal", update(deal, amount="48000.75")).observation.fields["amount"] == "48000.75"


@pytest.mark.parametrize("status", ["connected", "qualified", "unqualified", "new"])
def test_a_lead_reaches_every_status_from_every_other(org, client, status):
    lead = one(client, "lead", org.new("lead", last_name="Lund", lead_status=status)).external_id
    for other in ("qualified", "new", "unqualified", "connected", "unqualified", "qualified", status):
        result = one(client, "lead", update(lead, lead_status=other))
        assert result.observation.fields["lead_status"] == other


def test_qualifying_makes_nothing_and_what_people_qualify_reads_as_qualified(org, client):
    lead = one(client, "lead", org.new("lead", last_name="Lund", lead_status="qualified")).external_id
    assert org.rows("contacts") == []
    other = one(client, "lead", org.new("lead", last_name="Novak", company_name="Quay")).external_id
    org.act({"action": "qualify", "id": other, "account": True, "contact": True, "opportunity": True})
    read = client.read("lead", [lead, other])
    assert {each.fields["lead_status"] for each in read.found.values()} == {"qualified"}
    assert len(client.list_all("contact", cursor=None).items) == 1


# --------------------------------------------------------------------------------------------- contacts of deals


def test_a_deals_first_contact_is_its_own_and_the_others_are_connected(org, client):
    people = sorted(
        each.external_id for each in one(client, "contact", *(org.new("contact", last_name=n) for n in "abc"))
    )
    deal = one(client, "deal", org.new("deal", {"contacts": tuple(people)}, title="Storage")).external_id
    assert org.row("opportunities", deal)["parentcontactid"] == ["contact", people[0]]
    rows = org.rows("connections")
    assert sum(row["record1id"][0] == "opportunity" for row in rows) == 2
    assert client.read("deal", [deal]).found[deal].refs["contacts"] == tuple(people)
    result = one(client, "deal", update(deal, {"contacts": (people[2],)}, {"contacts": tuple(people)}))
    assert result.observation.refs["contacts"] == (people[2],)


def test_a_contact_that_somebody_else_connected_stays(org, client):
    ours, theirs, next_one = (
        each.external_id for each in one(client, "contact", *(org.new("contact", last_name=n) for n in "abc"))
    )
    deal = one(client, "deal", org.new("deal", {"contacts": (ours,)}, title="Storage")).external_id
    org.connect(deal, theirs)
    result = one(client, "deal", update(deal, {"contacts": (next_one,)}, {"contacts": (ours,)}))
    assert result.observation.refs["contacts"] == tuple(sorted((theirs, next_one)))


def test_a_deal_whose_contact_was_connected_counts_as_changed(org, client):
    contact = one(client, "contact", org.new("contact", last_name="a")).external_id
    deal = one(client, "deal", org.new("deal", title="Storage")).external_id
    org.control("POST", "/clock", {"advance_s": 3600})
    since = datetime.now(UTC) + timedelta(minutes=30)
    assert client.list_changed("deal", since=since, cursor=None).items == ()
    org.connect(deal, contact)
    (seen,) = client.list_changed("deal", since=since, cursor=None).items
    assert seen.refs["contacts"] == (contact,)


# --------------------------------------------------------------------------------------------- notes


def test_a_notes_id_is_our_own_and_finds_it_again(org, client):
    op = org.new("activity", kind="note", subject="Call", description="long")
    made = one(client, "activity", op)
    again = one(client, "activity", op)
    assert (made.created, again.created) == (True, False)
    assert made.external_id == again.external_id
    assert made.observation.correlation_id == op.op_id
    found = client.find("activity", "correlation_id", [op.op_id, "act_nonsense", ""])
    assert [each.external_id for each in found[op.op_id]] == [made.external_id]


def test_a_note_of_the_organizations_own_is_none_of_ours(org, client):
    account = one(client, "company", org.new("company", name="Quay")).external_id
    fields = {"subject": "x", "objectid_account@odata.bind": f"/accounts({account})"}
    org.act({"action": "create", "table": "annotation", "fields": fields})
    (seen,) = client.list_all("activity", cursor=None).items
    assert seen.correlation_id == ""
    assert seen.refs == {"company": (account,), "contacts": (), "deal": ()}


# --------------------------------------------------------------------------------------------- reading


def test_a_link_is_read_at_our_own_host_only(org, client):
    one(client, "contact", *(org.new("contact", last_name=f"N{n}") for n in range(100)))
    one(client, "contact", *(org.new("contact", last_name=f"M{n}") for n in range(101)))
    page = client.list_all("contact", cursor=None)
    assert page.next_cursor is not None
    assert "http" not in page.next_cursor
    assert len(client.list_all("contact", cursor=page.next_cursor).items) == 1


def test_a_page_that_names_itself_is_an_error(org, client):
    one(client, "contact", *(org.new("contact", last_name=f"N{n}") for n in range(100)))
    one(client, "contact", *(org.new("contact", last_name=f"M{n}") for n in range(101)))
    page = client.list_all("contact", cursor=None)
    assert page.next_cursor is not None
    link = "http://elsewhere.example" + page.next_cursor.partition(",")[2].strip('"]').replace('\\"', '"')
    org.control("POST", "/faults", [{"kind": "status", "status": 200, "body": {"value": [], "@odata.nextLink": link}}])
    with pytest.raises(FatalProviderError) as caught:
        client.list_all("contact", cursor=page.next_cursor)
    assert caught.value.code == "STUCK_PAGINATION"


def test_wildcards_in_what_is_looked_for_stand_for_themselves(org, client):
    one(client, "company", org.new("company", name="A", domain="a_b.example.com"))
    one(client, "company", org.new("company", name="B", domain="axb.example.com"))
    found = client.find("company", "domain", ["a_b.example.com", "%", "[a]"])
    assert {name: len(each) for name, each in found.items()} == {"a_b.example.com": 1}


def test_telephone_numbers_are_found_however_they_were_typed(org, client):
    fields = {"lastname": "Prado", "telephone1": "+55 (11) 98765-4321"}
    org.act({"action": "create", "table": "contact", "fields": fields})
    assert client.find("contact", "phone", ["+5511987654321"]).keys() == {"+5511987654321"}


def test_a_quotation_mark_ends_no_condition(org, client):
    assert client.find("contact", "email", ["o'brien@example.com", "') or ('1' eq '1"]) == {}


# --------------------------------------------------------------------------------------------- people


def test_a_teams_rows_have_no_owner_and_disabled_people_keep_theirs(org, client):
    contact = one(client, "contact", org.new("contact", last_name="Prado")).external_id
    team = org.rows("teams")[0]["teamid"]
    former = next(each for each in client.owners() if not each.is_active)
    org.act(
        {"action": "update", "table": "contact", "id": contact, "fields": {"ownerid@odata.bind": f"/teams({team})"}}
    )
    assert "owner" not in client.read("contact", [contact]).found[contact].fields
    assert client.project("contact", {"owner": former.email}) == {"owner": former.email}
    result = one(client, "contact", update(contact, owner=former.email, city="Porto"))
    assert "owner" not in result.observation.fields


def test_somebody_new_is_looked_up_once(org, client):
    person = {"fullname": "New Colleague", "internalemailaddress": "New@contoso.example"}
    (user,) = org.act({"action": "create", "table": "systemuser", "fields": person})
    contact = one(client, "contact", org.new("contact", last_name="Prado")).external_id
    bind = {"ownerid@odata.bind": f"/systemusers({user})"}
    org.act({"action": "update", "table": "contact", "id": contact, "fields": bind})
    org.calls()
    assert client.read("contact", [contact]).found[contact].fields["owner"] == "new@contoso.example"
    client.read("contact", [contact])
    assert sum("systemusers" in each for each in org.calls()) == 1


# --------------------------------------------------------------------------------------------- provisioning


def test_an_index_that_takes_its_time_is_waited_for_and_then_left_for_later(org):
    waits: list[float] = []
    org.control("POST", "/settings", {"key_build_s": 3600})
    with pytest.raises(RetriableProviderError) as caught:
        org.client(sleep=waits.append)
    assert caught.value.retry_after_s == 15
    assert len(waits) == 6
    assert caught.value.code == "KEY_PENDING"
    org.control("POST", "/settings", {"key_build_s": 0})
    assert org.client().provision("company") == ()


def test_tracking_is_switched_on_and_definitions_are_published(org):
    org.client()
    tables = org.app.crm._org.tables
    assert all(tables[name].tracked for name in ("account", "contact", "lead", "opportunity", "task", "annotation"))
    assert sum("PublishXml" in each for each in org.calls("POST")) == 5


def test_a_person_without_the_right_to_customise_is_told_so(org):
    body = {"error": {"code": "0x80040220", "message": "Principal user is missing prvCreateAttribute privilege."}}
    fault = {"kind": "status", "status": 403, "body": body, "match": {"method": "POST", "path": ".*Attributes"}}
    org.control("POST", "/faults", [fault])
    with pytest.raises(FatalProviderError, match="prvCreateAttribute"):
        org.client()


# --------------------------------------------------------------------------------------------- webhooks


def test_steps_that_were_switched_off_are_switched_on_again(org, client):
    url = "https://hub.example.com/webhooks/dynamics/s3cret"
    (made,) = client.subscribe(url, now=datetime.now(UTC))
    assert len(made.events) == 30
    step = org.rows("sdkmessageprocessingsteps")[0]["sdkmessageprocessingstepid"]
    org.act({"action": "update", "table": "sdkmessageprocessingstep", "id": step, "fields": {"statecode": 1}})
    assert [each.is_active for each in client.subscriptions()] == [False]
    (again,) = client.subscribe(url, now=datetime.now(UTC))
    assert again == made


def test_a_registered_address_carries_its_key_and_shows_it_to_nobody(org, client):
    from crmbridge.connectors.dynamics.mapping.hook_keys import HEADER, hook_key

    url = "https://hub.example.com/webhooks/dynamics/s3cret"
    client.subscribe(url, now=datetime.now(UTC))
    one(client, "contact", org.new("contact", last_name="Prado"))
    org.app.crm.deliveries.flush()
    assert {call.headers[HEADER] for call in org.posts} == {hook_key("s3cret")}
    headers = {"authorization": f"Bearer {org.token}"}
    shown = org.http.get("/api/data/v9.2/serviceendpoints", headers=headers).json()["value"]
    assert [each["authvalue"] for each in shown] == [None]
    assert all(step["mode"] == 1 for step in org.rows("sdkmessageprocessingsteps"))
