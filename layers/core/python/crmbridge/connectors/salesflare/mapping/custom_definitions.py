"""Custom fields of a team: which type each of ours is, and which of theirs suits it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from crmbridge.connectors.salesflare.mapping.definition_answers import Definition, FieldType
from crmbridge.domain.custom_fields import PREFIX, CustomField, CustomKind

_WANTED: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "string", "singletextline", "singlelinetext"),
    "long_text": ("textarea", "longstring", "multipletextlines", "multilinetext", "text"),
    "number": ("number", "double", "decimal", "integer"),
    "boolean": ("boolean", "checkbox", "tristateboolean"),
    "date": ("date",),
    "datetime": ("datetime", "text"),
    "choice": ("select", "singleselect", "dropdown", "dropdownsinglechoice"),
    "choices": ("multiselect", "multipleselect", "dropdownmultiplechoice"),
    "url": ("url", "link", "text"),
}
"""Per kind, the letters of the types that hold it, the best first. No list of Salesflare's types is published."""

_NOT_A_LETTER = re.compile(r"[\W_]+")
_UNNAMED = re.compile(r"[^a-z0-9]+")


def letters(text: str) -> str:
    """Return a text's letters and digits in lower case."""
    return _NOT_A_LETTER.sub("", text.casefold())


def slug(text: str) -> str:
    """Return a text as Salesflare makes an ``api_field`` of it.

    Example:
        >>> slug("Solution type (solar)")
        'solution_type_solar'
    """
    return _UNNAMED.sub("_", text.casefold()).strip("_")


def type_for(kind: CustomKind, types: Iterable[FieldType]) -> FieldType | None:
    """Return the best type for a kind, or ``None`` when the team has none."""
    known = {letters(word): each for each in reversed(list(types)) for word in (each.name, each.type) if word}
    shown = {letters(each.display_name or ""): each for each in types}
    for wanted in _WANTED[kind]:
        found = known.get(wanted) or shown.get(wanted)
        if found is not None:
            return found
    return None


def suits(kind: CustomKind, definition: Definition) -> bool:
    """Tell whether a field that exists can hold a kind; one that does not tell its type is believed."""
    words = definition.words
    said = {letters(each) for each in words.split()} | {letters(words)}
    return not words or bool(said & set(_WANTED[kind])) or (kind in ("text", "url", "datetime") and "string" in said)


def definition_of(field: CustomField, definitions: Sequence[Definition]) -> Definition | None:
    """Return the definition that holds a custom field, the surest match first."""
    in_use = [each for each in definitions if not each.archived]
    wanted: tuple[tuple[str, bool], ...] = (
        (field.remote_name, True),
        (field.remote_name, False),
        (slug(field.label), True),
        (field.label, False),
        (field.name.removeprefix(PREFIX), True),
    )
    for text, is_api_field in wanted:
        for each in in_use:
            if text and text == (each.api_field if is_api_field else each.name):
                return each
    return None


def own_definition(name: str, definitions: Iterable[Definition]) -> Definition | None:
    """Return the definition of our own field."""
    return next((each for each in definitions if name in (each.api_field, each.name) and not each.archived), None)
