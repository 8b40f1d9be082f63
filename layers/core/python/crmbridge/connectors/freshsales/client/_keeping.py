"""What became of a written row: what Freshsales took and did not keep, and which record was in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crmbridge.connectors.freshsales import EXTERNAL_ID
from crmbridge.connectors.freshsales.client._api import Api
from crmbridge.connectors.freshsales.client._bodies import changed_body, lost_fields, lost_refs
from crmbridge.connectors.freshsales.client._directory import Directory
from crmbridge.connectors.freshsales.client._finding import Finder
from crmbridge.connectors.freshsales.client._reading import Reader
from crmbridge.connectors.freshsales.mapping.lexicon import Lexicon
from crmbridge.connectors.freshsales.mapping.observing import observe
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule, Row
from crmbridge.domain.records import Observation
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp


class Keeper:
    """Compares answers with what was sent, and sends once more what was lost."""

    def __init__(self, api: Api, directory: Directory, reader: Reader, finder: Finder) -> None:
        self._api, self._directory, self._reader, self._finder = api, directory, reader, finder

    def put(self, rule: ModuleRule, external_id: str, body: Mapping[str, object]) -> Row:
        """Update a record and return it as it is then."""
        said = self._api.send("PUT", f"/{rule.plural}/{external_id}", {rule.singular: dict(body)}, rule.asked)
        return self._api.record(said, rule.singular)

    def kept(self, rule: ModuleRule, op: WriteOp, row: Row, lexicon: Lexicon, *, created: bool) -> RowResult:
        """Return a written row, having sent once more what Freshsales took without a word and did not keep."""
        try:
            seen = observe(rule, row, self._directory.lexicon_for(rule, [row]))
        except (KeyError, TypeError, ValueError):
            return RowResult(op.op_id, str(row["id"]), created=created)
        if lost_fields(rule, op, seen, lexicon) or lost_refs(op, seen) or (created and seen.correlation_id != op.op_id):
            seen = self.repaired(rule, op, seen, lexicon)
        return RowResult(op.op_id, seen.external_id, created=created, observation=seen)

    def repaired(self, rule: ModuleRule, op: WriteOp, seen: Observation, lexicon: Lexicon) -> Observation:
        """Send the lost values by an update, which takes some that a creation does not.

        Raises:
            RetriableProviderError: with ``may_have_applied``: the record is written, these values may not be.
        """
        again = replace(
            op,
            external_id=seen.external_id,
            fields=lost_fields(rule, op, seen, lexicon),
            refs=lost_refs(op, seen),
            refs_before=seen.refs,
        )
        try:
            current = self._reader.row(rule, seen.external_id)
            if current is None:
                return seen
            body = changed_body(rule, again, lexicon, current)
            if seen.correlation_id != op.op_id and op.kind != "update":
                customs = body.get("custom_field") or dict(current.get("custom_field") or {})
                body["custom_field"] = {**customs, EXTERNAL_ID: op.op_id}
            return observe(rule, self.put(rule, seen.external_id, body), lexicon) if body else seen
        except RetriableProviderError as error:
            error.may_have_applied = True
            raise
        except (FatalProviderError, KeyError, TypeError, ValueError):
            return seen

    def in_the_way(self, rule: ModuleRule, op: WriteOp) -> str:
        """Return the id of the record that holds a unique value of a row, or an empty string."""
        mobile = str(op.fields.get("mobile_phone") or "")
        email = str(op.fields.get("email") or "")
        found = self._finder.by_correlation(rule, [op.op_id])
        if not found and email and rule.entity == "contact":
            found = self._finder.by_email(rule, [email], with_late=True)
        if not found and mobile and rule.entity == "contact":
            found = self._finder.by_phone(rule, [mobile], with_late=True)
        return next((each.external_id for rows in found.values() for each in rows), "")
