"""History whose time is over goes to the archive, can be read there, and ends with the person it is about."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from crmbridge.adapters.aws.archive import S3Archive
from crmbridge.adapters.aws.documents import _text
from crmbridge.ports import Document
from crmbridge.runtime import archiving
from crmbridge.services._chronicle import HISTORY_S
from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import Context, Rehearsal
from tests.functional.test_command_line import Terminal

CANARY = "Rua Canary 9"


class Vault:
    """A deployment with one person's history, and a bucket."""

    def __init__(self, rehearsal: Rehearsal, client: Any) -> None:
        self.rehearsal, self.client = rehearsal, client
        self.hubspot = HubSpotPerson(rehearsal)
        self.hubspot.fill(contacts=[{"email": "ana@example.com", "lastname": "Prado", "address": CANARY}])
        rehearsal.connect("hubspot")
        rehearsal.sync()
        self.hubspot.act("update", "contacts", self.hubspot.rows("contacts")[0]["id"], properties={"city": "Natal"})
        rehearsal.settle()
        (self.record,) = rehearsal.records.list_records("acme", "contact", cursor=None, limit=5).items
        self.lines = rehearsal.documents.query(f"acme#JOURNAL#{self.record.record_id}")

    def expire(self, *, by: str = "dynamodb.amazonaws.com") -> None:
        """Let the table remove every line, as its stream tells."""
        entries = [
            {
                "eventName": "REMOVE",
                "userIdentity": {"type": "Service", "principalId": by},
                "dynamodb": {"OldImage": _image(each)},
            }
            for each in self.lines
        ]
        self.rehearsal.handlers["archive_history"]({"Records": entries}, Context())

    def objects(self) -> dict[str, str]:
        names = [each["Key"] for each in self.client.list_objects_v2(Bucket="archive").get("Contents", [])]
        return {
            name: gzip.decompress(self.client.get_object(Bucket="archive", Key=name)["Body"].read()).decode()
            for name in names
        }

    def read(self, **claims: str) -> tuple[int, dict[str, Any]]:
        path = f"/api/crm/records/{self.record.record_id}/archived-history"
        return self.rehearsal.call("GET", path, claims={"workspace": "acme", "role": "viewer", **claims})


def _image(document: Document) -> dict[str, Any]:
    return {
        "pk": {"S": document.pk},
        "sk": {"S": document.sk},
        "body": {"S": _text(document)},
        "version": {"N": "1"},
        "line": {"BOOL": True},
        "expires_at": {"N": str(document.expires_at)},
    }


@pytest.fixture
def vault(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch):
    with mock_aws():
        client = boto3.session.Session(region_name="eu-central-1").client("s3")
        client.create_bucket(Bucket="archive", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        archive = S3Archive(client, "archive")
        monkeypatch.setattr(archiving, "archive_port", lambda: archive)
        yield Vault(rehearsal, client)


def test_a_line_of_history_ends_four_hundred_days_after_its_change(vault):
    for each in vault.lines:
        assert each.expires_at is not None
        assert -1 <= each.expires_at - HISTORY_S - vault.record.created_at.timestamp() < 3600


def test_lines_are_archived_by_workspace_and_day_and_read_back_as_they_were(vault):
    vault.expire()
    (name,) = vault.objects()
    day = vault.lines[0].body["at"][:10]
    assert name.startswith(f"journal/workspace=acme/date={day}/")
    status, shown = vault.read()
    assert status == 200
    assert shown["items"] == [dict(each.body) for each in reversed(vault.lines)]


def test_lines_told_twice_are_read_once(vault):
    vault.expire()
    vault.expire()
    vault.lines = vault.lines[:1]
    vault.expire()
    assert len(vault.objects()) == 2
    items = vault.read()[1]["items"]
    assert len(items) == len({each["rev"] for each in items}) > 1


def test_who_and_when_stand_open_in_the_archive_and_values_do_not(vault):
    vault.expire()
    (text,) = vault.objects().values()
    line = json.loads(text.splitlines()[0])
    assert (line["kind"], line["rev"], line["id"]) == ("imported", 1, f"{vault.record.record_id}#0000000001")
    assert CANARY not in text
    assert "Prado" not in text


def test_what_people_removed_is_not_archived(vault):
    vault.expire(by="somebody")
    assert vault.objects() == {}


def test_forgetting_the_person_makes_the_archive_unreadable_in_every_version(vault):
    vault.expire()
    before = vault.objects()
    vault.rehearsal.call("POST", "/api/crm/erasures", {"recordId": vault.record.record_id})
    vault.rehearsal.settle()
    assert vault.objects() == before
    assert vault.rehearsal.documents.get("acme#ARCHIVED", vault.record.record_id) is None
    assert vault.read()[1]["items"] == []


def test_another_workspace_reads_nothing(vault):
    vault.expire()
    assert vault.read(workspace="rival")[0] == 404


def test_the_command_line_reads_the_archive(vault, monkeypatch):
    monkeypatch.setenv("CRMBRIDGE_URL", "https://bridge.test")
    monkeypatch.setenv("CRMBRIDGE_TOKEN", "a-token")
    terminal = Terminal(vault.rehearsal)
    assert terminal.run("history", vault.record.record_id, "--archived").count("\n") == 1
    vault.expire()
    assert "city" in terminal.run("history", vault.record.record_id, "--archived")
    assert "city" in terminal.run("history", vault.record.record_id)


def test_the_sample_is_archived(vault):
    sample = Path(__file__).parents[2] / "events/archive_history.json"
    vault.rehearsal.handlers["archive_history"](json.loads(sample.read_text(encoding="utf-8")), Context())
    (name,) = vault.objects()
    assert name.startswith("journal/workspace=acme/date=2026-11-21/")
