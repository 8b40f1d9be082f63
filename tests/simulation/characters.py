"""What kinds of CRM the simulator knows, and the few fields they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from crmbridge.domain.declaration import Connector, Limits, Supports
from crmbridge.domain.records import Entity

Telling: TypeAlias = Literal["bare", "timed", "authored", "silent"]
"""What a webhook says beside the id: nothing, the time, time and author; or there are no webhooks at all."""

ENTITIES: tuple[Entity, ...] = ("company", "contact", "deal")

FIELDS: Mapping[Entity, tuple[str, ...]] = {
    "company": ("name", "domain", "city", "industry"),
    "contact": ("email", "last_name", "phone", "city", "job_title", "company"),
    "deal": ("title", "amount", "description", "company", "contacts"),
}
"""Enough for every rule of the engine to be needed, and few, so that a second holds many stories."""

LAG_S = 60
"""What the declarations promise; no character lags more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What kind of CRM this is.

    Attributes:
        upserts: writes through our own unique field can be repeated.
        answers_values: writes answer the stored values.
        answers_written: writes answer those values only that were written.
        seconds_only: modified times have whole seconds.
        lag_s: seconds until a change shows up in listings and searches; until then they show the row as it was.
        unique_email: two contacts with one e-mail address are refused.
        unique_id: a second record with one of our own ids is refused.
        upper_case_titles: rewrites job titles, as vendors rewrite what they are sent.
        truncates: longest text kept, or ``None``.
        lists: a field that takes only words of the account's own list; its connector leaves others out.
        spells: writes "and" as "&" wherever it stands, which its connector knows nothing of.
        field_times: tells the time of each field.
        tells: what its webhooks say.
        refuses_batches: refuses a whole batch for one bad row, without naming it.
        bulk: prepares first reads, and creates many rows by itself.
    """

    name: str
    upserts: bool
    answers_values: bool
    answers_written: bool = False
    seconds_only: bool = False
    lag_s: int = 0
    unique_email: bool = False
    unique_id: bool = False
    upper_case_titles: bool = False
    truncates: int | None = None
    lists: str = ""
    spells: bool = False
    field_times: bool = True
    tells: Telling = "bare"
    refuses_batches: bool = False
    bulk: bool = False


CHARACTERS: Mapping[str, Character] = {
    each.name: each
    for each in (
        Character(
            name="alpha", upserts=False, answers_values=True, answers_written=True, unique_email=True, lists="industry",
            tells="authored",
        ),
        Character(
            name="bravo", upserts=True, answers_values=False, seconds_only=True, truncates=24, tells="authored",
            bulk=True,
        ),
        Character(
            name="chary", upserts=False, answers_values=True, lag_s=45, upper_case_titles=True, unique_id=True
        ),
        Character(
            name="delta", upserts=False, answers_values=False, field_times=False, tells="timed", refuses_batches=True,
            spells=True,
        ),
        Character(
            name="ember", upserts=True, answers_values=True, seconds_only=True, lag_s=30, field_times=False,
            tells="silent",
        ),
        Character(name="fjord", upserts=False, answers_values=True, lag_s=20, tells="timed"),
    )
}  # fmt: skip


def declaration(character: Character) -> Connector:
    """Return what a connector of such a CRM declares."""
    return Connector(
        name=character.name,
        label=character.name.title(),
        api_version="1",
        api_version_ends_on=date(2030, 1, 1),
        base_url="https://example.test",
        docs_url="https://example.test/docs",
        external_id_field="bridge_id",
        supports=Supports(
            entities=ENTITIES,
            fields=FIELDS,
            auth=("token",),
            upsert=character.upserts,
            creates_by_upsert=character.upserts,
            answers_values=character.answers_values,
            webhooks=character.tells != "silent",
            webhook_signature=True,
            reports_deletions=True,
            reports_merges=True,
            custom_fields=True,
            exports=ENTITIES if character.bulk else (),
            loads=ENTITIES if character.bulk else (),
        ),
        limits=Limits(
            read_batch=4,
            write_batch=4,
            find_batch=4,
            list_page=3,
            lag_s=LAG_S,
            time_step_ms=1000 if character.seconds_only else 1,
            load_min=1,
            load_max=5,
            find_lag_s=dict.fromkeys(ENTITIES, character.lag_s),
        ),
    )
