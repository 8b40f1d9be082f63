"""What an account calls things, read once and kept for the life of the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from crmbridge.connectors.kommo.client.calls import Calls, Row
from crmbridge.connectors.kommo.mapping.definitions import Definition, Lexicon, definitions_of
from crmbridge.connectors.kommo.mapping.lexicon import bound, zone_of
from crmbridge.connectors.kommo.mapping.observing import embedded
from crmbridge.connectors.kommo.mapping.rule_types import ObjectRule
from crmbridge.connectors.kommo.mapping.stages import LOST, WON, stage_map_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity


class Catalogue:
    """Reads people, pipelines, custom fields and the account when they are first needed."""

    def __init__(
        self, calls: Calls, settings: Mapping[str, Mapping[str, str]], custom: Sequence[CustomField] = ()
    ) -> None:
        self._calls = calls
        self._settings = settings
        self._custom = tuple(custom)
        self._account: Row | None = None
        self._users: list[Row] | None = None
        self._pipelines: list[Row] | None = None
        self._definitions: dict[str, tuple[Definition, ...]] = {}
        self._lexicons: dict[tuple[Entity, bool], Lexicon] = {}
        self._unknown: set[str] = set()

    def account(self) -> Row:
        """Return the account, with its time settings."""
        if self._account is None:
            self._account = self._calls.get("/account", [("with", "datetime_settings")])
        return self._account

    def zone_name(self) -> str:
        """Return the name of the account's time zone; empty when it is not told."""
        settings: object = embedded(self.account()).get("datetime_settings")
        return str(cast("Row", settings).get("timezone") or "") if isinstance(settings, dict) else ""

    def users(self) -> list[Row]:
        """Return everybody, people who have left included."""
        if self._users is None:
            self._users = self._calls.every("/users", "users", [])
        return self._users

    @staticmethod
    def is_active(user: Row) -> bool:
        """Tell whether a person can be given records."""
        rights = user.get("rights")
        return not isinstance(rights, dict) or bool(rights.get("is_active", True))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]

    def pipelines(self) -> list[Row]:
        """Return the pipelines with their statuses."""
        if self._pipelines is None:
            self._pipelines = [*self._calls.list("/leads/pipelines", "pipelines", []).rows]
        return self._pipelines

    def definitions(self, path: str) -> tuple[Definition, ...]:
        """Return the custom fields of an object."""
        if path not in self._definitions:
            rows = self._calls.every(f"/{path}/custom_fields", "custom_fields", [])
            self._definitions[path] = definitions_of(rows)
        return self._definitions[path]

    def lexicon(self, rule: ObjectRule, *, with_owners: bool = True) -> Lexicon:
        """Return the account's vocabulary for one entity.

        Args:
            with_owners: read the people too; without them no owner can be told.
        """
        key = rule.entity, with_owners or self._users is not None
        if key not in self._lexicons:
            definitions = self.definitions(rule.path)
            people = self.owner_book(with_owners=key[1])
            account = self.account()
            self._lexicons[key] = Lexicon(
                zone=zone_of(self.zone_name()),
                country=str(account.get("country") or ""),
                currency=str(account.get("currency") or "") if rule.entity == "deal" else "",
                owner_emails=people[0],
                owner_ids=people[1],
                stages=stage_map_of(self.pipelines() if rule.entity == "deal" else (), self._settings.get("stages")),
                definitions=definitions,
                custom=bound(rule.entity, self._custom, definitions),
            )
        return self._lexicons[key]

    def owner_book(self, *, with_owners: bool) -> tuple[dict[int, str], dict[str, int]]:
        """Return e-mail addresses by user id, and user ids of active people by address."""
        people = [each for each in (self.users() if with_owners else ()) if each.get("email")]
        emails = {int(each["id"]): str(each["email"]).strip().lower() for each in people}
        return emails, {emails[int(each["id"])]: int(each["id"]) for each in people if self.is_active(each)}

    def lexicon_for(self, rule: ObjectRule, rows: Iterable[Row]) -> Lexicon:
        """Return a vocabulary that knows the people, stages and custom fields of some rows.

        Whatever nobody has heard of was made since: the lists are read again, once for each.
        """
        shown = list(rows)
        lexicon = self.lexicon(rule, with_owners=any(each.get("responsible_user_id") for each in shown))
        strangers = _strangers(rule, shown, lexicon)
        if strangers <= self._unknown:
            return lexicon
        self._unknown |= strangers
        self.forget()
        return self.lexicon(rule)

    def forget(self) -> None:
        """Read everything again when it is next needed: the account's definitions have changed."""
        self._users = self._pipelines = None
        self._definitions.clear()
        self._lexicons.clear()


def _strangers(rule: ObjectRule, rows: Iterable[Row], lexicon: Lexicon) -> set[str]:
    """Return what rows name that a vocabulary does not know."""
    fields = {each.field_id for each in lexicon.definitions}
    found: set[str] = set()
    for row in rows:
        owner = row.get("responsible_user_id")
        if owner and owner not in lexicon.owner_emails:
            found.add(f"user {owner}")
        pair = str(row.get("pipeline_id")), str(row.get("status_id"))
        if rule.entity == "deal" and pair[1] not in (WON, LOST, "None") and pair not in lexicon.stages.keys:
            found.add(f"status {pair}")
        for each in row.get("custom_fields_values") or ():
            if each.get("field_id") not in fields:
                found.add(f"field {rule.path} {each.get('field_id')}")
    return found
