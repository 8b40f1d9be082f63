"""Change events as Event Relay hands them to EventBridge.

Source: Salesforce Change Data Capture guide; Event Relay guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from crmbridge.connectors.salesforce.mapping.ids import id18
from crmbridge.connectors.salesforce.webhooks._hint import hint
from crmbridge.domain.webhook import HookKind, WebhookEvent
from crmbridge.errors import WebhookRejectedError

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
        hint(kind, name, object_name, account_id=account_id, fields={"Id": record_id, **role}, raw=raw)
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
