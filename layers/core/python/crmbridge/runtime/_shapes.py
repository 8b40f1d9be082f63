"""What bodies and queries look like: JSON Schema, declared once, checked at the door and published."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from crmbridge.errors import RequestRejectedError

Shape: TypeAlias = dict[str, Any]
"""A JSON Schema (2020-12) of the few keywords that ``check`` knows; ``title`` names a component."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def text(doc: str = "", *, least: int = 0, most: int | None = None, pattern: str = "", example: str = "") -> Shape:
    """Return the shape of a text; with ``least`` of 1 it must hold more than blanks."""
    shape: Shape = {"type": "string"}
    if least:
        shape |= {"minLength": least, "pattern": pattern or r"\S"}
    elif pattern:
        shape["pattern"] = pattern
    if most is not None:
        shape["maxLength"] = most
    return _told(shape, doc, example)


def whole(doc: str = "", *, least: int | None = None, most: int | None = None) -> Shape:
    """Return the shape of a whole number."""
    bounds = {"minimum": least, "maximum": most}
    return _told({"type": "integer", **{name: value for name, value in bounds.items() if value is not None}}, doc)


def flag(doc: str = "") -> Shape:
    """Return the shape of true or false."""
    return _told({"type": "boolean"}, doc)


def choice(*choices: str, doc: str = "") -> Shape:
    """Return the shape of one of some words."""
    return _told({"type": "string", "enum": list(choices)}, doc)


def moment(doc: str = "") -> Shape:
    """Return the shape of a time, ISO 8601 with its offset."""
    return _told({"type": "string", "format": "date-time"}, doc)


def many(items: Shape, doc: str = "", *, least: int = 0, most: int | None = None) -> Shape:
    """Return the shape of a list."""
    shape: Shape = {"type": "array", "items": items}
    if least:
        shape["minItems"] = least
    if most is not None:
        shape["maxItems"] = most
    return _told(shape, doc)


def thing(fields: Mapping[str, Shape], doc: str = "", *, named: str = "", needs: Sequence[str] = ()) -> Shape:
    """Return the shape of an object; what it does not name may be there too, and is passed over.

    Args:
        fields: by name.
        named: its name among the published components; empty for none of its own.
        needs: names that must be there.
    """
    shape: Shape = {"type": "object", "properties": dict(fields)}
    if needs:
        shape["required"] = list(needs)
    if named:
        shape["title"] = named
    return _told(shape, doc)


def table(values: Shape, doc: str = "") -> Shape:
    """Return the shape of an object with any names, and values that are all alike."""
    return _told({"type": "object", "additionalProperties": values}, doc)


def anything(doc: str = "") -> Shape:
    """Return the shape of a value whose type is decided elsewhere."""
    return _told({}, doc)


def maybe(shape: Shape) -> Shape:
    """Return a shape that null fits as well."""
    allowed = {"enum": [*shape["enum"], None]} if "enum" in shape else {}
    return {**shape, **allowed, "type": [shape["type"], "null"]}


def page(items: Shape, doc: str = "") -> Shape:
    """Return the shape of one page of a list."""
    more = text("Send it as `cursor` for the next page; absent on the last one.")
    return thing({"items": many(items), "nextCursor": more}, doc, needs=["items"])


def _told(shape: Shape, doc: str, example: str = "") -> Shape:
    if doc:
        shape["description"] = doc
    if example:
        shape["examples"] = [example]
    return shape


# ------------------------------------------------------------------------------------------------ checking


def check(shape: Shape, value: object, *, at: str = "body") -> None:
    """Refuse a value that does not have a shape.

    Raises:
        RequestRejectedError: names the field, what it must be, and so what to send.
    """
    types = shape.get("type")
    if types is None:
        return
    names = cast("list[str]", types) if isinstance(types, list) else [str(types)]
    if not any(_is_a(name, value) for name in names) or not _fits(shape, value):
        raise wrong(at, wanted(shape))
    if isinstance(value, dict):
        _check_fields(shape, cast("dict[str, object]", value), at="" if at == "body" else f"{at}.")
    if isinstance(value, list) and "items" in shape:
        for place, each in enumerate(cast("list[object]", value)):
            check(shape["items"], each, at=f"{at}[{place}]")


def _check_fields(shape: Shape, value: dict[str, object], *, at: str) -> None:
    fields: Mapping[str, Shape] = shape.get("properties", {})
    for name in shape.get("required", ()):
        if name not in value:
            raise wrong(at + name, wanted(fields[name]))
    for name, each in value.items():
        inner = fields.get(name, shape.get("additionalProperties"))
        if inner is not None:
            check(inner, each, at=at + name)


def _is_a(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _fits(shape: Shape, value: object) -> bool:
    if "enum" in shape:
        return value in shape["enum"]
    if isinstance(value, str):
        pattern = shape.get("pattern")
        return _is_within(shape, len(value), "Length") and (pattern is None or bool(re.search(pattern, value)))
    if isinstance(value, list):
        return _is_within(shape, len(cast("list[object]", value)), "Items")
    if isinstance(value, int) and not isinstance(value, bool):
        return _is_within(shape, value, "imum")
    return True


def _is_within(shape: Shape, size: int, what: str) -> bool:
    least, most = shape.get(f"min{what}"), shape.get(f"max{what}")
    return (least is None or size >= least) and (most is None or size <= most)


def wanted(shape: Shape) -> str:
    """Say in words what a value must be.

    Example:
        >>> wanted(whole(least=1, most=9)), wanted(maybe(choice("a", "b")))
        ('a whole number from 1 to 9', 'one of a, b, or null')
    """
    types = shape.get("type")
    names = cast("list[str]", types) if isinstance(types, list) else [str(types)]
    choices = ", ".join(each for each in shape.get("enum", ()) if each is not None)
    words = f"one of {choices}" if choices else _WORDS[names[0]](shape)
    return f"{words}, or null" if "null" in names else words


def _text_words(shape: Shape) -> str:
    least, most = shape.get("minLength", 0), shape.get("maxLength")
    if most is not None:
        return f"a text of {least} to {most} characters"
    return "a text that is not blank" if least else "a text"


def _whole_words(shape: Shape) -> str:
    least, most = shape.get("minimum"), shape.get("maximum")
    if least is None or most is None:
        return "a whole number" if least is None else f"a whole number of at least {least}"
    return f"a whole number from {least} to {most}"


def _list_words(shape: Shape) -> str:
    most = shape.get("maxItems")
    return "a list" if most is None else f"a list of {shape.get('minItems', 0)} to {most}"


_WORDS: Mapping[str, Callable[[Shape], str]] = {
    "string": _text_words,
    "integer": _whole_words,
    "boolean": lambda _: "true or false",
    "array": _list_words,
    "object": lambda _: "an object",
}


def wrong(field: str, words: str) -> RequestRejectedError:
    """Return the refusal of a field, with what to send instead."""
    return RequestRejectedError(f"{field} must be {words}", field=field, next_step=f"send {field} as {words}")
