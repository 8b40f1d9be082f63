"""What an organisation calls things, read once and kept for the life of the client."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.connectors.zoho.client.calls import Calls, settings, stuck
from crmbridge.connectors.zoho.client.errors import Row, rows_of
from crmbridge.connectors.zoho.mapping import (
    NOTES,
    Choice,
    Lexicon,
    Place,
    Schema,
    deal_stages,
    lead_statuses,
    schema_of,
    zone_of,
)
from crmbridge.connectors.zoho.mapping.notes import SCHEMA
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import RetriableProviderError
from crmbridge.ports import Owner

_PAGES_MAX = 1_000
_ACTIVE = "active"


class Catalogue:
    """Reads the organisation, its people, fields, stages and roles when they are first needed."""

    def __init__(
        self, calls: Calls, overrides: Mapping[str, Mapping[str, str]], custom: tuple[CustomField, ...]
    ) -> None:
        self._calls = calls
        self._overrides = overrides
        self._custom = custom
        self._org: Row | None = None
        self._owners: tuple[Owner, ...] | None = None
        self._schemas: dict[str, Schema] = {}
        self._choices: tuple[tuple[Choice, ...], bool] | None = None
        self._lexicons: dict[tuple[str, bool], Lexicon] = {}
        self._role_id = ""
        self._strangers: set[str] = set()

    def org(self) -> Row:
        """Return which organisation this is.

        Raises:
            RetriableProviderError: Zoho does not say.
        """
        if self._org is None:
            rows = self._calls.get("/org", "org").rows
            if not rows:
                raise RetriableProviderError("Zoho does not say which organisation this is", provider="zoho")
            self._org = rows[0]
        return self._org

    def owners(self) -> tuple[Owner, ...]:
        """Return everybody, those who have left included.

        Raises:
            FatalProviderError: the listing does not end.
        """
        if self._owners is None:
            found: list[Owner] = []
            for page in range(1, _PAGES_MAX):
                told = self._calls.get("/users", "users", {"type": "AllUsers", "page": page, "per_page": 200})
                found += [_owner(each) for each in told.rows]
                if not told.has_more:
                    break
            else:
                raise stuck("users")
            self._owners = tuple(found)
        return self._owners

    def schema(self, module: str) -> Schema:
        """Return a module's fields; those of notes are known, and none can be added."""
        if module == NOTES.module:
            return SCHEMA
        if module not in self._schemas:
            rows = self._calls.get(settings("fields"), "fields", {"module": module}).rows
            self._schemas[module] = schema_of(rows)
        return self._schemas[module]

    def choices(self) -> tuple[tuple[Choice, ...], bool]:
        """Return the deal stages, pipeline by pipeline, and whether deals have pipelines."""
        if self._choices is None:
            shape = self.schema("Deals").shapes.get("Stage")
            options = {str(each.get("actual_value") or ""): each for each in (shape.raw_options if shape else ())}
            pipelines = self._pipelines()
            found = [
                _choice({**options.get(str(each.get("actual_value") or ""), {}), **each}, pipeline)
                for pipeline in pipelines
                for each in sorted(_maps(pipeline), key=_sequence)
            ]
            self._choices = (
                tuple(found) or tuple(_choice(each, {}) for each in options.values()),
                bool(pipelines),
            )
        return self._choices

    def lexicon(self, place: Place, *, with_owners: bool = True) -> Lexicon:
        """Return the organisation's vocabulary for one module.

        Args:
            with_owners: read the people too; without them no owner can be told.
        """
        key = place.module, with_owners or self._owners is not None
        if key not in self._lexicons:
            people = [each for each in (self.owners() if key[1] else ()) if each.email]
            has_zone = place.activity == "task"
            choices, has_pipelines = self.choices() if place.module == "Deals" else ((), False)
            self._lexicons[key] = Lexicon(
                schema=self.schema(place.module),
                zone=zone_of(str(self.org().get("time_zone") or "") if has_zone else ""),
                owner_emails={each.owner_id: each.email for each in people},
                owner_ids={each.email: each.owner_id for each in people if each.is_active},
                stages=deal_stages(choices, self._overrides.get("stages", {}))
                if place.module == "Deals"
                else lead_statuses(self._statuses(place), self._overrides.get("lead_status", {})),
                has_pipelines=has_pipelines,
                custom=tuple(each for each in self._custom if each.entity == place.entity),
            )
        return self._lexicons[key]

    def role_id(self) -> str:
        """Return the first contact role: a contact of a deal must have one."""
        if not self._role_id:
            rows = self._calls.get("/contacts/roles", "contact_roles").rows
            self._role_id = str(rows[0].get("id") or "") if rows else ""
        return self._role_id

    def forget(self) -> None:
        """Read everything again when it is next needed: the organisation's definitions have changed."""
        self._owners = self._choices = None
        self._schemas.clear()
        self._lexicons.clear()

    def _statuses(self, place: Place) -> tuple[Choice, ...]:
        shape = self.schema(place.module).shapes.get("Lead_Status") if place.module == "Leads" else None
        if shape is None:
            return ()
        return tuple(
            Choice(stored=stored, shown=shown) for shown, stored in shape.options.items() if stored != "-None-"
        )

    def _pipelines(self) -> list[Row]:
        layouts = self._calls.get(settings("layouts"), "layouts", {"module": "Deals"}).rows
        active = [each for each in layouts if each.get("status", _ACTIVE) == _ACTIVE]
        found: list[Row] = []
        for each in active:
            found += self._calls.get(settings("pipeline"), "pipeline", {"layout_id": str(each.get("id"))}).rows
        return sorted(found, key=lambda each: not each.get("default"))


def _owner(row: Row) -> Owner:
    names = " ".join(str(each) for each in (row.get("first_name"), row.get("last_name")) if each)
    return Owner(
        owner_id=str(row.get("id") or ""),
        email=str(row.get("email") or "").strip().lower(),
        name=str(row.get("full_name") or names),
        is_active=row.get("status") == _ACTIVE,
    )


def _maps(pipeline: Row) -> list[Row]:
    return [each for each in rows_of(pipeline, "maps") if each.get("actual_value")]


def _sequence(row: Row) -> int:
    told = row.get("sequence_number")
    return told if isinstance(told, int) else 0


def _choice(row: Row, pipeline: Row) -> Choice:
    probability = row.get("probability")
    return Choice(
        stored=str(row.get("actual_value") or ""),
        shown=str(row.get("display_value") or ""),
        probability=probability if isinstance(probability, int) else 0,
        forecast=str(row.get("forecast_type") or "Open"),
        pipeline=str(pipeline.get("display_value") or ""),
        pipeline_id=str(pipeline.get("id") or ""),
    )
