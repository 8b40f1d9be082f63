"""Finding records by a key: searches lag and leave out custom fields, so every hit is read by id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales import CONNECTOR, EXTERNAL_ID
from crmbridge.connectors.freshsales.client._api import Api
from crmbridge.connectors.freshsales.client._listing import Lister
from crmbridge.connectors.freshsales.client._reading import Reader
from crmbridge.connectors.freshsales.mapping.relations import addresses_of
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule, Row
from crmbridge.domain.records import Observation

_SEARCH_PAGES_MAX = 10
_EMAIL = "contact_email.email"

Found = dict[str, tuple[Observation, ...]]


class Finder:
    """Finds records of one account."""

    def __init__(self, api: Api, reader: Reader, lister: Lister) -> None:
        self._api, self._reader, self._lister = api, reader, lister

    def by_correlation(self, rule: ModuleRule, wanted: Sequence[str]) -> Found:
        """Return records by our own id.

        What the search's index does not know yet is looked for among everything changed in the time that an index may
        lag, so that a create whose answer was lost is found at once.
        """
        found = self._matched(rule, wanted, self._searched(rule, EXTERNAL_ID, wanted), _own_id)
        rest = [each for each in wanted if each not in found]
        if not rest:
            return found
        late = {str(each["id"]) for each in self._lister.lately(rule) if _own_id(each, None) & set(rest)}
        return found | self._matched(rule, rest, late, _own_id)

    def by_email(self, rule: ModuleRule, wanted: Sequence[str], *, with_late: bool = False) -> Found:
        """Return contacts by any of their addresses.

        Args:
            with_late: look through what changed lately too, which the search may not know yet.
        """
        hits = self._searched(rule, _EMAIL, wanted)
        if with_late:
            hits |= {str(row["id"]) for row in self._lister.lately(rule) if addresses_of(row) & set(wanted)}
        return self._matched(rule, wanted, hits, lambda row, _: addresses_of(row))

    def by_phone(self, rule: ModuleRule, wanted: Sequence[str], *, with_late: bool = False) -> Found:
        """Return records by any of their numbers, as dialled or without the country's code.

        Args:
            with_late: look through what changed lately too, which the search may not know yet.
        """
        spelt = [*wanted, *(digits for each in wanted if (digits := values.national_digits(each)))]
        hits = {hit for attribute in rule.phones for hit in self._searched(rule, attribute, spelt)}
        if with_late:
            late = self._lister.lately(rule)
            hits |= {str(row["id"]) for row in late if {str(row.get(each)) for each in rule.phones} & set(spelt)}
        names = ("phone", "mobile_phone")
        return self._matched(
            rule, wanted, hits, lambda _, seen: {str(seen.fields.get(name)) for name in names} if seen else set()
        )

    def by_domain(self, rule: ModuleRule, wanted: Sequence[str]) -> Found:
        """Return accounts whose website is at a domain; nothing keeps them unique, so new ones are looked for too."""
        hits = {hit for each in wanted for hit in self._searched(rule, "website", [each], operator="contains")}
        hits |= {
            str(row["id"]) for row in self._lister.lately(rule) if values.domain_text(row.get("website")) in wanted
        }
        return self._matched(rule, wanted, hits, lambda _, seen: {str(seen.fields.get("domain"))} if seen else set())

    def _searched(
        self, rule: ModuleRule, attribute: str, wanted: Sequence[str], *, operator: str = "is_in"
    ) -> set[str]:
        """Return the ids a filtered search answers."""
        found: set[str] = set()
        size = CONNECTOR.limits.find_batch
        for start in range(0, len(wanted), size):
            chunk = list(wanted[start : start + size])
            value = chunk[0] if operator == "contains" else chunk
            for page in range(1, _SEARCH_PAGES_MAX + 1):
                told = self._api.search(
                    rule, [{"attribute": attribute, "operator": operator, "value": value}], page=page
                )
                found |= {str(each["id"]) for each in told.rows if each.get("id")}
                if not told.rows or page >= told.pages:
                    break
        return found

    def _matched(
        self,
        rule: ModuleRule,
        wanted: Sequence[str],
        external_ids: Iterable[str],
        keys: Callable[[Row, Observation | None], set[str]],
    ) -> Found:
        """Read hits by id and keep those that hold a wanted key now."""
        found: dict[str, list[Observation]] = {}
        for each in sorted(external_ids, key=lambda one: (len(one), one)):
            row = self._reader.row(rule, each)
            if row is None or row.get("is_deleted"):
                continue
            seen = self._reader.observed(rule, [row])[0]
            held = keys(row, seen[0] if seen else None)
            for value in wanted:
                if seen and value in held:
                    found.setdefault(value, []).append(seen[0])
        return {value: tuple(rows) for value, rows in found.items()}


def _own_id(row: Row, _: Observation | None) -> set[str]:
    customs = row.get("custom_field")
    value = customs.get(EXTERNAL_ID) if isinstance(customs, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return {str(value)} if value else set()  # pyright: ignore[reportUnknownArgumentType]
