"""One folder per CRM, five files each; the folder's name is its registration.

``__init__``  ``CONNECTOR``: what the CRM can do, values only
``auth``      ``AUTH``: an ``OAuth2`` declaration; ``build(http, base_url) -> AuthFlow``
``client``    ``build(context) -> CrmClient``: HTTP only
``mapping``   pure: their JSON ⇄ our records
``webhooks``  ``DOOR``: a ``WebhookDoor``; pure, without pydantic
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from crmbridge.domain.declaration import Connector
from crmbridge.errors import NotFoundError

_NAME = re.compile(r"[a-z][a-z0-9]*")


@cache
def names() -> tuple[str, ...]:
    """Return the names of all connectors, ascending."""
    import pkgutil  # noqa: PLC0415 - a webhook's answer need not wait for it

    found = (each.name for each in pkgutil.iter_modules(__path__) if each.ispkg)
    return tuple(sorted(found))


def declaration(crm: str) -> Connector:
    """Return what a connector declares.

    Raises:
        NotFoundError: there is no such connector.
    """
    return part(crm, "").CONNECTOR


def part(crm: str, room: str) -> ModuleType:
    """Load one of a connector's five modules, and nothing of any other connector.

    Args:
        crm: the folder's name.
        room: ``auth``, ``client``, ``mapping``, ``webhooks``, or empty for the declaration.

    Raises:
        NotFoundError: there is no such connector.
    """
    if not _NAME.fullmatch(crm) or find_spec(f"{__name__}.{crm}") is None:
        raise NotFoundError(
            f"there is no CRM called {crm[:40]!r}", field="crm", next_step=f"use one of: {', '.join(names())}"
        )
    return import_module(f"{__name__}.{crm}" + (f".{room}" if room else ""))
