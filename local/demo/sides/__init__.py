"""The CRMs the demo can type into and look at, one module each, named as the connector is.

``side_of`` is how a further CRM joins: its module offers ``Side(control)``.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from local.errors import LocalError

if TYPE_CHECKING:
    from local.demo.control import Control
    from local.demo.model import World
    from local.demo.sides.side import Side

KNOWN = ("hubspot", "salesforce", "pipedrive", "zoho", "freshsales", "salesflare", "kommo", "dynamics")
"""The CRMs that can be typed into; the demo shows them in the order in which they are asked for."""


def kind_of(crm: str) -> type[Side]:
    """Return what is known of a CRM before it runs.

    Raises:
        LocalError: the demo does not know this CRM.
    """
    if crm not in KNOWN:
        message = f"the demo cannot type into {crm!r}; it knows {', '.join(KNOWN)}"
        raise LocalError(message)
    return cast("type[Side]", importlib.import_module(f"local.demo.sides.{crm}").Side)


def side_of(control: Control) -> Side:
    """Return what types into one simulated CRM and reads it.

    Raises:
        LocalError: the demo does not know this CRM.
    """
    return kind_of(control.crm)(control)


def typeable(world: World, crms: Iterable[str]) -> World:
    """Return what of a world people can type into its CRMs: no field where there is no place for it."""
    kinds = {crm: kind_of(crm) for crm in crms}
    drafts = {
        crm: tuple(kept for each in typed if (kept := kinds[crm].trimmed(each)) is not None)
        for crm, typed in world.drafts.items()
    }
    sellers = tuple(
        replace(each, crms=tuple(crm for crm in each.crms if kinds[crm].has_seats)) for each in world.sellers
    )
    return replace(world, drafts=drafts, sellers=sellers)
