"""The CRMs the demo can type into and look at, one module each, named as the connector is.

``side_of`` is how a further CRM joins: its module offers ``Side(control)``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from local.errors import LocalError

if TYPE_CHECKING:
    from local.demo.control import Control
    from local.demo.sides.side import Side

KNOWN = ("hubspot", "salesforce")
"""In the order in which they are shown."""


def side_of(control: Control) -> Side:
    """Return what types into one simulated CRM and reads it.

    Raises:
        LocalError: the demo does not know this CRM.
    """
    if control.crm not in KNOWN:
        message = f"the demo cannot type into {control.crm!r}; it knows {', '.join(KNOWN)}"
        raise LocalError(message)
    module = importlib.import_module(f"local.demo.sides.{control.crm}")
    return cast("Side", module.Side(control))
