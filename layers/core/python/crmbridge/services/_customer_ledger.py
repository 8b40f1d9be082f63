"""What a repair shop told of each customer, one line per payment, booking, review: once, however often it was told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from crmbridge.domain.keys import digest
from crmbridge.domain.records import Fields, Record
from crmbridge.domain.workflows.lifecycle import Line, LineKind, lifecycle, lifecycle_fields
from crmbridge.domain.workflows.newest import still_new
from crmbridge.domain.workflows.rules import REPAIR_SHOP, shop_rules
from crmbridge.ports import Document
from crmbridge.services._event_desk import Desk
from crmbridge.services.hub import Hub

_DECIMAL = ("amount", "rating")


def note(desk: Desk, record_id: str, kind: LineKind, line_id: str, **told: Any) -> None:  # noqa: ANN401 - of a Line
    """Write a line, or what an event adds to it; of what two events say, the later one's counts.

    Args:
        told: attributes of a ``Line``, amounts as texts.
    """
    pk, sk = _pk(desk.workspace_id), f"{record_id}#{kind}#{digest(line_id)}"
    with desk.alone(f"line#{sk}"):
        held = desk.hub.documents.get(pk, sk)
        body: dict[str, Any] = {} if held is None else dict(held.body)
        marks = {name: (at, key) for name, (at, key) in body.get("marks", {}).items()}
        fresh, after = still_new(told, (desk.event.at_ms, digest(desk.event.event_id)), marks)
        line = {"kind": kind, "line_id": line_id, **body.get("line", {}), **fresh}
        line["at_ms"] = min(desk.event.at_ms, line.get("at_ms", desk.event.at_ms))
        written = {"marks": {name: list(mark) for name, mark in after.items()}, "line": line}
        if written != body:
            desk.hub.documents.put(Document(pk, sk, written, version=0 if held is None else held.version))


def lines_of(desk: Desk, record_id: str) -> list[Line]:
    """Return all that was told of a customer."""
    return [_line(each.body["line"]) for each in desk.hub.documents.query(_pk(desk.workspace_id), f"{record_id}#")]


def ledger_of(hub: Hub, workspace_id: str, record_id: str) -> list[dict[str, Any]]:
    """Return all that was told of a customer, JSON-ready, for the customer."""
    return [dict(each.body["line"]) for each in hub.documents.query(_pk(workspace_id), f"{record_id}#")]


def take_over(desk: Desk, merged_id: str, record_id: str) -> None:
    """Give a contact the lines of one that became part of it; a second time does no harm."""
    theirs = desk.hub.documents.query(_pk(desk.workspace_id), f"{merged_id}#")
    held = (
        {each.sk for each in desk.hub.documents.query(_pk(desk.workspace_id), f"{record_id}#")}
        if theirs
        else set[str]()
    )
    for each in theirs:
        sk = record_id + each.sk.removeprefix(merged_id)
        if sk not in held:
            desk.hub.documents.put(Document(each.pk, sk, each.body), unconditionally=True)


def bring_up_to_date(desk: Desk, record_id: str, more: Fields | None = None) -> Record:
    """Work out anew where a customer stands, and enter it.

    Args:
        record_id: of the customer's contact.
        more: what else is to be entered.
    """
    rules = shop_rules(desk.section(REPAIR_SHOP))
    with desk.alone(f"customer#{record_id}"):
        fields = lifecycle_fields(lifecycle(lines_of(desk, record_id), rules))
        return desk.enter("contact", fields | dict(more or {}), record_id=record_id)


def _pk(workspace_id: str) -> str:
    return f"{workspace_id}#CUSTOMER"


def _line(body: dict[str, Any]) -> Line:
    numbers: dict[str, Any] = {name: Decimal(body[name]) for name in _DECIMAL if body.get(name) is not None}
    return Line(**{**body, **numbers})
