"""Outbound messages: not signed, so the path carries a secret that the service looks up.

Source: Salesforce outbound messaging WSDL and notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from crmbridge.connectors.salesforce.mapping.ids import id18
from crmbridge.connectors.salesforce.webhooks._hint import hint
from crmbridge.connectors.salesforce.webhooks._soap import content_of
from crmbridge.domain.webhook import WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import WebhookRejectedError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_BYTES = 6 * 1024 * 1024
"""No larger body reaches a Lambda function; a hundred notifications stay far below."""

_OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_CONTENT_TYPES = ("text/xml", "application/xml", "application/soap+xml")

_ACK = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)


class OutboundDoor:
    """Takes outbound messages."""

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
        message = content_of(call.body, f"{_OUTBOUND}notifications")
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


def _event(notification: Element, account_id: str) -> WebhookEvent:
    data = notification.find(f"{_OUTBOUND}sObject")
    object_name = "" if data is None else data.get(_TYPE, "").rpartition(":")[2]
    fields = {} if data is None else {_local(each.tag): each.text for each in data}
    notification_id = (notification.findtext(f"{_OUTBOUND}Id") or "").strip()
    raw = {"NotificationId": notification_id, "type": object_name, "sObject": fields}
    name = f"{object_name or 'no data'}.outbound"
    return hint("changed", name, object_name, account_id=account_id, fields=fields, raw=raw)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
