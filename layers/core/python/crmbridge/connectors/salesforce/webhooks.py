"""Outbound messages (SOAP) and change events (Event Relay): which records changed, nothing more.

Source: Salesforce outbound messaging WSDL and notes; Change Data Capture guide; Event Relay guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from xml.etree.ElementTree import ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from crmbridge.connectors.salesforce.mapping.ids import ENTITIES, id18, id_of
from crmbridge.domain.webhook import HookKind, WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import WebhookRejectedError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 6 * 1024 * 1024
"""No larger body reaches a Lambda function; a hundred notifications stay far below."""

_MAX_DEPTH = 16
_MAX_ELEMENTS = 100_000
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_CONTENT_TYPES = ("text/xml", "application/xml", "application/soap+xml")

_ACK = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)

_CHANGES: Mapping[str, HookKind] = {
    "CREATE": "changed",
    "UPDATE": "changed",
    "UNDELETE": "changed",
    "DELETE": "gone",
    "GAP_CREATE": "changed",
    "GAP_UPDATE": "changed",
    "GAP_UNDELETE": "changed",
    "GAP_DELETE": "gone",
}
"""Kind by change type; ``GAP_OVERFLOW`` names no records and is counted as unknown: the next poll finds them."""

_RELAY_SOURCE = re.compile(r"aws\.partner/salesforce\.com/([0-9A-Za-z]{15,18})/")


class OutboundDoor:
    """Takes outbound messages; they are not signed, so the path carries a secret that the service looks up."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:  # noqa: ARG002 - the port's signature
        """Accept a call that can be an outbound message.

        Who sent it is told by the secret in the path and by the organisation's id in the body, which the service
        compares with the integration's; there is no signature and no time to check.

        Raises:
            WebhookRejectedError: another method or content type, too large, or no SOAP outbound message.
        """
        if call.method != "POST":
            raise WebhookRejectedError(f"outbound messages are posted, not sent by {call.method[:10]!r}")
        content_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type not in _CONTENT_TYPES:
            raise WebhookRejectedError(f"content type {content_type[:60]!r} is not XML", field="content-type")
        if len(call.body) > MAX_BYTES:
            raise WebhookRejectedError(f"a body of {len(call.body)} bytes is more than {MAX_BYTES}")
        if _OUTBOUND[1:-1].encode() not in call.body:
            raise WebhookRejectedError("the body is no outbound message")

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Read the notifications out of a verified call.

        Raises:
            WebhookRejectedError: not well-formed, has a DOCTYPE, is too deep, or is no outbound message.
        """
        message = _element(_parsed(call.body), f"{_SOAP}Body", f"{_OUTBOUND}notifications")
        account_id = id18((message.findtext(f"{_OUTBOUND}OrganizationId") or "").strip())
        if not account_id:
            raise WebhookRejectedError("the message has no OrganizationId", field="OrganizationId")
        notifications = message.findall(f"{_OUTBOUND}Notification")
        if not notifications:
            raise WebhookRejectedError("the message has no Notification", field="Notification")
        return tuple(_event(each, account_id) for each in notifications)

    def answer(self) -> WebhookAnswer:
        """Return the acknowledgement of the whole message; anything else is sent again for a day."""
        return WebhookAnswer(200, "text/xml; charset=utf-8", _ACK)


DOOR = OutboundDoor()


class _ShallowTree(TreeBuilder):
    """Builds a tree that is neither deep nor vast."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Open an element."""
        self._depth += 1
        self._count += 1
        if self._depth > _MAX_DEPTH or self._count > _MAX_ELEMENTS:
            raise WebhookRejectedError("the XML is too deep or has too many elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def _parsed(body: bytes) -> Element:
    parser = DefusedXMLParser(target=_ShallowTree(), forbid_dtd=True)
    try:
        parser.feed(body)
        return parser.close()
    except DefusedXmlException as error:
        raise WebhookRejectedError("the XML declares a document type or entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise WebhookRejectedError("the body is not well-formed XML") from error


def _element(envelope: Element, *path: str) -> Element:
    found: Element | None = envelope if envelope.tag == f"{_SOAP}Envelope" else None
    for name in path:
        found = None if found is None else found.find(name)
    if found is None:
        raise WebhookRejectedError("the body is no SOAP envelope with notifications")
    return found


def _event(notification: Element, account_id: str) -> WebhookEvent:
    data = notification.find(f"{_OUTBOUND}sObject")
    object_name = "" if data is None else data.get(_TYPE, "").rpartition(":")[2]
    fields = {} if data is None else {_local(each.tag): each.text for each in data}
    notification_id = (notification.findtext(f"{_OUTBOUND}Id") or "").strip()
    raw = {"NotificationId": notification_id, "type": object_name, "sObject": fields}
    name = f"{object_name or 'no data'}.outbound"
    return _hint("changed", name, object_name, account_id=account_id, fields=fields, raw=raw)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _hint(
    kind: HookKind,
    name: str,
    object_name: str,
    *,
    account_id: str,
    fields: Mapping[str, Any],
    raw: Mapping[str, Any],
) -> WebhookEvent:
    """Say which record to read; a role between deal and contact is a change of the deal."""
    if object_name == "OpportunityContactRole":
        kind, object_name, record = "changed", "Opportunity", fields.get("OpportunityId")
    else:
        record = fields.get("Id")
    entity = ENTITIES.get(object_name)
    external_id = "" if entity is None else id_of(entity, str(record or "").strip())
    if not external_id:
        return WebhookEvent("unknown", name, account_id, entity, "", raw=raw)
    return WebhookEvent(kind, name, account_id, entity, external_id, raw=raw)


def parse_change_event(event: Mapping[str, Any], *, source: str = "") -> tuple[WebhookEvent, ...]:
    """Read the records out of one change event, as Event Relay hands it to EventBridge.

    Events without values, of merges' losers and of our own writes are hints like any other: reading the record tells.

    Args:
        event: the EventBridge event, its ``detail`` alone, or the change event that is the detail's ``payload``.
        source: ``source`` of the EventBridge event, which holds the organisation's id, where it is not part of it.

    Returns:
        One event per record, in the event's order; one of kind ``unknown`` for an object or a change type that the
        connector has no row for, and for an overflow, which names no records.

    Raises:
        WebhookRejectedError: there is no usable ``ChangeEventHeader``.
    """
    detail = _mapping(event.get("detail", event), "detail")
    payload = detail.get("payload", detail)
    header = _mapping(_mapping(payload, "payload").get("ChangeEventHeader"), "ChangeEventHeader")
    object_name, change = header.get("entityName"), header.get("changeType")
    if not isinstance(object_name, str) or not isinstance(change, str):
        raise WebhookRejectedError("the change event names no entity or no change", field="ChangeEventHeader")
    found = _RELAY_SOURCE.match(source or str(event.get("source") or ""))
    account_id = id18(found[1]) if found else ""
    name = f"{object_name}.{change}"
    kind = _CHANGES.get(change, "unknown")
    raw = cast("Mapping[str, Any]", payload)
    role = {"OpportunityId": raw.get("OpportunityId")}
    return tuple(
        _hint(kind, name, object_name, account_id=account_id, fields={"Id": record_id, **role}, raw=raw)
        for record_id in _record_ids(header)
    )


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise WebhookRejectedError(f"the change event has no {name}", field=name)
    return cast("Mapping[str, Any]", value)


def _record_ids(header: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids, once each; a single empty one when there are none, so that the event is counted."""
    listed = header.get("recordIds") or header.get("recordId") or ""
    ids = cast("list[object]", listed) if isinstance(listed, list) else [listed]
    yield from dict.fromkeys(str(each) for each in ids)
