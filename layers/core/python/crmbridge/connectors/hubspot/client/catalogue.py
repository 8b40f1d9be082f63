"""What an account calls things, read once and kept for the life of the client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crmbridge.connectors.hubspot.client.calls import ACCOUNT, OWNERS, Calls, pipelines, properties
from crmbridge.connectors.hubspot.client.errors import PROVIDER
from crmbridge.connectors.hubspot.mapping import (
    AccountDetails,
    Lexicon,
    ObjectRule,
    OwnerPage,
    PipelineList,
    Property,
    PropertyList,
    Row,
    lexicon_of,
)
from crmbridge.connectors.hubspot.mapping.answers import OwnerRow, Pipeline
from crmbridge.errors import FatalProviderError

_OWNER = "hubspot_owner_id"
_PAGES_MAX = 1_000


class Catalogue:
    """Reads owners, pipelines, properties and the account when they are first needed."""

    def __init__(self, calls: Calls, settings: Mapping[str, Mapping[str, str]]) -> None:
        self._calls = calls
        self._settings = settings
        self._account: AccountDetails | None = None
        self._owners: tuple[OwnerRow, ...] | None = None
        self._pipelines: dict[str, tuple[Pipeline, ...]] = {}
        self._properties: dict[str, tuple[Property, ...]] = {}
        self._lexicons: dict[tuple[str, str, bool], Lexicon] = {}
        self._unknown: set[str] = set()

    def account(self) -> AccountDetails:
        """Return which account this is."""
        if self._account is None:
            self._account = self._calls.get(AccountDetails, ACCOUNT).body
        return self._account

    def owners(self) -> tuple[OwnerRow, ...]:
        """Return everybody who can own records, deactivated people after the others."""
        if self._owners is None:
            self._owners = (*self._owner_pages("false"), *self._owner_pages("true"))
        return self._owners

    def pipelines(self, path: str = "deals") -> tuple[Pipeline, ...]:
        """Return the pipelines of an object that are in use."""
        if path not in self._pipelines:
            found = self._calls.get(PipelineList, pipelines(path)).body.results
            self._pipelines[path] = tuple(each for each in found if not each.archived)
        return self._pipelines[path]

    def properties(self, rule: ObjectRule) -> tuple[Property, ...]:
        """Return every property of an object."""
        if rule.path not in self._properties:
            self._properties[rule.path] = self._calls.get(PropertyList, properties(rule.path)).body.results
        return self._properties[rule.path]

    def lexicon(self, rule: ObjectRule, *, with_owners: bool = True) -> Lexicon:
        """Return the account's vocabulary for one entity.

        Args:
            with_owners: read the owners too; without them no owner can be told.
        """
        key = rule.entity, rule.path, with_owners or self._owners is not None
        if key not in self._lexicons:
            self._lexicons[key] = lexicon_of(
                rule,
                properties=self.properties(rule),
                pipelines=self.pipelines(rule.path) if rule.pipeline[1] else (),
                owners=self.owners() if key[2] else (),
                account=self.account() if rule.entity == "deal" else None,
                settings=self._settings,
            )
        return self._lexicons[key]

    def lexicon_for(self, rule: ObjectRule, rows: Iterable[Row]) -> Lexicon:
        """Return a vocabulary that knows the owners and stages of some rows.

        An owner or stage that nobody has heard of was made since: the lists are read again, once for each.
        """
        stage_name = rule.pipeline[1]
        seen = [(row.properties.get(_OWNER) or "", row.properties.get(stage_name) or "") for row in rows]
        owner_ids = {owner for owner, _ in seen if owner}
        lexicon = self.lexicon(rule, with_owners=bool(owner_ids))
        strangers = owner_ids - lexicon.owner_emails.keys()
        strangers |= {stage for _, stage in seen if stage} - lexicon.stages.keys.keys()
        if not strangers - self._unknown:
            return lexicon
        self._unknown |= strangers
        self._owners = None
        self._pipelines.clear()
        self._lexicons.clear()
        return self.lexicon(rule, with_owners=bool(owner_ids))

    def forget(self) -> None:
        """Read everything again when it is next needed: the account's definitions have changed."""
        self._owners = None
        self._pipelines.clear()
        self._properties.clear()
        self._lexicons.clear()

    def _owner_pages(self, archived: str) -> Iterable[OwnerRow]:
        after: str | None = None
        for _ in range(_PAGES_MAX):
            params = {"limit": 100, "archived": archived} | ({"after": after} if after else {})
            page = self._calls.get(OwnerPage, OWNERS, params).body
            yield from page.results
            if page.after is None:
                return
            if page.after == after:
                raise stuck("owners")
            after = page.after


def stuck(what: str) -> FatalProviderError:
    """Return the error of a listing that answers the same cursor twice."""
    return FatalProviderError(
        f"HubSpot answered the same cursor twice while listing {what}", provider=PROVIDER, code="STUCK_PAGINATION"
    )
