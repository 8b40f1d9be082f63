"""What a workflow posts, in the encoding it was told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from sandbox._webhook_delivery import Event
from sandbox._webhook_post import Outgoing
from sandbox.freshsales.workflows import TYPES


def outgoing(target: str, events: Sequence[Event]) -> Outgoing:
    """Build the call of one event."""
    (event,) = events
    headers = {"Content-Type": TYPES[event["encoding"]], "User-Agent": "Freshsales", **event["headers"]}
    return Outgoing(url=target, headers=headers, body=_body(event["content"], event["encoding"]).encode())


def _body(content: Mapping[str, str], encoding: str) -> str:
    if encoding == "form":
        return urlencode(content)
    if encoding == "xml":
        rows = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in content.items())
        return f'<?xml version="1.0" encoding="UTF-8"?><data>{rows}</data>'
    return json.dumps(content)
