"""Why a value is not in a CRM as it was said: from the declarations, and from the few rules that hold everywhere."""

from __future__ import annotations

from crmbridge import connectors
from crmbridge.domain.declaration import Supports
from crmbridge.domain.records import Entity

OWNER = "an owner is known by e-mail address; whoever does not work there is left out, and the CRM names its own"
FILLED_IN = "where nobody has said anything, the CRM shows its own default, which is no edit and goes nowhere"


def reason(crm: str, entity: Entity, field: str, how: str) -> str:
    """Return why a CRM shows a field otherwise than it was said; empty where nothing explains it."""
    if how == "filled in":
        return FILLED_IN
    declared = connectors.declaration(crm).supports.rewrites.get(f"{entity}.{field}", "")
    return declared or (OWNER if field == "owner" else "")


def absence(supports: Supports, entity: Entity, field: str = "") -> str:
    """Return why a CRM does not hold an entity, or a field of one it has; empty where nothing explains it."""
    plural = {"activity": "activities", "company": "companies"}.get(entity, f"{entity}s")
    names = (f"{entity}.{field}", field) if field else (entity, plural)
    return next((supports.not_built[name] for name in names if name in supports.not_built), "")
