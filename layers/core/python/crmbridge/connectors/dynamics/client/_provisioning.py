"""Our own column and key, the workspace's own columns, change tracking; twice does no harm.

Source: Dataverse developer guide, create and update column definitions; define alternate keys; change tracking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmbridge.connectors.dynamics.client._api import Api, Row
from crmbridge.connectors.dynamics.client._directory import Directory
from crmbridge.connectors.dynamics.client._errors import PROVIDER
from crmbridge.connectors.dynamics.mapping.columns import EXTERNAL_ID
from crmbridge.connectors.dynamics.mapping.custom import OUR_PREFIX, column_of
from crmbridge.connectors.dynamics.mapping.custom_definitions import definition, label
from crmbridge.connectors.dynamics.mapping.places import Place, places
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import Sleep

_POLLS = 6
_PAUSE_S = 2.0
"""How often a new key is asked about before somebody else has to come back; its index takes seconds or longer."""

_COLUMN: Mapping[str, Any] = {
    "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata",
    "SchemaName": EXTERNAL_ID,
    "DisplayName": label("CRM Bridge ID"),
    "Description": label("Names this row in CRM Bridge. Written once; do not change it."),
    "RequiredLevel": {"Value": "None"},
    "FormatName": {"Value": "Text"},
    "MaxLength": 64,
}


class Provisioner:
    """Makes sure that what we need of a table is there."""

    def __init__(self, api: Api, directory: Directory, sleep: Sleep) -> None:
        self._api, self._directory, self._sleep = api, directory, sleep

    def provision(self, entity: Entity, wanted: Sequence[CustomField]) -> tuple[str, ...]:
        """Make what is missing of an entity's tables.

        Returns:
            Names of the columns created in this call, each once.

        Raises:
            FatalProviderError: we may not customise the organization, or a column of that name cannot serve as a key.
            RetriableProviderError: the key's index is still being built.
        """
        created: dict[str, None] = {}
        fresh: list[Place] = []
        for place in places(entity):
            self._directory.forget_shape(place)
            made = self._columns(place, wanted) if place.has_key else []
            created |= dict.fromkeys(made)
            made += self._key(place) if place.has_key else []
            if self._track(place) or made:
                fresh.append(place)
        if fresh:
            self._publish(fresh)
        for place in places(entity):
            self._directory.forget_shape(place)
            if place.has_key:
                self._await_key(place)
        return tuple(created)

    def has_key(self, place: Place) -> bool:
        """Tell whether our column is a key of a table."""
        return place.has_key and _ours(self._keys(place)) is not None

    def _columns(self, place: Place, wanted: Sequence[CustomField]) -> list[str]:
        shapes = self._directory.schema(place).shapes
        made: list[str] = []
        definitions = {EXTERNAL_ID: dict(_COLUMN)}
        definitions |= {column_of(each): definition(each) for each in wanted if each.entity == place.entity}
        for name, body in definitions.items():
            if name in shapes:
                continue
            if self._once(f"{_root(place)}/Attributes", body, lambda n=name, p=place: n in self._shapes_now(p)):
                made.append(name)
        if EXTERNAL_ID in shapes and not shapes[EXTERNAL_ID].is_writable:
            raise FatalProviderError(
                f"{place.table}.{EXTERNAL_ID} exists but cannot be written", provider=PROVIDER, code="COLUMN_UNUSABLE"
            )
        return made

    def _shapes_now(self, place: Place) -> Mapping[str, object]:
        self._directory.forget_shape(place)
        return self._directory.schema(place).shapes

    def _key(self, place: Place) -> list[str]:
        if _ours(self._keys(place)) is not None:
            return []
        name = f"{OUR_PREFIX}recordid_key"
        body = {"SchemaName": name, "DisplayName": label("CRM Bridge ID"), "KeyAttributes": [EXTERNAL_ID]}
        made = self._once(f"{_root(place)}/Keys", body, lambda: _ours(self._keys(place)) is not None)
        return [name] if made else []

    def _once(self, path: str, body: Mapping[str, Any], is_there: Any) -> bool:  # noqa: ANN401 - a question
        """Create a definition; ``False`` when somebody else was quicker.

        Raises:
            FatalProviderError: it was refused and is not there.
        """
        try:
            self._api.send("POST", path, body)
        except FatalProviderError:
            if not is_there():
                raise
            return False
        return True

    def _keys(self, place: Place) -> tuple[Row, ...]:
        answer = self._api.get(f"{_root(place)}/Keys", {"$select": "SchemaName,KeyAttributes,EntityKeyIndexStatus"})
        return tuple(answer.get("value") or ())

    def _await_key(self, place: Place) -> None:
        for _ in range(_POLLS):
            key = _ours(self._keys(place)) or {}
            if key.get("EntityKeyIndexStatus") == "Active":
                return
            if key.get("EntityKeyIndexStatus") == "Failed":
                raise FatalProviderError(
                    f"the index of {place.table}'s key could not be built: two rows hold the same {EXTERNAL_ID}",
                    provider=PROVIDER,
                    code="KEY_FAILED",
                )
            self._sleep(_PAUSE_S)
        raise RetriableProviderError(
            f"the index of {place.table}'s key is being built", provider=PROVIDER, code="KEY_PENDING", retry_after_s=15
        )

    def _track(self, place: Place) -> bool:
        """Switch change tracking on, without which no deletion is told; a table that refuses stays as it is."""
        body = dict(self._api.get(_root(place)))
        if body.get("ChangeTrackingEnabled"):
            return False
        body = {name: value for name, value in body.items() if name != "@odata.context"}
        try:
            self._api.send("PUT", _root(place), {**body, "ChangeTrackingEnabled": True}, {"MSCRM.MergeLabels": "true"})
        except FatalProviderError as error:
            if error.status == 403:
                raise
            return False
        return True

    def _publish(self, fresh: Sequence[Place]) -> None:
        entities = "".join(f"<entity>{each.table}</entity>" for each in fresh)
        body = {"ParameterXml": f"<importexportxml><entities>{entities}</entities></importexportxml>"}
        self._api.send("POST", "PublishXml", body)


def _root(place: Place) -> str:
    return f"EntityDefinitions(LogicalName='{place.table}')"


def _ours(keys: Sequence[Row]) -> Row | None:
    return next((each for each in keys if list(each.get("KeyAttributes") or ()) == [EXTERNAL_ID]), None)
