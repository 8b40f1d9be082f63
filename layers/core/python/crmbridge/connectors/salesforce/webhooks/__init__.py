"""Outbound messages (SOAP) and change events (Event Relay): which records changed, nothing more."""

from crmbridge.connectors.salesforce.webhooks._change_events import parse_change_event
from crmbridge.connectors.salesforce.webhooks._outbound import MAX_BYTES, OutboundDoor

DOOR = OutboundDoor()

__all__ = ["DOOR", "MAX_BYTES", "parse_change_event"]
