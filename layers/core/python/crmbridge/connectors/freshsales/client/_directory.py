"""What the account calls things, read once and kept for the life of the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crmbridge.connectors.freshsales import EXTERNAL_ID
from crmbridge.connectors.freshsales.client._api import Api
from crmbridge.connectors.freshsales.client._errors import PROVIDER
from crmbridge.connectors.freshsales.mapping.activity_types import People, types_of
from crmbridge.connectors.freshsales.mapping.held_customs import held_customs
from crmbridge.connectors.freshsales.mapping.lexicon import Lexicon, owner_maps
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule, Row
from crmbridge.connectors.freshsales.mapping.stages import stage_map_of
from crmbridge.connectors.freshsales.mapping.words import choices_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError

_OWNER = "owner_id"
_STAGE = "deal_stage_id"


class Directory:
    """Reads owners, lists, fields and views when they are first needed."""

    def __init__(
        self, api: Api, settings: Mapping[str, Mapping[str, str]], custom_fields: tuple[CustomField, ...]
    ) -> None:
        self._api, self._settings, self._customs = api, settings, custom_fields
        self._lists: dict[str, tuple[Row, ...]] = {}
        self._fields: dict[str, tuple[Row, ...]] = {}
        self._views: dict[str, dict[str, str]] = {}
        self._lexicons: dict[Entity, Lexicon] = {}
        self._strangers: set[str] = set()

    def owners(self) -> tuple[Row, ...]:
        """Return everybody who can own records."""
        return self._list("owners", "users")

    def pipelines(self) -> tuple[Row, ...]:
        """Return the deal pipelines."""
        return self._list("deal_pipelines")

    def stages(self) -> tuple[Row, ...]:
        """Return the stages of all pipelines."""
        return self._list("deal_stages")

    def people(self) -> People:
        """Return who owns activities, and which types of sales activity there are."""
        emails, ids = owner_maps(self.owners())
        return People(emails, ids, types_of(self._list("sales_activity_types")))

    def fields(self, plural: str) -> tuple[Row, ...]:
        """Return a module's fields as the settings describe them."""
        if plural not in self._fields:
            said = self._api.get(f"/settings/{plural}/fields", {"include": "field_group"})
            self._fields[plural] = self._api.rows(said, "fields")
        return self._fields[plural]

    def holds_our_id(self, plural: str) -> bool:
        """Tell whether people have made our own field."""
        return any(each.get("name") == EXTERNAL_ID for each in self.fields(plural))

    def view_id(self, rule: ModuleRule, name: str) -> str:
        """Return the id of a view in this account.

        Raises:
            FatalProviderError: the account, or our user, has no such view.
        """
        if rule.plural not in self._views:
            said = self._api.get(f"/{rule.plural}/filters")
            rows = self._api.rows(said, "filters")
            self._views[rule.plural] = {str(each.get("name")): str(each.get("id")) for each in reversed(rows)}
        found = self._views[rule.plural].get(name)
        if found is None:
            del self._views[rule.plural]
            raise FatalProviderError(
                f"there is no view {name!r} of {rule.plural}, or our user may not see it",
                provider=PROVIDER,
                code="NO_SUCH_VIEW",
            )
        return found

    def lexicon(self, rule: ModuleRule) -> Lexicon:
        """Return the account's vocabulary for one entity."""
        if rule.entity not in self._lexicons:
            emails, ids = owner_maps(self.owners())
            described = self.fields(rule.plural)
            is_deal = rule.entity == "deal"
            overrides = self._settings.get("stages")
            self._lexicons[rule.entity] = Lexicon(
                owner_emails=emails,
                owner_ids=ids,
                choices={
                    each.source: choices_of(each.source, self._list(each.source), self._settings.get(each.field))
                    for each in rule.fields
                    if each.source
                },
                stages=stage_map_of(self.pipelines(), self.stages(), overrides) if is_deal else stage_map_of((), ()),
                customs=held_customs((each for each in self._customs if each.entity == rule.entity), described),
                unwritable=frozenset(str(each.get("name")) for each in described if _is_closed(each)),
            )
        return self._lexicons[rule.entity]

    def lexicon_for(self, rule: ModuleRule, rows: Iterable[Row]) -> Lexicon:
        """Return a vocabulary that knows the owners and stages of some rows.

        An owner or stage that nobody has heard of was made since: the lists are read again, once for each.
        """
        lexicon = self.lexicon(rule)
        seen = [(str(row.get(_OWNER) or ""), str(row.get(_STAGE) or "")) for row in rows]
        strangers = {owner for owner, _ in seen if owner} - lexicon.owner_emails.keys()
        if rule.entity == "deal":
            strangers |= {stage for _, stage in seen if stage} - lexicon.stages.keys.keys()
        if not strangers - self._strangers:
            return lexicon
        self._strangers |= strangers
        self.forget()
        return self.lexicon(rule)

    def forget(self) -> None:
        """Read everything again when it is next needed: the account's definitions have changed."""
        self._lists.clear()
        self._fields.clear()
        self._views.clear()
        self._lexicons.clear()

    def _list(self, name: str, key: str = "") -> tuple[Row, ...]:
        if name not in self._lists:
            self._lists[name] = self._api.listed(f"/selector/{name}", key or name)
        return self._lists[name]


def _is_closed(described: Row) -> bool:
    """Tell whether a field is hidden or read-only, so that what is written to it vanishes without a word."""
    return described.get("visible") is False or described.get("read_only") is True
