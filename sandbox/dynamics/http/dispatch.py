"""Which call goes where."""

from __future__ import annotations

import re

from sandbox.dynamics import actions
from sandbox.dynamics.errors import DataverseError, bad_query, no_segment
from sandbox.dynamics.http.actions import ACTIONS
from sandbox.dynamics.http.calls import Answer, Call
from sandbox.dynamics.http.definitions import definitions
from sandbox.dynamics.http.records import collection, count, single
from sandbox.dynamics.http.tails import tail
from sandbox.dynamics.org import Org
from sandbox.dynamics.switches import Switches

_PATH = re.compile(r"(?P<head>[$\w.]+)(?:\((?P<key>(?:'(?:[^']|'')*'|[^()'])*)\))?(?:/(?P<tail>.+))?")


def dispatch(org: Org, switches: Switches, call: Call) -> Answer:
    """Carry out one call, or undo it.

    Raises:
        DataverseError: it is refused; nothing of it stays.
    """
    mark = org.mark()
    try:
        return _dispatch(org, switches, call)
    except DataverseError:
        org.roll_back(mark)
        raise


def _dispatch(org: Org, switches: Switches, call: Call) -> Answer:
    match = _PATH.fullmatch(call.path)
    if match is None:
        raise bad_query(f"Bad Request - Error in query syntax: '{call.path[:200]}'.")
    head, key, rest = match["head"], match["key"], match["tail"]
    action = ACTIONS.get((call.method, head))
    if action is not None and rest is None:
        return action(org, call)
    if head == "EntityDefinitions":
        return definitions(org, switches, call, key, rest)
    table = org.by_set(head)
    switches.check(table.name, call.method, rest or "")
    if key is None:
        if rest == "$count" and call.method == "GET":
            return count(org, table, call)
        if rest in actions.BULK and call.method == "POST":
            body = actions.BULK[rest](org, table, call.json(), by=call.by)
            return Answer(status=204 if body is None else 200, body=body, table=table.set_name)
        if rest is not None:
            raise no_segment(rest)
        return collection(org, switches, table, call)
    return single(org, switches, table, key, call) if rest is None else tail(org, table, key, rest, call)


def template_of(path: str) -> str:
    """Return a path's template, for the log."""
    return re.sub(r"\([^)]*\)", "({key})", path)
