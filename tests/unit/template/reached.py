"""What AWS calls a function can make: the code that its handler reaches, and which ports it uses there.

Read from the source, without running it: names are followed through imports, classes as a whole, variables of modules
with what they are made of. A port is known by its name (``hub.documents.put``); what its method asks of AWS is read
from the adapter in the same way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

from tests.house.tree import LIBRARY, ROOT, parsed

Node: TypeAlias = tuple[str, str]
"""A module and a name in it; the empty name is the module itself."""

PORTS = {
    "documents": ("documents", "DynamoDocuments"),
    "records": ("records", "DynamoRecords"),
    "cipher": ("cipher", "KmsCipher"),
    "secrets": ("secrets", "SecretsManagerAppSecrets"),
    "bus": ("bus", "EventBridgeBus"),
    "notifier": ("notifier", "SnsNotifier"),
    "queues": ("queues", "SqsQueues"),
    "letters": ("dead_letters", "SqsDeadLetters"),
    "archive": ("archive", "S3Archive"),
}
"""By name, the adapter's module and class."""

ROOMS = ("crmbridge.services", "crmbridge.runtime")
CLIENT_MAKER: Node = ("crmbridge.runtime._directory", "Directory")
"""Who asks for a client of a CRM gets what this class binds it to."""

COMPOSITION = {
    ("crmbridge.runtime", "hub"),
    ("crmbridge.runtime", "settings"),
    ("crmbridge.runtime.announcing", "bus"),
    ("crmbridge.runtime.archiving", "archive_port"),
    ("crmbridge.runtime.dead_letters", "letters"),
    ("crmbridge.runtime.announcing", "notifier"),
}
"""Where ports are wired; it mentions adapters, whoever uses them."""

_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def calls_of(folder: str) -> set[tuple[str, str]]:
    """Return the ports' methods that a function can call, as ``("documents", "put")``."""
    app = parsed(ROOT / "functions" / folder / "app.py")
    found: set[tuple[str, str]] = set()
    seen: set[Node] = set()
    left = list(_references(app, _imports(app, "app")))
    while left:
        node = left.pop()
        if node in seen or node in COMPOSITION or not node[0].startswith(ROOMS):
            continue
        seen.add(node)
        for part in _parts(node):
            left.extend(_references(part, _names(node[0])))
            used = set(_port_calls(part))
            found |= used
            if ("connectors", "client") in used:
                left.append(CLIENT_MAKER)
    return found - {("connectors", "client")}


def actions_of(port: str, method: str) -> set[str]:
    """Return what AWS has to allow for a method of a port."""
    module, name = PORTS[port]
    return _asked(f"crmbridge.adapters.aws.{module}", f"{name}.{method}")


def methods_of(port: str) -> set[str]:
    """Return the methods of a port's adapter."""
    module, name = PORTS[port]
    (adapter,) = _parts((f"crmbridge.adapters.aws.{module}", name))
    return {
        each.name for each in ast.walk(adapter) if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")
    }


# ------------------------------------------------------------------------------------------------ reading modules


def _path(module: str) -> Path:
    place = LIBRARY.joinpath(*module.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _is_module(module: str) -> bool:
    return module.startswith("crmbridge") and _path(module).exists()


def _imports(tree: ast.AST, module: str) -> dict[str, Node]:
    """Return what imported names stand for, wherever in a module they are imported."""
    names: dict[str, Node] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("crmbridge"):
            for each in node.names:
                whole = f"{node.module}.{each.name}"
                names[each.asname or each.name] = (whole, "") if _is_module(whole) else (node.module, each.name)
    return names


@cache
def _names(module: str) -> dict[str, Node]:
    tree = parsed(_path(module))
    own = {name: (module, name) for part in tree.body for name in _defined(part)}
    return {**own, **_imports(tree, module)}


def _defined(part: ast.stmt) -> Iterator[str]:
    if isinstance(part, ast.FunctionDef | ast.ClassDef):
        yield part.name
    elif isinstance(part, ast.Assign | ast.AnnAssign):
        targets = part.targets if isinstance(part, ast.Assign) else [part.target]
        yield from (each.id for each in targets if isinstance(each, ast.Name))


def _parts(node: Node) -> list[ast.stmt]:
    """Return the statements that define a name; of one that is imported further, those of its origin."""
    module, name = node
    if not name:
        return []
    found = [part for part in parsed(_path(module)).body if name in set(_defined(part))]
    if found:
        return found
    origin = _names(module).get(name)
    return _parts(origin) if origin is not None and origin != node else []


def _references(part: ast.AST, names: dict[str, Node]) -> Iterator[Node]:
    for node in ast.walk(part):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            module, name = names[node.value.id]
            if not name:
                yield module, node.attr
        elif isinstance(node, ast.Name) and node.id in names and names[node.id][1]:
            yield names[node.id]


def _port_calls(part: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(part):
        if not isinstance(node, ast.Attribute):
            continue
        port = _called_on(node).lstrip("_")
        asks_for_client = port == "connectors" and node.attr == "client"
        if asks_for_client or (port in PORTS and node.attr in methods_of(port)):
            yield port, node.attr


# ------------------------------------------------------------------------------------------------ reading adapters


@cache
def _asked(module: str, name: str) -> set[str]:
    """Return the IAM actions behind a function or ``Class.method`` of an adapter."""
    found: set[str] = set()
    seen: set[Node] = set()
    left: list[Node] = [(module, name)]
    kinds: set[str] = set()
    while left:
        node = left.pop()
        if node in seen:
            continue
        seen.add(node)
        for part in _bodies(node):
            kinds |= {
                each.value
                for each in ast.walk(part)
                if isinstance(each, ast.Constant) and each.value in _IN_TRANSACTIONS
            }
            found |= set(_client_calls(part))
            left.extend(_behind(part, node))
    if "TransactWriteItems" in found:
        found = (found - {"TransactWriteItems"}) | {_IN_TRANSACTIONS[each] for each in kinds}
    return found


def _bodies(node: Node) -> list[ast.stmt]:
    module, name = node
    owner, _, method = name.rpartition(".")
    if not owner:
        return _parts(node)
    return [
        each
        for part in _parts((module, owner))
        if isinstance(part, ast.ClassDef)
        for each in part.body
        if isinstance(each, ast.FunctionDef) and each.name == method
    ]


def _behind(part: ast.AST, node: Node) -> Iterator[Node]:
    module, name = node
    owner = name.rpartition(".")[0]
    for each in _references(part, _names(module)):
        if each[0].startswith("crmbridge.adapters") and not each[1][:1].isupper():
            yield each
    for each in ast.walk(part):
        if isinstance(each, ast.Attribute):
            if isinstance(each.value, ast.Name) and each.value.id == "self" and owner:
                yield module, f"{owner}.{each.attr}"
            elif _called_on(each) in ("_table", "table"):
                yield "crmbridge.adapters.aws._table", f"Table.{each.attr}"


def _client_calls(part: ast.AST) -> Iterator[str]:
    for each in ast.walk(part):
        if isinstance(each, ast.Attribute) and _called_on(each) == "_client":
            yield "".join(word.title() for word in each.attr.removesuffix("_batch").split("_"))


def _called_on(each: ast.Attribute) -> str:
    held = each.value
    return held.attr if isinstance(held, ast.Attribute) else held.id if isinstance(held, ast.Name) else ""
