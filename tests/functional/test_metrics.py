"""What alarms and the dashboard listen to is really said by a function, and what is said is explained."""

from __future__ import annotations

import ast
import fnmatch
import io
import json
import re
import sys
from collections.abc import Iterator
from typing import cast

import pytest

from crmbridge.runtime import telemetry, workers
from crmbridge.runtime.outcomes import BUG, OUTCOMES
from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Context, Rehearsal
from tests.house import template
from tests.house.tree import LIBRARY, ROOT, parsed

RUNBOOK = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
ALARMS = template.resources("AWS::CloudWatch::Alarm")


def _pascal(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


def _of_ours() -> dict[tuple[str, str], str]:
    """Return (metric, provider) that an alarm or the dashboard listens to, and who does."""
    found = {
        (alarm["MetricName"], alarm["Dimensions"][0]["Value"]): name
        for name, alarm in ((name, each["Properties"]) for name, each in ALARMS.items())
        if alarm["Namespace"] == "CrmBridge"
    }
    (dashboard,) = template.resources("AWS::CloudWatch::Dashboard").values()
    body = json.loads(re.sub(r"\$\{[^}]+\}", "x", dashboard["Properties"]["DashboardBody"]["Fn::Sub"]))
    for widget in body["widgets"]:
        for metric in widget["properties"]["metrics"]:
            if metric[0] == "CrmBridge":
                assert (metric[2], metric[4:6]) == ("provider", ["service", "crm-bridge"])
                found[metric[1], metric[3]] = "dashboard"
    return found


def _said(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if '"_aws"' in line:
            said = json.loads(line)
            for metrics in said["_aws"]["CloudWatchMetrics"]:
                assert metrics["Dimensions"] == [["provider", "service"]]
                yield from ((each["Name"], said["provider"]) for each in metrics["Metrics"])


@pytest.fixture
def said(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch):
    """Two CRMs with people in them: an edit, refusals, a broken row, quotas, a dead grant."""
    telemetry.logger()  # which keeps the stream that it was made with
    telemetry.metrics.cache_clear()
    telemetry.calls.cache_clear()
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    hubspot, salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
    hubspot.fill(contacts=[{"email": "ana@example.com", "lastname": "Prado"}])
    same = {"LastName": "One", "Email": "same@example.com"}
    salesforce.fill(Contact=[same, {**same, "LastName": "Two"}])
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    fault = {"match": {"path": "/services/data"}, "kind": "status", "status": 429, "count": 1}
    rehearsal.control("salesforce", "faults", [fault])
    hubspot.act("update", "contacts", hubspot.contact("ana@example.com")["id"], properties={"city": "Natal"})
    rehearsal.settle()
    salesforce.act("update", salesforce.contact("ana@example.com")["Id"], fields={"MailingCity": "Olinda"})
    hubspot.act("update", "contacts", hubspot.contact("ana@example.com")["id"], properties={"city": "Lyon"})
    rehearsal.sync()
    rehearsal.control("salesforce", "tokens", {"action": "revoke"})
    hubspot.act("update", "contacts", hubspot.contact("ana@example.com")["id"], properties={"jobtitle": "CFO"})
    rehearsal.sync()
    _tell_what_takes_hours(rehearsal, monkeypatch)
    return set(_said(written.getvalue()))


def _tell_what_takes_hours(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let handlers report what needs hours of trouble to happen; what leads there has tests of its own."""
    from crmbridge.services._pushed import Pushed
    from crmbridge.services._runs import Run, RunStatus
    from crmbridge.services.push_changes import PushReport

    counts = {"contact": {"repaired": 1, "left": 1, "invisible": 1, "quarantined": 1}}
    steps = iter(cast("list[RunStatus]", ["failed", "stalled", "done"]))

    def ran(hub, step, **_):
        now, status = rehearsal.now(), next(steps)
        return Run("acme", step.integration_id, "run_1", "comparison", status, now, now, (), "verify", counts=counts)

    monkeypatch.setattr(workers, "run_sync_batch", ran)
    monkeypatch.setattr(workers, "used_percent", lambda *_: 42)
    monkeypatch.setattr(workers, "push_changes", lambda *_, **__: PushReport(Pushed(braked=1)))
    first, *_ = rehearsal.documents.query("acme#INTEGRATION")
    step = {"workspace_id": "acme", "integration_id": first.sk, "run_id": "run_1"}
    ticket = {"workspace_id": "acme", "integration_id": first.sk, "entity": "contact"}
    for _ in range(3):
        message = {"messageId": "1", "body": json.dumps(step)}
        assert rehearsal.handlers["run_sync_batch"]({"Records": [message]}, Context())["batchItemFailures"] == []
    message = {"messageId": "1", "body": json.dumps(ticket)}
    rehearsal.handlers["push_changes"]({"Records": [message]}, Context())


def test_what_alarms_and_the_dashboard_listen_to_is_said_by_a_function(said):
    names = {name for name, _ in said}
    missing = {metric: who for (metric, _), who in _of_ours().items() if metric not in names}
    assert not missing
    ringing = {(metric, provider) for (metric, provider), who in _of_ours().items() if who != "dashboard"}
    assert ringing <= said
    assert {provider for name, provider in said if name == "CrmLatency"} == {"hubspot", "salesforce"}


def test_an_error_of_a_crm_is_counted_by_its_kind(said):
    for name in ("CrmCalls", "CrmCallsFailed", "RateLimited", "Unauthorized", "AuthorizationsRefused"):
        assert (name, "salesforce") in said, name


def _counted() -> set[str]:
    """Return every metric that the library can say."""
    found = {each.metric for _, each in OUTCOMES} | {BUG.metric, *telemetry.CALLS, "crm_latency"}
    for path in (LIBRARY / "runtime").rglob("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count":
                found |= {each.arg for each in node.keywords if each.arg}
    return {_pascal(each) for each in found}


def test_every_metric_is_explained_in_the_runbook_and_no_other():
    table = RUNBOOK.partition("## Metrics")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([A-Z][A-Za-z]+)`", table)) - {"CrmBridge"}
    assert sorted(_counted() - told) == []
    assert sorted(told - _counted()) == []


def _sections() -> list[str]:
    part = RUNBOOK.partition("## When an alarm rings")[2].partition("\n## ")[0]
    return [name.strip() for heading in re.findall(r"^### (.+)$", part, re.MULTILINE) for name in heading.split(",")]


@pytest.mark.parametrize("alarm", sorted(ALARMS))
def test_every_alarm_has_its_section_in_the_runbook(alarm):
    name = ALARMS[alarm]["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
    assert any(fnmatch.fnmatch(name, each) for each in _sections()), f"docs/operating.md does not tell of {name}"


def test_every_section_is_of_an_alarm_that_exists():
    names = [each["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-") for each in ALARMS.values()]
    assert [each for each in _sections() if not fnmatch.filter(names, each)] == []


@pytest.mark.parametrize("queue", ["ChangesQueue", "SyncQueue", "PushQueue", "WakeQueue"])
def test_the_oldest_message_of_a_queue_rings(queue):
    ages = [
        each["Properties"]
        for each in ALARMS.values()
        if each["Properties"]["MetricName"] == "ApproximateAgeOfOldestMessage"
        and queue in template.referred(each["Properties"]["Dimensions"])
    ]
    assert len(ages) == 1
