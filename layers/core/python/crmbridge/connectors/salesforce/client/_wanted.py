"""The fields that a workspace wants: made by the Tooling API, granted in one call, their picklists completed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.connectors.salesforce.client._api import ROOT, Api
from crmbridge.connectors.salesforce.client._errors import DUPLICATE, PROVIDER, refusal, row_error
from crmbridge.connectors.salesforce.mapping.custom import (
    developer_name,
    is_fit,
    metadata_of,
    missing_options,
    with_options,
)
from crmbridge.connectors.salesforce.mapping.schema import Schema, Shape, field_name
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError, RetriableProviderError

_SUFFIX = "__c"


class WantedFields:
    """Makes, grants and completes custom fields of one org."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def make(self, object_name: str, wanted: Sequence[CustomField]) -> tuple[str, ...]:
        """Create those that do not exist, whether we see them or not.

        Returns:
            Names of the fields created.

        Raises:
            FatalProviderError: we may not customise the org, or a definition is refused.
        """
        held = {each.casefold() for each in self._names(object_name)}
        made: list[str] = []
        for each in wanted:
            name = field_name(each)
            if not name.endswith(_SUFFIX) or developer_name(each).casefold() in held:
                continue
            body = {"FullName": f"{object_name}.{name}", "Metadata": metadata_of(each)}
            try:
                self._api.post(f"{ROOT}/tooling/sobjects/CustomField", body)
            except FatalProviderError:
                if developer_name(each).casefold() not in {one.casefold() for one in self._names(object_name)}:
                    raise
                continue
            made.append(name)
        return tuple(made)

    def grant(self, set_id: str, object_name: str, wanted: Sequence[CustomField]) -> None:
        """Let the holders of a permission set read and write fields.

        Raises:
            FatalProviderError: a grant is refused.
        """
        condition = f"ParentId = {soql.text(set_id)} AND SobjectType = {soql.text(object_name)}"
        rows = self._api.every(f"{soql.select(['Id', 'Field'], 'FieldPermissions')} WHERE {condition}")
        held = {str(row["Field"]).casefold() for row in rows}
        fresh = [name for each in wanted if (name := f"{object_name}.{field_name(each)}").casefold() not in held]
        if not fresh:
            return
        inputs = [
            {
                "attributes": {"type": "FieldPermissions"},
                "ParentId": set_id,
                "SobjectType": object_name,
                "Field": name,
                "PermissionsRead": True,
                "PermissionsEdit": True,
            }
            for name in fresh
        ]
        for answer in self._api.collection("POST", "composite/sobjects", inputs):
            found = None if answer.get("success") else refusal(answer.get("errors"))
            if found is not None and found.code not in DUPLICATE:
                raise row_error(found)

    def complete(self, object_name: str, wanted: Sequence[CustomField], schema: Schema) -> bool:
        """Check that each field can hold what is wanted of it, and give picklists the options they lack.

        Returns:
            Whether anything was changed.

        Raises:
            FatalProviderError: a field is of another type, or may not be changed.
            RetriableProviderError: a field is granted but not visible yet.
        """
        is_changed = False
        for each in wanted:
            shape = schema.named(field_name(each))
            if shape is None:
                raise RetriableProviderError(
                    f"{object_name}.{field_name(each)} is granted but not visible yet", provider=PROVIDER
                )
            if not is_fit(each, shape):
                raise FatalProviderError(
                    f"{object_name}.{shape.name} is of type {shape.type} and cannot hold {each.kind}",
                    provider=PROVIDER,
                    code="FIELD_OF_ANOTHER_TYPE",
                )
            missing = missing_options(each, shape)
            if missing:
                self._add_options(object_name, shape, missing)
                is_changed = True
        return is_changed

    def _add_options(self, object_name: str, shape: Shape, missing: Sequence[str]) -> None:
        name = shape.name.removesuffix(_SUFFIX)
        condition = f"DeveloperName = {soql.text(name)} AND TableEnumOrId = {soql.text(object_name)}"
        rows = self._query(f"{soql.select(['Id'], 'CustomField')} WHERE {condition}")
        path = f"{ROOT}/tooling/sobjects/CustomField/{rows[0]['Id']}" if rows else ""
        held = cast("dict[str, Any]", self._api.get(path).get("Metadata") or {}) if path else {}
        metadata = with_options(held, missing)
        if metadata is None:
            raise FatalProviderError(
                f"{object_name}.{shape.name} lacks {', '.join(missing)}; its values are not its own: add them there",
                provider=PROVIDER,
                code="PICKLIST_NOT_ITS_OWN",
            )
        self._api.patch(path, {"Metadata": metadata})

    def _names(self, object_name: str) -> list[str]:
        condition = f"TableEnumOrId = {soql.text(object_name)}"
        rows = self._query(f"{soql.select(['DeveloperName'], 'CustomField')} WHERE {condition}")
        return [str(row["DeveloperName"]) for row in rows]

    def _query(self, query: str) -> list[dict[str, Any]]:
        """Return all rows of a tooling query, page by page."""
        answer = self._api.get(f"{ROOT}/tooling/query", {"q": query})
        rows = list(cast("list[dict[str, Any]]", answer.get("records") or []))
        while answer.get("nextRecordsUrl"):
            answer = self._api.get(str(answer["nextRecordsUrl"]))
            rows += cast("list[dict[str, Any]]", answer.get("records") or [])
        return rows
