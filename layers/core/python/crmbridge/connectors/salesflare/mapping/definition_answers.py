"""Answers about fields, filters and tags, and about what was made."""

from __future__ import annotations

from pydantic import Field

from crmbridge.connectors.salesflare.mapping.answers import Answer


class FieldType(Answer):
    """One type of custom field."""

    id: int
    name: str | None = None
    type: str | None = None
    display_name: str | None = Field(None, alias="displayName")


class Option(Answer):
    """One option of a custom field."""

    id: int
    name: str = ""
    archived: bool | None = None


class Definition(Answer):
    """One custom field; its type comes as a number or as an object."""

    id: int
    name: str = ""
    api_field: str = ""
    type: FieldType | int | None = None
    required: bool | None = None
    enabled: bool | None = None
    archived: bool | None = None
    options: tuple[Option, ...] | None = None

    @property
    def words(self) -> str:
        """What its type is called, in every way there is."""
        kind = self.type
        return "" if kind is None or isinstance(kind, int) else type_words(kind)


class FilterField(Answer):
    """One thing that ``q`` can ask for."""

    id: str
    name: str | None = None
    customfield_id: str | int | None = None
    operators: tuple[str, ...] = ()


class Tag(Answer):
    """One tag."""

    id: int
    name: str


class Created(Answer):
    """What a create answers."""

    id: int


def type_words(kind: FieldType) -> str:
    """Return what a type is called, in every way there is, separated by spaces."""
    return " ".join(each for each in (kind.name, kind.type, kind.display_name) if each)
