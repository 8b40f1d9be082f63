"""Everything one Salesflare team stores."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox._clock import Clock
from sandbox._settings import Settings
from sandbox.salesflare.errors import not_found
from sandbox.salesflare.options import Options

JsonObject = dict[str, Any]
Table = dict[int, JsonObject]

TABLES = ("accounts", "contacts", "opportunities", "tasks", "meetings", "messages", "tags")
TIME_ZONE = "America/New_York"
_FIRST_IDS = {
    "accounts": 13_400_001,
    "persons": 276_600_001,
    "opportunities": 2_050_001,
    "tasks": 48_200_001,
    "meetings": 91_300_001,
    "messages": 7_700_001,
    "tags": 640_001,
    "customfields": 88_001,
    "parts": 106_530_001,
}
"""Where each sequence begins; people of the team and contacts share one."""

_STAGES = (("Lead", 10, None), ("Contacted", 25, None), ("Qualified", 50, None), ("Proposal made", 75, None))
_ENDS = (("Won", 100, 1), ("Lost", 0, 2))
"""Stages of a new team's pipeline: name, probability, fixed stage. Won is 1 as recorded; Lost is a guess."""

CURRENCY: JsonObject = {"id": 1, "iso": "USD", "html": "&#36;"}


def stamp_of(moment: datetime) -> str:
    """Return a time as the vendor writes it: whole seconds with three zeros behind."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def day_of(text: str) -> str:
    """Return the calendar day of a date or moment in the team's time zone."""
    if len(text) == len("YYYY-MM-DD"):
        return text
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(TIME_ZONE)).date().isoformat()


def _pipeline(number: int, name: str, *, default: bool) -> JsonObject:
    rows = [*_STAGES, *_ENDS]
    stages = [
        {
            "id": 488_700 + number * 10 + place,
            "name": label,
            "color": "153,204,0",
            "order": place,
            "probability": probability,
            "fixed_stage": fixed,
            "days_until_account_inactive": 30,
        }
        for place, (label, probability, fixed) in enumerate(rows)
    ]
    return {
        "id": 76_840 + number,
        "team": 40_251,
        "name": name,
        "currency": CURRENCY,
        "follows_default_team_currency": True,
        "order": number,
        "stages": stages,
        "groups": [],
        "recurring": False,
        "default_pipeline": default,
        "archived": False,
        "creation_date": "2026-01-05T09:00:00.000Z",
        "modification_date": "2026-01-05T09:00:00.000Z",
    }


@dataclass
class Team:
    """One team: its people, definitions and records; rows hold ids where they refer to others.

    Attributes:
        fresh: (table, id) to the sandbox time in seconds of the last write, for the lagging index.
        by_email: ids of contacts that have or had an address.
    """

    settings: Settings
    clock: Clock
    options: Options = field(default_factory=Options)
    tables: dict[str, Table] = field(default_factory=lambda: {name: {} for name in TABLES})
    custom_fields: dict[str, Table] = field(
        default_factory=lambda: {name: {} for name in ("accounts", "contacts", "opportunities")}
    )
    users: Table = field(default_factory=dict[int, JsonObject])
    pipelines: list[JsonObject] = field(default_factory=lambda: [_pipeline(1, "Sales", default=True)])
    next_ids: dict[str, int] = field(default_factory=lambda: dict(_FIRST_IDS))
    fresh: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])
    by_email: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    revoked: bool = False

    def __post_init__(self) -> None:
        """Give the team its people: the key's owner first."""
        for name, disabled in (("Mia Horn", False), ("Otto Brandt", False), ("Gone Person", True)):
            first, _, last = name.partition(" ")
            user_id = self.new_id("persons")
            self.users[user_id] = {
                "id": user_id,
                "firstname": first,
                "lastname": last,
                "name": name,
                "email": f"{first.lower()}@salesflare-sandbox.test",
                "domain": "salesflare-sandbox.test",
                "type": "user",
                "disabled": disabled,
                "picture": None,
                "team": {"id": 40_251, "name": "Sandbox Team"},
                "creation_date": "2026-01-05T09:00:00.000Z",
                "modification_date": "2026-01-05T09:00:00.000Z",
            }

    @property
    def me(self) -> int:
        """Return the id of the key's owner."""
        return min(self.users)

    def new_id(self, sequence: str) -> int:
        """Return the next id of a sequence."""
        self.next_ids[sequence] += 1
        return self.next_ids[sequence] - 1

    def now(self) -> str:
        """Return the team's present time as rows show it."""
        return stamp_of(self.clock.now())

    def touch(self, table: str, row: JsonObject, *, by: int | None = None) -> None:
        """Note a write: modified time, author, and that the index lags."""
        row["modification_date"] = self.now()
        row["last_modified_by"] = by or self.me
        self.fresh[table, row["id"]] = self.clock.now_ms() / 1000

    def is_indexed(self, table: str, row_id: int) -> bool:
        """Tell whether searches see a row's present state."""
        written_s = self.fresh.get((table, row_id), 0.0)
        return self.clock.now_ms() / 1000 - written_s >= self.options.index_lag_s

    def row(self, table: str, row_id: int) -> JsonObject:
        """Return a row that is there.

        Raises:
            VendorError: 404.
        """
        row = self.tables[table].get(row_id)
        if row is None or row.get("gone"):
            raise not_found()
        return row

    def live(self, table: str) -> list[JsonObject]:
        """Return a table's rows, by id: that is the order in which they were made."""
        return [row for row in self.tables[table].values() if not row.get("gone")]

    def contact_of(self, email: str) -> int | None:
        """Return the id of a contact with an address, archived ones left out."""
        for contact_id in self.by_email.get(email, ()):
            row = self.tables["contacts"].get(contact_id, {})
            if row.get("email") == email and not row.get("gone") and not row.get("archived"):
                return contact_id
        return None

    def stage(self, stage_id: int) -> tuple[JsonObject, JsonObject] | None:
        """Return a stage's pipeline and the stage."""
        for pipeline in self.pipelines:
            for stage in pipeline["stages"]:
                if stage["id"] == stage_id:
                    return pipeline, stage
        return None

    def tag_id(self, name: str) -> int:
        """Return the id of a tag, made when it is new; names differ by more than their case."""
        for tag in self.live("tags"):
            if tag["name"].lower() == name.lower():
                return int(tag["id"])
        tag_id = self.new_id("tags")
        row = {"id": tag_id, "team": 40_251, "name": name, "automated": False, "creation_date": self.now()}
        self.tables["tags"][tag_id] = row
        self.touch("tags", row)
        return tag_id
