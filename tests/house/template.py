"""The deployed slice as plain values: template.yaml without CloudFormation's own tags."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml

from tests.house.tree import ROOT

Resource = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads ``!Ref x`` as ``{"Ref": "x"}`` and ``!Sub x`` as ``{"Fn::Sub": "x"}``."""


def _tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _tag)


@cache
def document() -> dict[str, Any]:
    """Return the whole template."""
    with (ROOT / "template.yaml").open(encoding="utf-8") as file:
        return yaml.load(file, Loader=_Loader)


def resources(*types: str) -> dict[str, Resource]:
    """Return the resources of some types, or all, by logical id."""
    found: dict[str, Resource] = document()["Resources"]
    return {name: each for name, each in found.items() if not types or each["Type"] in types}


def functions() -> dict[str, dict[str, Any]]:
    """Return every function's properties with the template's ``Globals`` filled in."""
    shared: dict[str, Any] = document().get("Globals", {}).get("Function", {})
    return {name: {**shared, **each["Properties"]} for name, each in resources("AWS::Serverless::Function").items()}


def folder_of(properties: dict[str, Any]) -> str:
    """Return the folder a function's code lies in."""
    return str(properties["CodeUri"]).strip("/").removeprefix("./").removeprefix("functions/")


def referred(value: Any) -> Iterator[str]:
    """Yield the logical ids that a value refers to by Ref, GetAtt or Sub."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield str(inner)
            elif key == "Fn::GetAtt":
                yield str(inner).split(".", maxsplit=1)[0] if isinstance(inner, str) else str(inner[0])
            elif key == "Fn::Sub":
                text = inner if isinstance(inner, str) else str(inner[0])
                yield from (part.split("}")[0].split(".")[0] for part in text.split("${")[1:])
            else:
                yield from referred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from referred(inner)


def number(value: Any) -> int:
    """Return a number, or the default of the parameter it refers to."""
    return int(document()["Parameters"][value["Ref"]]["Default"] if isinstance(value, dict) else value)
