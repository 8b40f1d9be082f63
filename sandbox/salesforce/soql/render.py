"""Rows as a query's answer shows them: attributes, fields, parents, lists of children."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql import problems
from sandbox.salesforce.soql.nodes import AllFields, Path, Query
from sandbox.salesforce.soql.paths import TYPE_FIELD, follow, own_names, resolve
from sandbox.salesforce.soql.scope import Scope
from sandbox.salesforce.tables import Row

Renderer = Callable[[Row], dict[str, Any]]
ChildRows = Callable[[Query, SObject, Iterable[Row]], list[Row]]
Part = Callable[[Row], Any]

_ADDRESS_PARTS = {
    "city": "City",
    "country": "Country",
    "geocodeAccuracy": "GeocodeAccuracy",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "postalCode": "PostalCode",
    "state": "State",
    "street": "Street",
}


def shown(row: Row, made: Field) -> Any:
    """Return a field's value as answers show it; an address as an object of its parts."""
    if made.type != "address":
        return row.get(made.name)
    prefix = made.name.removesuffix("Address")
    parts = {key: row.get(f"{prefix}{part}") for key, part in _ADDRESS_PARTS.items()}
    return parts if any(value is not None for value in parts.values()) else None


def attributes(sobject: SObject, row: Row, scope: Scope) -> dict[str, str]:
    """Return the type and URL that open every record."""
    return {"type": sobject.name, "url": f"{scope.url_prefix}/{sobject.name}/{row['Id']}"}


def make_renderer(query: Query, sobject: SObject, scope: Scope, child_rows: ChildRows) -> Renderer:
    """Check what is selected and return the function that renders a row.

    Raises:
        SalesforceError: INVALID_FIELD or MALFORMED_QUERY.
    """
    tree = _Branch(sobject)
    children: dict[str, Part] = {}
    for item in query.select:
        if isinstance(item, Query):
            name, part = _children(item, sobject, scope, child_rows)
            children[name] = part
        elif isinstance(item, AllFields):
            tree.fields.update({made.name: made for made in _all_fields(item, sobject, scope)})
        elif isinstance(item, Path):
            _grow(tree, item, query, scope)
        elif item.path is not None:
            raise problems.unexpected(query.text, item.path.position, item.alias or item.function)

    def render(row: Row) -> dict[str, Any]:
        record = tree.rendered(sobject, row, scope)
        for name, part in children.items():
            record[name] = part(row)
        return record

    return render


class _Branch:
    """Fields wanted of one record, and of the records it points to."""

    def __init__(self, sobject: SObject) -> None:
        self.sobject = sobject
        self.fields: dict[str, Field] = {}
        self.parents: dict[str, tuple[Field, _Branch]] = {}

    def rendered(self, sobject: SObject, row: Row, scope: Scope) -> dict[str, Any]:
        record: dict[str, Any] = {"attributes": attributes(sobject, row, scope)}
        for name, made in self.fields.items():
            record[name] = sobject.name if made is TYPE_FIELD else shown(row, made)
        for name, (hop, branch) in self.parents.items():
            target = follow(row, hop, scope)
            record[name] = branch.rendered(*target, scope) if target else None
        return record


def _grow(tree: _Branch, path: Path, query: Query, scope: Scope) -> None:
    found = resolve(path, query=query, sobject=tree.sobject, scope=scope)
    branch = tree
    names = own_names(path, query, tree.sobject)
    if len(found.hops) != len(names) - 1:
        raise problems.unexpected(query.text, path.position, ".".join(path.names))
    for hop in found.hops:
        name = hop.relationship or hop.name
        target = scope.tables[hop.reference_to[0]].sobject
        branch = branch.parents.setdefault(name, (hop, _Branch(target)))[1]
    if found.field.name in branch.fields:
        sentence = f"duplicate field selected: {found.field.name}"
        raise problems.at(query.text, path.position, sentence)
    branch.fields[found.field.name] = found.field


def _all_fields(item: AllFields, sobject: SObject, scope: Scope) -> list[Field]:
    wanted = {"ALL": (True, False), "STANDARD": (False,), "CUSTOM": (True,)}[item.kind]
    return [
        made
        for made in sobject.fields.values()
        if made.custom in wanted and scope.readable(sobject, made.name) is not None
    ]


def _children(query: Query, parent: SObject, scope: Scope, child_rows: ChildRows) -> tuple[str, Part]:
    child, hop, name = _relationship(query, parent, scope)
    inner = make_renderer(query, child, scope, child_rows)
    table = scope.tables[child.name]
    child_rows(query, child, ())

    def part(row: Row) -> dict[str, Any] | None:
        ids = table.ids_by(hop.name, row["Id"])
        rows = [found for found in (table.get(record_id) for record_id in ids) if found is not None]
        chosen = child_rows(query, child, rows)
        if not chosen:
            return None
        return {"totalSize": len(chosen), "done": True, "records": [inner(each) for each in chosen]}

    return name, part


def _relationship(query: Query, parent: SObject, scope: Scope) -> tuple[SObject, Field, str]:
    wanted = query.source.lower()
    for table in scope.tables.values():
        for made in table.sobject.fields.values():
            for owner, name in made.children:
                if owner == parent.name and name.lower() == wanted:
                    return table.sobject, made, name
    sentence = (
        f"Didn't understand relationship '{query.source}' in FROM part of query call. If you are attempting to use "
        "a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference "
        "your WSDL or the describe call for the appropriate names."
    )
    raise problems.at(query.text, query.source_position, sentence, code="INVALID_TYPE")
