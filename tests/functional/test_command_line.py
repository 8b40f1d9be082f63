"""The command line against the real handlers: what people type, what they read, and how it ends."""

from __future__ import annotations

import io
import json
import re

import httpx
import pytest

from cli.run import main
from crmbridge.services.hub import change_integration, load_integration
from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Context, Rehearsal

ANA = "ana.prado@example.com"
FIRST = ("integrations", "connect", "sync", "conflicts", "resolve", "report", "explain", "send-event")
COMMANDS = (*FIRST, "settings", "person", "erasures", "dead-letters", "cleanups", "history")


class Terminal(httpx.BaseTransport):
    """Somebody at a terminal; what they type goes through the handlers, and work gets done while they wait."""

    def __init__(self, rehearsal: Rehearsal, role: str = "admin") -> None:
        self.rehearsal = rehearsal
        self.role = role
        self.typed: list[str] = []
        self.calls: list[tuple[str, str]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        body = request.content.decode() or None
        event = self.rehearsal.event(request.method, path, body)
        event["headers"] |= {name.lower(): value for name, value in request.headers.items() if name != "host"}
        claims = {"workspace": "acme", "role": self.role, "sub": "person-1"}
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
        folder = "connect_crm" if path.startswith("/auth/") else "crm_api"
        answer = self.rehearsal.handlers[folder](event, Context())
        self.calls.append((request.method, path))
        return httpx.Response(answer["statusCode"], content=answer.get("body") or "")

    def run(self, *words: str, code: int = 0) -> str:
        out, err = io.StringIO(), io.StringIO()
        typed = io.StringIO("".join(f"{line}\n" for line in self.typed))
        ended = main(words, transport=self, read=typed, write=out, progress=err, sleep=self._work)
        self.said = err.getvalue()
        assert ended == code, f"{ended}: {out.getvalue()} {self.said}"
        return out.getvalue()

    def json(self, *words: str) -> list[dict]:
        return [json.loads(line) for line in self.run("--json", *words).splitlines()]

    def _work(self, seconds: float) -> None:
        self.rehearsal.advance(seconds)
        for _ in range(3):
            self.rehearsal._deliver()


@pytest.fixture
def terminal(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("CRMBRIDGE_URL", "https://bridge.test")
    monkeypatch.setenv("CRMBRIDGE_TOKEN", "a-token")
    return Terminal(rehearsal)


@pytest.fixture
def both(terminal: Terminal) -> tuple[Terminal, str, str]:
    rehearsal = terminal.rehearsal
    HubSpotPerson(rehearsal).fill(contacts=[{"email": ANA, "lastname": "Prado", "city": "Recife"}])
    hub, sf = rehearsal.connect("hubspot"), rehearsal.connect("salesforce")
    rehearsal.sync()
    return terminal, hub, sf


# ------------------------------------------------------------------------------------------------ connecting


def test_integrations_are_listed_and_filtered(both):
    terminal, hub, sf = both
    listed = terminal.run("integrations")
    assert listed.splitlines()[0].split() == ["id", "CRM", "name", "status", "account", "primary"]
    assert {line.split()[0] for line in listed.splitlines()[1:]} == {hub, sf}
    (one,) = terminal.json("integrations", "--provider", "hubspot")
    assert (one["id"], one["status"]) == (hub, "active")
    assert "healthy" in terminal.run("integrations", hub)


def test_an_integration_is_validated_and_a_failed_step_ends_with_4(both):
    terminal, hub, _ = both
    assert "ok" in terminal.run("integrations", hub, "--validate")
    terminal.rehearsal.control("hubspot", "tokens", {"action": "revoke"})
    terminal.rehearsal.advance(7200)
    assert "connect it again" in terminal.run("integrations", hub, "--validate", code=4)


def test_a_crm_is_connected_through_its_own_pages(terminal):
    rehearsal = terminal.rehearsal

    class Person(io.StringIO):
        """Opens the page that the command line shows, and types the code of the last one."""

        def readline(self, size: int = -1, /) -> str:
            url = re.search(r"https?://\S+", err.getvalue())
            assert url is not None
            page = rehearsal.finish("hubspot", rehearsal.consent("hubspot", url[0]))
            code = re.search(r'<code id="code">([^<]+)</code>', page["body"])
            assert code is not None
            return f"{code[1]}\n"

    out, err = io.StringIO(), io.StringIO()
    words = ["connect", "hubspot", "--name", "Sales"]
    assert main(words, transport=terminal, read=Person(), write=out, progress=err) == 0
    assert "active" in out.getvalue()
    (one,) = terminal.json("integrations")
    assert (one["name"], one["status"]) == ("Sales", "active")


def test_settings_are_shown_and_changed(terminal):
    assert "notifications.conflicts  yes" in terminal.run("settings").replace("   ", "")
    changed = terminal.json("settings", "events.payload=full", "notifications.conflicts=false")
    assert {"setting": "events.payload", "value": "full"} in changed
    assert {"setting": "notifications.conflicts", "value": False} in changed
    assert {"setting": "events.payload", "value": "ids"} in terminal.json("settings", "events.payload=null")
    terminal.run("settings", "payload=full", code=2)
    terminal.run("settings", "events.payload=everything", code=1)


EVENT = {"id": "v1", "type": "website_visit", "data": {"email": ANA}}


def test_events_are_sent_from_standard_input_in_calls_of_25_and_a_refused_one_ends_with_4(terminal):
    terminal.typed = [json.dumps({**EVENT, "id": f"v{number}"}) for number in range(30)]
    assert terminal.run("send-event").count("taken") == 30
    assert [each for each in terminal.calls if each[1] == "/api/crm/events"] == [("POST", "/api/crm/events")] * 2
    terminal.typed = [json.dumps([EVENT, {**EVENT, "data": {"email": "nobody"}}])]
    said = terminal.run("send-event", "-", code=4)
    assert "repeated" in said
    assert "this is no e-mail address" in said


def test_one_event_may_be_typed(terminal):
    data = json.dumps({"email": ANA, "url": "https://example.com"})
    (sent,) = terminal.json("send-event", "--type", "link_clicked", "--data", data, "--at", "2026-11-21T10:00:00Z")
    assert (sent["result"], len(sent["records"])) == ("taken", 2)


@pytest.mark.parametrize("typed", ["", "{", "[]"])
def test_what_is_no_event_is_not_sent(terminal, typed):
    terminal.typed = [typed]
    terminal.run("send-event", code=2)
    assert terminal.calls == []


def test_a_static_token_is_read_from_standard_input_and_never_shown(terminal):
    token = terminal.rehearsal.credentials["hubspot"]["private_app_token"]
    terminal.typed = [token]
    shown = terminal.run("connect", "hubspot", "--token")
    assert "active" in shown
    assert token not in shown + terminal.said


def test_a_user_whom_the_deployment_signs_for_is_connected_without_a_page(terminal):
    username = terminal.rehearsal.credentials["salesforce"]["username"]
    policy = {"permitted_users": "admin_approved", "preauthorised_users": [username]}
    terminal.rehearsal.control("salesforce", "settings", policy)
    shown = terminal.run("connect", "salesforce", "--username", username)
    assert "active" in shown
    assert "open this page" not in shown + terminal.said


def test_without_a_code_it_says_how_to_go_on(terminal):
    terminal.run("connect", "salesforce", code=2)
    said = terminal.said
    (one,) = terminal.json("integrations")
    assert f"crmbridge connect salesforce --integration {one['id']}" in said


def test_a_reader_who_has_enough_ends_it_quietly(both, monkeypatch):
    terminal, *_ = both
    ended: list[int] = []

    class Closed(io.StringIO):
        def write(self, text, /):
            raise BrokenPipeError

    monkeypatch.setattr("os.dup2", lambda one, other: ended.append(other))
    monkeypatch.setattr("sys.stdout", type("Out", (), {"fileno": lambda self: 1})())
    assert main(["integrations"], transport=terminal, write=Closed(), progress=io.StringIO()) == 0
    assert ended == [1]


# ------------------------------------------------------------------------------------------------ syncing


def test_a_run_is_watched_to_its_end(both):
    terminal, hub, sf = both
    HubSpotPerson(terminal.rehearsal).fill(contacts=[{"email": "bo@example.com", "lastname": "Lund"}])
    shown = terminal.run("sync", "--watch")
    assert {line.split()[0] for line in shown.splitlines()[1:]} == {hub, sf}
    assert {line.split()[2] for line in shown.splitlines()[1:]} == {"done"}
    assert "running" in terminal.said
    assert "contact 1 seen" in terminal.said


def test_a_comparison_is_reported(both):
    terminal, hub, _ = both
    assert terminal.run("report", hub) == ""
    assert f"crmbridge sync --compare --watch {hub}" in terminal.said
    (run,) = terminal.json("sync", hub, "--compare", "--budget", "0", "--watch")
    assert (run["mode"], run["status"]) == ("comparison", "done")
    rows = {each["entity"]: each for each in terminal.json("report", hub)}
    assert (rows["contact"]["there"], rows["contact"]["parity_percent"]) == (1, "100.00")
    assert "parity %" in terminal.run("report", hub, "--entity", "contact")


def test_without_waiting_it_ends_at_once(both):
    terminal, hub, _ = both
    assert [each["status"] for each in terminal.json("sync", hub)] == ["running"]


def test_nothing_to_read_is_said_so(terminal):
    assert terminal.run("sync") == ""
    assert "nothing to read" in terminal.said


# ------------------------------------------------------------------------------------------------ deciding


@pytest.fixture
def conflict(both) -> tuple[Terminal, str, str]:
    terminal, hub, sf = both
    rehearsal = terminal.rehearsal
    for key in (hub, sf):
        change_integration(rehearsal.hub, load_integration(rehearsal.hub, "acme", key), policy="manual")
    hubspot, salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
    hubspot.act("update", "contacts", hubspot.contact(ANA)["id"], properties={"city": "Olinda"})
    salesforce.act("update", salesforce.contact(ANA)["Id"], fields={"MailingCity": "Natal"})
    rehearsal.settle()
    rehearsal.sync()
    (open_one,) = terminal.json("conflicts")
    return terminal, hub, open_one["record_id"]


def test_a_conflict_is_shown_with_both_sides_and_decided(conflict):
    terminal, hub, record_id = conflict
    shown = terminal.run("conflicts")
    assert all(word in shown for word in (record_id, "city", "Olinda", "Natal", hub))
    assert terminal.json("conflicts", record_id, "--kind", "double") == []
    terminal.run("resolve", record_id, "--field", "city", "--side", hub)
    terminal.rehearsal.settle()
    assert SalesforcePerson(terminal.rehearsal).contact(ANA)["MailingCity"] == "Olinda"
    assert terminal.run("conflicts") == ""
    assert terminal.said == "nothing is open\n"


@pytest.mark.parametrize(("value", "city"), [("Caruaru", "Caruaru"), ("null", None)])
def test_a_conflict_is_decided_by_another_value(conflict, value, city):
    terminal, _, record_id = conflict
    terminal.run("resolve", record_id, "--field", "city", "--value", value)
    terminal.rehearsal.settle()
    assert SalesforcePerson(terminal.rehearsal).contact(ANA)["MailingCity"] == city


@pytest.mark.parametrize("words", [["--side", "x"], ["--apart", "--field", "city"], ["--field", "city", "--into", "x"]])
def test_a_decision_that_is_none_is_refused_before_it_is_sent(conflict, words):
    terminal, _, record_id = conflict
    terminal.calls.clear()
    terminal.run("resolve", record_id, *words, code=2)
    assert terminal.calls == []


def test_a_refusal_says_what_to_do_and_ends_with_1(conflict):
    terminal, _, record_id = conflict
    terminal.run("resolve", record_id, "--apart", code=1)
    assert terminal.said == "crmbridge: the record is in no doubt (record_id)\n  list the conflicts\n"
    viewer = Terminal(terminal.rehearsal, "viewer")
    viewer.run("resolve", record_id, "--field", "city", "--value", "x", code=1)
    assert "this needs the role operator" in viewer.said


# ------------------------------------------------------------------------------------------------ explaining


def test_a_record_is_explained_by_source_time_place_and_history(both):
    terminal, hub, sf = both
    salesforce = SalesforcePerson(terminal.rehearsal)
    salesforce.act("update", salesforce.contact(ANA)["Id"], fields={"Title": "CTO"})
    terminal.rehearsal.settle()
    terminal.rehearsal.sync()
    external_id = HubSpotPerson(terminal.rehearsal).contact(ANA)["id"]
    shown = terminal.run("explain", f"{hub}/contact/{external_id}")
    lines = {line.split()[0]: line for line in shown.splitlines() if line}
    assert "hubspot" in lines["email"]
    assert "salesforce" in lines["job_title"]
    assert external_id in lines["hubspot"]
    assert "written" in lines["hubspot"]
    assert re.search(r"changed +salesforce +job_title: - → CTO", shown)
    record_id = lines["con_" + shown.split("con_")[1].split(",")[0] + ","].split(",")[0]
    (all_of_it,) = terminal.json("explain", record_id)
    assert all_of_it["record"]["fields"]["job_title"] == "CTO"
    assert {each["integrationId"] for each in all_of_it["crms"]} == {hub, sf}


def test_what_a_crm_was_not_told_yet_and_what_is_in_conflict_is_noted(conflict):
    terminal, _, record_id = conflict
    assert f"in conflict: crmbridge conflicts {record_id}" in terminal.run("explain", record_id)
    terminal.run("resolve", record_id, "--field", "city", "--value", "Caruaru")
    assert "hubspot last agreed to Olinda" in terminal.run("explain", record_id)


def test_an_unknown_record_ends_with_1(both):
    terminal, hub, _ = both
    for name in ("con_nobody", f"{hub}/contact/999"):
        terminal.run("explain", name, code=1)
    terminal.run("explain", f"{hub}/contact", code=2)


# ------------------------------------------------------------------------------------------------ the terminal itself


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*([command] if command else []), "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "usage: crmbridge" in shown
    assert all(each in shown for each in ([] if command else COMMANDS))


@pytest.mark.parametrize("words", [[], ["dance"], ["resolve"], ["sync", "--full", "--compare"], ["explain"]])
def test_what_is_wrongly_typed_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: crmbridge" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["CRMBRIDGE_URL", "CRMBRIDGE_TOKEN"])
def test_without_url_or_token_it_says_which(terminal, monkeypatch, missing):
    monkeypatch.delenv(missing)
    terminal.run("integrations", code=2)
    assert missing in terminal.said


class Broken(httpx.BaseTransport):
    """A network that fails some times, and then answers."""

    def __init__(self, *answers: httpx.Response | None) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.keys.append(request.headers.get("idempotency-key", ""))
        answer = self.answers.pop(0)
        if answer is None:
            raise httpx.ConnectError("nobody there", request=request)
        return answer


def ended(broken: Broken, *words: str) -> tuple[int, str]:
    err = io.StringIO()
    code = main(words, transport=broken, write=io.StringIO(), progress=err)
    return code, err.getvalue()


@pytest.mark.usefixtures("terminal")
class TestNetwork:
    def test_a_lost_answer_is_asked_for_again_with_the_same_key(self):
        broken = Broken(None, None, httpx.Response(202, json={"items": []}))
        assert ended(broken, "sync")[0] == 0
        assert len(set(broken.keys)) == 1
        assert broken.keys[0]

    def test_a_network_that_stays_away_ends_with_3(self):
        code, said = ended(Broken(None, None, None), "integrations")
        assert (code, "nobody there" in said) == (3, True)

    @pytest.mark.parametrize("answer", [httpx.Response(200, text="<html>"), httpx.Response(502, text="oops")])
    def test_what_is_no_api_ends_with_3(self, answer):
        code, said = ended(Broken(answer), "integrations")
        assert (code, "is this the URL of a deployment?" in said) == (3, True)

    def test_a_stale_token_ends_with_1_and_says_so(self):
        code, said = ended(Broken(httpx.Response(401, json={"message": "Unauthorized"})), "integrations")
        assert (code, "CRMBRIDGE_TOKEN" in said) == (1, True)
