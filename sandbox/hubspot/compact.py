"""JSON without spaces, as the vendor sends it."""

from __future__ import annotations

import json


def compact_json(body: object) -> bytes:
    """Return ``body`` as UTF-8 JSON without spaces."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
