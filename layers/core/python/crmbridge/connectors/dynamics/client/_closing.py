"""The way from one state to another: opportunities and leads are closed by actions, not by a column.

Source: Dataverse Web API action reference (WinOpportunity, LoseOpportunity, QualifyLead).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.connectors.dynamics.client._api import ROOT
from crmbridge.connectors.dynamics.client._batch import Request
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.connectors.dynamics.mapping.stages import Target

_WON = 1
_JSON = {"OData-Version": "4.0"}


def steps_to(target: Target | None, row: Mapping[str, Any], facts: Facts) -> tuple[Request, ...]:
    """Return the requests that bring a row from its state to the wanted one; none when it is there.

    Args:
        target: ``None`` leaves the row where it is.
        row: with ``statecode`` and ``statuscode`` as they are.
    """
    if target is None:
        return ()
    place = facts.place
    path = f"{ROOT}/{place.set_name}({row[place.key]})"
    state, status = int(row.get("statecode") or 0), row.get("statuscode")
    if place.table == "opportunity":
        return _deal_steps(target, state, path, facts)
    if place.table == "lead":
        return _lead_steps(target, state, status, path, facts)
    if facts.stages.key(state, int(status or 0)) == facts.stages.key(target.state, target.option):
        return ()
    return (_patch(path, {"statecode": target.state, "statuscode": target.option}),)


def _deal_steps(target: Target, state: int, path: str, facts: Facts) -> tuple[Request, ...]:
    if state == target.state:
        return ()
    opened = next((each.value for each in facts.schema.options("statuscode") if each.state == 0), 1)
    reopen = () if state == 0 else (_patch(path, {"statecode": 0, "statuscode": opened}),)
    if target.state == 0:
        return reopen
    is_won = target.state == _WON
    close = {
        "OpportunityClose": {
            "@odata.type": "Microsoft.Dynamics.CRM.opportunityclose",
            "subject": "Won" if is_won else "Lost",
            "opportunityid@odata.bind": path.removeprefix(ROOT),
        },
        "Status": target.option,
    }
    action = "WinOpportunity" if is_won else "LoseOpportunity"
    return (*reopen, Request(method="POST", path=f"{ROOT}/{action}", body=close, headers=_JSON))


def _lead_steps(target: Target, state: int, status: object, path: str, facts: Facts) -> tuple[Request, ...]:
    is_there = status == target.option if target.state == 0 else state == target.state
    if is_there and state == target.state:
        return ()
    if target.state != _WON:
        return (_patch(path, {"statecode": target.state, "statuscode": target.option}),)
    opened = next((each.value for each in facts.schema.options("statuscode") if each.state == 0), 1)
    reopen = () if state == 0 else (_patch(path, {"statecode": 0, "statuscode": opened}),)
    body = {"CreateAccount": False, "CreateContact": False, "CreateOpportunity": False, "Status": target.option}
    qualify = f"{path}/Microsoft.Dynamics.CRM.QualifyLead"
    return (*reopen, Request(method="POST", path=qualify, body=body, headers=_JSON))


def _patch(path: str, body: Mapping[str, Any]) -> Request:
    return Request(method="PATCH", path=path, body=body, headers={"If-Match": "*"})
