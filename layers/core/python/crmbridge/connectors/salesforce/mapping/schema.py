"""What an org's describe says of an object's fields, as far as the mapping needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EXTERNAL_ID_FIELD = "CrmBridge_Id__c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One field as describe tells it.

    Attributes:
        length: characters, 0 where the type has none.
        whole_digits: digits before the decimal point, 0 where the type has none.
        scale: digits after the decimal point.
        options: active picklist values, in the org's order.
        labels: label to value of the active picklist values.
        is_restricted: other values than the options are refused.
        is_writable: may be written on create and on update.
    """

    name: str
    length: int = 0
    whole_digits: int = 0
    scale: int = 0
    options: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    is_restricted: bool = False
    is_writable: bool = True
    is_unique_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The fields of an object that our user sees; what is not here does not exist for us.

    Attributes:
        children: names of the child relationships that subqueries may use.
    """

    shapes: Mapping[str, Shape]
    children: frozenset[str] = frozenset()

    def writable(self, name: str) -> Shape | None:
        """Return a field that may be read and written, ``None`` otherwise."""
        shape = self.shapes.get(name)
        return shape if shape is not None and shape.is_writable else None

    @property
    def holds_our_id(self) -> bool:
        """Tell whether our external-id field exists, is visible and usable as an upsert key."""
        shape = self.writable(EXTERNAL_ID_FIELD)
        return shape is not None and shape.is_unique_key


def schema_of(described: Mapping[str, Any]) -> Schema:
    """Read an sObject describe.

    Example:
        >>> schema_of({"fields": [{"name": "LastName", "length": 80}]}).shapes["LastName"].length
        80
    """
    shapes = {each["name"]: _shape(each) for each in described.get("fields", ())}
    children = (each.get("relationshipName") for each in described.get("childRelationships") or ())
    return Schema(shapes=shapes, children=frozenset(name for name in children if name))


def _shape(described: Mapping[str, Any]) -> Shape:
    active = [each for each in described.get("picklistValues") or () if each.get("active", True)]
    precision, scale = described.get("precision") or 0, described.get("scale") or 0
    return Shape(
        name=described["name"],
        length=described.get("length") or 0,
        whole_digits=precision - scale if precision else described.get("digits") or 0,
        scale=scale,
        options=tuple(str(each.get("value")) for each in active),
        labels={str(each.get("label") or each.get("value")): str(each.get("value")) for each in active},
        is_restricted=bool(described.get("restrictedPicklist")),
        is_writable=bool(described.get("createable", True) and described.get("updateable", True)),
        is_unique_key=bool(described.get("externalId") and described.get("unique")),
    )
