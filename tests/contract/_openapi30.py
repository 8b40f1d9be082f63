"""Schemas of an OpenAPI 3.0 file as JSON Schema, and what values break of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft7Validator


@dataclass(frozen=True)
class Document:
    """One file.

    Attributes:
        prefix: what its server's address puts before the paths.
    """

    content: dict[str, Any]
    prefix: str

    @cached_property
    def templates(self) -> list[tuple[re.Pattern[str], str]]:
        """Paths as patterns, those with fewer parameters first."""
        found = [(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path)), path) for path in self.content["paths"]]
        return [(re.compile(pattern), path) for pattern, path in sorted(found, key=lambda each: each[1].count("{"))]

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """Return the template and the operation that serve a path."""
        if not path.startswith(self.prefix):
            return None
        for pattern, template in self.templates:
            found = self.content["paths"][template].get(method.lower())
            if found is not None and pattern.fullmatch(path.removeprefix(self.prefix)):
                return template, found
        return None

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """Follow references within the file."""
        while "$ref" in node:
            found: Any = self.content
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def faults(self, schema: dict[str, Any], value: Any, *, is_closed: bool) -> Iterator[str]:
        """Tell what a value breaks of a schema: where, and which rule.

        Args:
            is_closed: keys that no schema names are faults as well.
        """
        for error in Draft7Validator(self._json_schema(schema, is_closed=is_closed)).iter_errors(value):
            nearest = error
            while nearest.context:
                nearest = min(nearest.context, key=lambda each: -len(each.path))
            place = "/".join("*" if isinstance(each, int) else str(each) for each in nearest.absolute_path)
            got = "null" if nearest.instance is None else type(nearest.instance).__name__
            names = ", ".join(re.findall(r"'([^']*)'", nearest.message)[:1])
            told = names if nearest.validator in ("required", "additionalProperties") else got
            yield f"{place}: {nearest.validator} {told}"

    def _json_schema(self, node: Any, *, is_closed: bool) -> Any:
        if isinstance(node, list):
            return [self._json_schema(each, is_closed=is_closed) for each in node]
        if not isinstance(node, dict):
            return node
        node = self.resolved(node)
        if "allOf" in node:
            node = self._joined(node)
        found = {
            key: {name: self._json_schema(held, is_closed=is_closed) for name, held in each.items()}
            if key == "properties"
            else self._json_schema(each, is_closed=is_closed)
            for key, each in node.items()
            if key not in ("example", "examples", "description", "title")
        }
        if is_closed and "properties" in found:
            found.setdefault("additionalProperties", False)
        return _nullable(found) if node.get("nullable") else found

    def _joined(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return one schema for those that all have to hold, so that it can be closed."""
        joined: dict[str, Any] = {key: each for key, each in node.items() if key != "allOf"}
        for part in node["allOf"]:
            held = self.resolved(part)
            held = self._joined(held) if "allOf" in held else held
            properties = {**joined.get("properties", {}), **held.get("properties", {})}
            required = [*joined.get("required", []), *held.get("required", [])]
            joined = {**joined, **held, **({"properties": properties} if properties else {})}
            joined |= {"required": required} if required else {}
        return joined


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    also = {"type": [schema["type"], "null"]} if "type" in schema else {}
    return {**schema, **also, **({"enum": [*schema["enum"], None]} if "enum" in schema else {})}
