"""The actions and functions that are called by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.dynamics import actions
from sandbox.dynamics.errors import bad_payload
from sandbox.dynamics.http.calls import Answer, Call
from sandbox.dynamics.org import Org

Action = Callable[[Org, Call], Answer]


# ------------------------------------------------------------------------------------------- unbound


def _who(org: Org, call: Call) -> Answer:
    context = f"{call.root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"
    return Answer(status=200, body={"@odata.context": context, **actions.who_am_i(org, call.by)})


def _merge(org: Org, call: Call) -> Answer:
    actions.merge(org, call.json(), by=call.by)
    return Answer()


def _win(org: Org, call: Call) -> Answer:
    actions.close(org, call.json(), by=call.by, state=1)
    return Answer()


def _lose(org: Org, call: Call) -> Answer:
    actions.close(org, call.json(), by=call.by, state=2)
    return Answer()


def _publish(_org: Org, call: Call) -> Answer:
    if "<importexportxml>" not in str(call.json().get("ParameterXml", "")):
        raise bad_payload("ParameterXml is no importexportxml.")
    return Answer()


ACTIONS: Mapping[tuple[str, str], Action] = {
    ("GET", "WhoAmI"): _who,
    ("POST", "Merge"): _merge,
    ("POST", "WinOpportunity"): _win,
    ("POST", "LoseOpportunity"): _lose,
    ("POST", "PublishXml"): _publish,
    ("POST", "PublishAllXml"): lambda _org, _call: Answer(),
}
