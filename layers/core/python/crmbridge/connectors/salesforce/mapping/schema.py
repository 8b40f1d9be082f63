"""What an org's describe says of an object's fields, as far as the mapping needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crmbridge.domain.custom_fields import CustomField

EXTERNAL_ID_FIELD = "CrmBridge_Id__c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One field as describe tells it.

    Attributes:
        type: as describe tells it.
        length: characters, 0 where the type has none.
        whole_digits: digits before the decimal point, 0 where the type has none.
        scale: digits after the decimal point.
        options: active picklist values, in the org's order.
        labels: label to value of the active picklist values.
        is_restricted: other values than the options are refused.
        is_writable: may be written on create and on update.
    """

    name: str
    type: str = ""
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
        custom: the workspace's custom fields, each with the name of the field that holds it.
    """

    shapes: Mapping[str, Shape]
    children: frozenset[str] = frozenset()
    custom: tuple[tuple[CustomField, str], ...] = ()

    def named(self, name: str) -> Shape | None:
        """Return a field by its name, whose letters' case does not matter there."""
        folded = name.casefold()
        return self.shapes.get(name) or next(
            (each for each in self.shapes.values() if each.name.casefold() == folded), None
        )

    def writable(self, name: str) -> Shape | None:
        """Return a field that may be read and written, ``None`` otherwise."""
        shape = self.shapes.get(name)
        return shape if shape is not None and shape.is_writable else None

    @property
    def holds_our_id(self) -> bool:
        """Tell whether our external-id field exists, is visible and usable as an upsert key."""
        shape = self.writable(EXTERNAL_ID_FIELD)
        return shape is not None and shape.is_unique_key


def field_name(wanted: CustomField) -> str:
    """Return the API name of the field that holds a custom field.

    Example:
        >>> field_name(CustomField("deal", "x_solution_type", "Solution", "text"))
        'x_solution_type__c'
    """
    return wanted.remote_name or f"{wanted.name}__c"


def schema_of(described: Mapping[str, Any], custom: Sequence[CustomField] = ()) -> Schema:
    """Read an sObject describe.

    Args:
        custom: the workspace's custom fields of this object.

    Example:
        >>> schema_of({"fields": [{"name": "LastName", "length": 80}]}).shapes["LastName"].length
        80
    """
    shapes = {each["name"]: _shape(each) for each in described.get("fields", ())}
    children = (each.get("relationshipName") for each in described.get("childRelationships") or ())
    seen = Schema(shapes=shapes, children=frozenset(name for name in children if name))
    found = tuple((each, shape.name) for each in custom if (shape := seen.named(field_name(each))) is not None)
    return replace(seen, custom=found) if found else seen


def _shape(described: Mapping[str, Any]) -> Shape:
    active = [each for each in described.get("picklistValues") or () if each.get("active", True)]
    precision, scale = described.get("precision") or 0, described.get("scale") or 0
    return Shape(
        name=described["name"],
        type=str(described.get("type") or ""),
        length=described.get("length") or 0,
        whole_digits=precision - scale if precision else described.get("digits") or 0,
        scale=scale,
        options=tuple(str(each.get("value")) for each in active),
        labels={str(each.get("label") or each.get("value")): str(each.get("value")) for each in active},
        is_restricted=bool(described.get("restrictedPicklist")),
        is_writable=bool(described.get("createable", True) and described.get("updateable", True)),
        is_unique_key=bool(described.get("externalId") and described.get("unique")),
    )
