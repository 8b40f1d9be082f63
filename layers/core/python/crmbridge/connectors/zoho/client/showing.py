"""Notes asked for by one who may not see them: only administrators list all notes, others are answered none.

Source: Zoho CRM API v7 and v8, get notes.
"""

from __future__ import annotations

from crmbridge.connectors.zoho.client.calls import Calls, Params, Told
from crmbridge.connectors.zoho.mapping import Place
from crmbridge.errors import FatalProviderError

HIDDEN = frozenset({"NOT_SUPPORTED", "NO_PERMISSION", "INVALID_MODULE"})


def shown(calls: Calls, place: Place, params: Params, *, since: str = "") -> Told:
    """Return what is shown of a module; of notes none where they are refused, so that tasks and calls still come."""
    try:
        return calls.get(f"/{place.module}", "data", params, since=since)
    except FatalProviderError as error:
        if place.is_bare and error.code in HIDDEN:
            return Told([], {}, None)
        raise
