"""What a team calls things, read once and kept for the life of the client."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.salesflare import EXTERNAL_ID
from crmbridge.connectors.salesflare.client.calls import Calls
from crmbridge.connectors.salesflare.client.errors import is_missing
from crmbridge.connectors.salesflare.mapping.answers import Me, Pipeline, User
from crmbridge.connectors.salesflare.mapping.custom_definitions import definition_of, own_definition
from crmbridge.connectors.salesflare.mapping.definition_answers import Definition, FieldType, FilterField, Tag
from crmbridge.connectors.salesflare.mapping.lexicon import Lexicon
from crmbridge.connectors.salesflare.mapping.observing import Row, id_of
from crmbridge.connectors.salesflare.mapping.rule_types import ObjectRule
from crmbridge.connectors.salesflare.mapping.stages import stage_map_of
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError


class Catalogue:
    """Reads the team's people, pipelines, tags and fields when they are first needed."""

    def __init__(self, calls: Calls, context: ClientContext) -> None:
        self._calls = calls
        self._settings = context.settings
        self.wanted = context.custom_fields
        self._me: Me | None = None
        self._users: tuple[User, ...] | None = None
        self._pipelines: tuple[Pipeline, ...] | None = None
        self._tags: tuple[Tag, ...] | None = None
        self._definitions: dict[str, tuple[Definition, ...]] = {}
        self._filters: dict[str, tuple[FilterField, ...]] = {}
        self._lexicons: dict[tuple[Entity, bool], Lexicon] = {}
        self._unknown: set[tuple[str, int | None]] = set()

    def me(self) -> Me:
        """Return whose key it is."""
        if self._me is None:
            self._me = self._calls.one(Me, "/me")
        return self._me

    def users(self) -> tuple[User, ...]:
        """Return everybody of the team, disabled people included."""
        if self._users is None:
            query = [("onlyEnabled", "false"), ("order_by", "id")]
            self._users = self._calls.all_models(User, "/users", query)
        return self._users

    def pipelines(self) -> tuple[Pipeline, ...]:
        """Return the pipelines with their stages."""
        if self._pipelines is None:
            self._pipelines = self._calls.models(Pipeline, "/pipelines")
        return self._pipelines

    def tags(self) -> tuple[Tag, ...]:
        """Return the team's tags."""
        if self._tags is None:
            self._tags = self._calls.all_models(Tag, "/tags", [("order_by", "id")])
        return self._tags

    def types(self) -> tuple[FieldType, ...]:
        """Return the types a custom field can have."""
        return self._calls.models(FieldType, "/customfields/types")

    def definitions(self, rule: ObjectRule) -> tuple[Definition, ...]:
        """Return an object's custom fields."""
        if rule.path not in self._definitions:
            self._definitions[rule.path] = self._calls.models(Definition, f"/customfields/{rule.path}")
        return self._definitions[rule.path]

    def filters(self, names: Iterable[str]) -> tuple[FilterField, ...]:
        """Return what ``q`` can ask for; the first of some names that Salesflare knows tells.

        Which name stands for contacts is not published.
        """
        for name in names:
            if name not in self._filters:
                try:
                    self._filters[name] = self._calls.models(FilterField, f"/filterfields/{name}")
                except FatalProviderError as error:
                    if not is_missing(error) and error.status != 400:
                        raise
                    self._filters[name] = ()
            if self._filters[name]:
                return self._filters[name]
        return ()

    def lexicon(self, rule: ObjectRule, *, with_owners: bool = True, with_tags: bool = False) -> Lexicon:
        """Return the team's vocabulary for one entity.

        Args:
            with_owners: read the people too; without them no owner can be told.
            with_tags: read the tags too, so that new ones are spelt as the team spells them.
        """
        key = rule.entity, with_owners or self._users is not None
        if key not in self._lexicons:
            self._lexicons[key] = self._lexicon(rule, with_owners=key[1])
        found = self._lexicons[key]
        if not with_tags:
            return found
        tags = {each.name.strip().lower(): each.name.strip() for each in self.tags()}
        return replace(found, tags=tags)

    def _lexicon(self, rule: ObjectRule, *, with_owners: bool) -> Lexicon:
        people = [each for each in (self.users() if with_owners else ()) if each.email]
        definitions = self.definitions(rule)
        own = own_definition(EXTERNAL_ID, definitions)
        custom = {
            field.name: (field, definition)
            for field in self.wanted
            if field.entity == rule.entity and (definition := definition_of(field, definitions)) is not None
        }
        is_deal = rule.entity == "deal"
        return Lexicon(
            owner_emails={each.id: (each.email or "").strip().lower() for each in people},
            owner_ids={(each.email or "").strip().lower(): each.id for each in people if not each.disabled},
            stages=stage_map_of(self.pipelines() if is_deal else (), self._settings.get("stages")),
            external_id="" if own is None else own.api_field or own.name,
            no_company=self._settings.get("accounts", {}).get("without_company", ""),
            custom=custom,
        )

    def lexicon_for(self, rule: ObjectRule, rows: Iterable[Row]) -> Lexicon:
        """Return a vocabulary that knows the owners and stages of some rows.

        An owner or stage that nobody has heard of was made since: the lists are read again, once for each.
        """
        seen = {(key, _id(row, key)) for row in rows for key in ("owner", "stage") if _id(row, key) is not None}
        has_owners = any(key == "owner" for key, _ in seen) and rule.entity != "company"
        lexicon = self.lexicon(rule, with_owners=has_owners)
        known = {("owner", each) for each in lexicon.owner_emails} | {("stage", each) for each in lexicon.stages.keys}
        strangers = {each for each in seen if each[0] != "owner" or has_owners} - known - self._unknown
        if not strangers:
            return lexicon
        self._unknown |= strangers
        self._users = self._pipelines = None
        self._lexicons.clear()
        return self.lexicon(rule, with_owners=has_owners)

    def forget(self) -> None:
        """Read everything again when it is next needed: the team's definitions have changed."""
        self._users = self._pipelines = self._tags = None
        self._definitions.clear()
        self._filters.clear()
        self._lexicons.clear()


def _id(row: Row, key: str) -> int | None:
    try:
        return id_of(row.get(key))
    except ValueError:
        return None
