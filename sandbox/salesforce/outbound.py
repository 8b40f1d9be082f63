"""Outbound Messages: SOAP notifications posted until they are acknowledged.

Source: Salesforce SOAP API guide (outbound messages), help on outbound message considerations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sandbox._webhook_post import Outgoing, Reply
from sandbox.salesforce.journal import Change
from sandbox.salesforce.org import Org
from sandbox.salesforce.tables import Row
from sandbox.salesforce.times import event_stamp

OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
MAX_NOTIFICATIONS = 100
TIMEOUT_S = 60.0
_FIRST_RETRY_S, _LONGEST_RETRY_S, _GIVEN_UP_S = 15.0, 7200.0, 86_400.0
_PRIVATE = frozenset({"Jigsaw"})
DEFAULT_OBJECTS = ("Account", "Contact", "Lead", "Opportunity", "Task", "Event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One outbound message as an administrator defined it.

    Attributes:
        action_id: its id, 04k….
        fields: sent beside the Id; those that are empty are left out of a message.
    """

    action_id: str
    object_name: str
    url: str
    fields: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the definition as the control surface shows it."""
        return asdict(self)


def retry_delays_s() -> tuple[float, ...]:
    """Return the waits between attempts: doubling up to two hours, a day in all."""
    delays: list[float] = []
    wait_s = _FIRST_RETRY_S
    while sum(delays) + wait_s <= _GIVEN_UP_S:
        delays.append(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_RETRY_S)
    return tuple(delays)


def is_acknowledged(reply: Reply) -> bool:
    """Tell whether a receiver took the message: 200 and an Ack that says true."""
    if reply.status != 200:
        return False
    try:
        root = fromstring(reply.body)
    except (ParseError, DefusedXmlException, ValueError):
        return False
    acks = root.findall(f".//{{{OUTBOUND}}}notificationsResponse/{{{OUTBOUND}}}Ack")
    return len(acks) == 1 and (acks[0].text or "").strip().lower() in {"true", "1"}


class OutboundMessages:
    """The definitions, and the notifications that changes give rise to."""

    def __init__(self, org: Org) -> None:
        """Start without definitions."""
        self._org = org
        self.definitions: dict[str, Definition] = {}
        self._ever: dict[str, Definition] = {}

    def clear(self) -> None:
        """Drop the definitions; messages already waiting are still sent."""
        self.definitions.clear()

    def define(self, object_name: str, url: str, fields: Sequence[str] | None = None) -> Definition:
        """Add a definition; all of the object's fields unless named.

        Raises:
            ValueError: no such object or field.
        """
        sobject = self._org.object_named(object_name)
        if sobject is None or not sobject.replicable:
            message = f"no outbound message can be defined for {object_name!r}"
            raise ValueError(message)
        known = {made.name for made in sobject.fields.values() if made.type != "address" and made.name not in _PRIVATE}
        unknown = set(fields or ()) - known
        if unknown:
            message = f"no such fields of {sobject.name}: {sorted(unknown)}"
            raise ValueError(message)
        chosen = tuple(sorted((set(fields) if fields is not None else known) - {"Id"}))
        action_id = self._org.mint.mint("04k")
        made = Definition(action_id=action_id, object_name=sobject.name, url=url, fields=chosen)
        self.definitions[action_id] = self._ever[action_id] = made
        return made

    def take(self, changes: Sequence[Change]) -> dict[str, list[dict[str, Any]]]:
        """Return new notifications by action id; one per record of a transaction, none for deletes."""
        told: dict[str, list[dict[str, Any]]] = {}
        for made in self.definitions.values():
            ids = dict.fromkeys(
                change.record_id
                for change in changes
                if change.kind in {"CREATE", "UPDATE"} and change.table.sobject.name == made.object_name
            )
            if ids:
                told[made.action_id] = [
                    {"notification_id": self._org.mint.mint("04l"), "record_id": record_id} for record_id in ids
                ]
        return told

    def render(self, action_id: str, notifications: Sequence[dict[str, Any]], *, base_url: str) -> Outgoing:
        """Build one message from the records as they are now."""
        made = self._ever[action_id]
        parts = [self._notification(made, each) for each in notifications]
        short_id = self._org.organization_id[:15]
        head = (
            f"<OrganizationId>{self._org.organization_id}</OrganizationId>"
            f"<ActionId>{action_id}</ActionId>"
            '<SessionId xsi:nil="true"/>'
            f"<EnterpriseUrl>{escape(base_url)}/services/Soap/c/67.0/{short_id}</EnterpriseUrl>"
            f"<PartnerUrl>{escape(base_url)}/services/Soap/u/67.0/{short_id}</PartnerUrl>"
        )
        envelope = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f'<soapenv:Body><notifications xmlns="{OUTBOUND}">{head}{"".join(parts)}'
            "</notifications></soapenv:Body></soapenv:Envelope>"
        )
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""', "User-Agent": "SFDC-Callout/67.0"}
        return Outgoing(url=made.url, headers=headers, body=envelope.encode())

    def _notification(self, made: Definition, notification: dict[str, Any]) -> str:
        row = self._org.row(made.object_name, str(notification["record_id"]))
        kind = quoteattr(f"sf:{made.object_name}")
        inner = _elements(made, row) if row is not None else ""
        return (
            f"<Notification><Id>{notification['notification_id']}</Id>"
            f'<sObject xsi:type={kind} xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{inner}</sObject>'
            "</Notification>"
        )


def _elements(made: Definition, row: Row) -> str:
    parts = [f"<sf:Id>{row['Id']}</sf:Id>"]
    for name in made.fields:
        value = row.get(name)
        if value is not None:
            parts.append(f"<sf:{name}>{escape(_shown(value))}</sf:{name}>")
    return "".join(parts)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return event_stamp(text) if text.endswith(".000+0000") else text
