"""Whose organization this is, who works there, and which application is registered."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from sandbox.dynamics.org import Org, Row

HOST = "contoso.crm4.dynamics.com"
CLIENT_ID = "6f1c1d9e-3f58-4c19-9f0c-8f6a5a4f0a11"
CLIENT_SECRET = "sandbox~dynamics.client-secret_value"
TENANT_ID = "0f2f6b1c-7a55-4b0e-8b83-62fd0c6f9a20"
_NAMESPACE = uuid.UUID("d1f0a7f4-6f3b-4a5e-9a9e-2f9c5f7b1e01")


def constant_id(name: str) -> str:
    """Return an id that stays the same over resets."""
    return str(uuid.uuid5(_NAMESPACE, name))


ORGANIZATION_ID = constant_id("organization")
INTEGRATION_USER = constant_id("user integration")
APPLICATION_USER = constant_id("user application")
ADMIN_USER = constant_id("user admin")

PEOPLE = (
    (INTEGRATION_USER, "Ines Integration", "ines.integration@contoso.example", False, 0),
    (ADMIN_USER, "Ada Admin", "ada.admin@contoso.example", False, 0),
    (constant_id("user seller"), "Sven Seller", "sven.seller@contoso.example", False, 0),
    (constant_id("user former"), "Fay Former", "fay.former@contoso.example", True, 0),
    (constant_id("user support"), "SYSTEM", None, False, 3),
)
CURRENCIES = (("EUR", "Euro", "€"), ("USD", "US Dollar", "$"), ("BRL", "Brazilian Real", "R$"))
MESSAGES = ("Create", "Update", "Delete", "Merge", "Win", "Lose", "QualifyLead", "Assign")


def credentials(base_url: str) -> dict[str, Any]:
    """Return what a client needs to connect."""
    sign_in = f"{base_url}/organizations/oauth2/v2.0"
    return {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "tenant_id": TENANT_ID,
        "domain": HOST,
        "scope": f"https://{HOST}/.default offline_access",
        "authorize_url": f"{sign_in}/authorize",
        "token_url": f"{sign_in}/token",
        "organization_id": ORGANIZATION_ID,
        "user_id": INTEGRATION_USER,
    }


def is_our_host(host: str, base_url: str) -> bool:
    """Tell whether a resource is this organization, under its own name or where it is served."""
    return host in (HOST, HOST.replace(".", ".api.", 1), urlsplit(base_url).netloc)


def furnish(org: Org) -> None:
    """Put people, currencies, roles and messages into a new organization."""
    for row_id, name, email, disabled, mode in PEOPLE:
        person = {"fullname": name, "internalemailaddress": email, "isdisabled": disabled, "accessmode": mode}
        _put(org, "systemuser", row_id, {**person, "domainname": email})
    app = {"fullname": "# Bridge", "isdisabled": False, "accessmode": 4, "applicationid": CLIENT_ID}
    _put(org, "systemuser", APPLICATION_USER, {**app, "internalemailaddress": None})
    _put(org, "team", constant_id("team"), {"name": "contoso"})
    for code, name, symbol in CURRENCIES:
        money = {"isocurrencycode": code, "currencyname": name, "currencysymbol": symbol}
        _put(org, "transactioncurrency", constant_id(f"currency {code}"), money)
    about: Row = {"name": "contoso", "expirechangetrackingindays": 7}
    about["basecurrencyid"] = ("transactioncurrency", constant_id("currency EUR"))
    _put(org, "organization", ORGANIZATION_ID, about)
    for role in ("Stakeholder", "Sales Team"):
        _put(org, "connectionrole", constant_id(f"role {role}"), {"name": role})
    for message in MESSAGES:
        _put(org, "sdkmessage", constant_id(f"message {message}"), {"name": message})
        for table in ("account", "contact", "lead", "opportunity", "task", "phonecall", "appointment", "annotation"):
            found = {"primaryobjecttypecode": table, "sdkmessageid": ("sdkmessage", constant_id(f"message {message}"))}
            _put(org, "sdkmessagefilter", constant_id(f"filter {message} {table}"), found)
    org.commit()


def _put(org: Org, table: str, row_id: str, values: Row) -> None:
    definition = org.tables[table]
    row: Row = {name: column.default for name, column in definition.columns.items()}
    row |= {definition.primary: row_id, "createdon": org.now, "modifiedon": org.now, **values}
    org.put(table, row, by=ADMIN_USER, message="")
