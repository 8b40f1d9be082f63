"""The error tree is drawn as it is, and functions say which of its errors they raise."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

import pytest

from crmbridge import errors
from crmbridge.runtime.outcomes import OUTCOMES
from tests.house.tree import LIBRARY, Function, defined, parsed, python_files, relative

BRANCH = re.compile(r"^(?P<stem>[│ ]*)[├└]── (?P<name>\w+)")
TREE = {
    name: error
    for name, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, errors.CrmBridgeError)
}


def _drawn() -> dict[str, str]:
    """Return each drawn error with its drawn parent."""
    parents = ["CrmBridgeError"]
    found: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := BRANCH.match(line.removeprefix("    ")):
            depth = len(match["stem"]) // 4 + 1
            parents[depth:] = [match["name"]]
            found[match["name"]] = parents[depth - 1]
    return found


def test_the_drawn_tree_is_the_tree_of_classes():
    actual = {name: error.__bases__[0].__name__ for name, error in TREE.items() if name != "CrmBridgeError"}
    assert _drawn() == actual


@pytest.mark.parametrize("name", sorted(TREE))
def test_an_error_says_what_it_means(name):
    assert name.endswith("Error")
    assert TREE[name].__doc__


@pytest.mark.parametrize("name", sorted(set(TREE) - {"CrmBridgeError"}))
def test_an_error_has_its_row_in_the_one_table_of_outcomes(name):
    kinds = [kind for kind, _ in OUTCOMES]
    assert any(issubclass(TREE[name], kind) for kind in kinds), f"runtime/outcomes.py does not say what {name} means"
    if TREE[name] in kinds:
        before = kinds[: kinds.index(TREE[name])]
        assert not any(issubclass(TREE[name], kind) for kind in before), f"{name} stands behind a more general error"


def test_errors_of_the_library_belong_to_the_tree():
    strays = [
        f"{relative(path)}::{node.name}"
        for path in python_files(LIBRARY)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
        and path.name != "errors.py"
        and (node.name.endswith("Error") or any("Error" in ast.unparse(base) for base in node.bases))
    ]
    assert not strays, f"errors live in errors.py, one tree: {strays}"


def test_nothing_catches_every_exception_outside_the_composition_root():
    catching = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files(LIBRARY)
        if "runtime" not in path.relative_to(LIBRARY).parts[0]
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    ]
    assert not catching, f"only crmbridge.runtime decides about unknown errors: {catching}"


# -------------------------------------------------------------------------------- functions name their errors


def _ancestors(name: str) -> set[str]:
    return {each.__name__ for each in TREE[name].__mro__ if each.__name__ in TREE}


def _caught(handlers: list[ast.ExceptHandler]) -> set[str]:
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for handler in handlers
        if handler.type
        for node in ast.walk(handler.type)
        if isinstance(node, ast.Name | ast.Attribute)
    }


def _steps(node: ast.AST, caught: frozenset[str] = frozenset()) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """Yield the raises and calls under a node with the errors that are caught around each."""
    if isinstance(node, ast.Try):
        inner = caught | _caught(node.handlers)
        for child in node.body:
            yield from _steps(child, inner)
        for child in (*node.handlers, *node.orelse, *node.finalbody):
            yield from _steps(child, caught)
        return
    if isinstance(node, ast.Raise | ast.Call):
        yield node, caught
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            yield from _steps(child, caught)


def _name(node: ast.AST | None) -> str:
    """Return the last word of ``x``, ``a.x``, ``x()`` or ``a.x()``."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _raised(node: Function, private: dict[str, Function], seen: frozenset[str] = frozenset()) -> set[str]:
    """Return the tree's errors that visibly leave a function, through its module's private functions too."""
    found: set[str] = set()
    for step, caught in _steps(ast.Module(body=node.body, type_ignores=[])):
        names: set[str] = set()
        if isinstance(step, ast.Raise):
            names = {_name(step.exc)} & set(TREE)
        elif (callee := _name(step)) in private and callee not in seen:
            names = _raised(private[callee], private, seen | {callee})
        found |= {name for name in names if not _ancestors(name) & caught}
    return found


def _port_docs() -> dict[str, str]:
    """Return, by method name, what the ports say of it and of the protocol it belongs to."""
    docs: dict[str, str] = {}
    bodies = (parsed(path).body for path in sorted((LIBRARY / "ports").glob("*.py")))
    for node in (each for body in bodies for each in body):
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Function):
                    said = (ast.get_docstring(node) or "") + (ast.get_docstring(inner) or "")
                    docs[inner.name] = docs.get(inner.name, "") + said
    return docs


def undocumented() -> Iterator[str]:
    """Yield each public function with an error it raises and does not name."""
    port_docs = _port_docs()
    for path in python_files(LIBRARY):
        everything = dict(defined(path))
        classes = {node.name: node for node in parsed(path).body if isinstance(node, ast.ClassDef)}
        private = {name.split(".")[-1]: node for name, node in everything.items() if "._" in name or name[0] == "_"}
        for name, node in everything.items():
            last = name.split(".")[-1]
            if any(part.startswith("_") for part in name.split(".")):
                continue
            _, _, said = (ast.get_docstring(node) or "").partition("Raises:")
            if "." in name:
                said += (ast.get_docstring(classes[name.split(".")[0]]) or "") + port_docs.get(last, "")
            for error in sorted(_raised(node, private)):
                if not any(re.search(rf"\b{each}\b", said) for each in _ancestors(error)):
                    yield f"{relative(path)}::{name} raises {error}"


def test_public_functions_list_the_errors_they_raise():
    """A method of a port may rely on what the port says; a class may speak for its methods."""
    missing = list(undocumented())
    assert not missing, "add a `Raises:` section: " + "; ".join(missing)
