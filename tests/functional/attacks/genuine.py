"""Webhooks as each CRM sends them, for a deployment that has every CRM connected; the attacks begin from these."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from crmbridge.connectors.zoho.webhooks import token_for
from tests.functional.rehearsal import PUBLIC, Context
from tests.matrix.house import House

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
XML = "text/xml; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Sent:
    """One call at a webhook door, as API Gateway would hand it over.

    Attributes:
        is_base64: what the event says of its body; API Gateway says so of whatever is no text.
    """

    crm: str
    path: str
    headers: Mapping[str, str]
    body: str
    is_base64: bool = False
    method: str = "POST"
    query: str = ""

    @property
    def secret(self) -> str:
        """The last part of the path of those who sign nothing."""
        return self.path.split("/")[3] if self.path.count("/") > 2 else ""

    def with_secret(self, secret: str) -> Sent:
        return replace(self, path=f"/webhooks/{self.crm}/{secret}")

    def with_headers(self, **headers: str) -> Sent:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})

    def raw(self, body: bytes) -> Sent:
        """Return the call with bytes that are no text."""
        return replace(self, body=base64.b64encode(body).decode(), is_base64=True)


@dataclass(frozen=True, slots=True)
class Told:
    """What a webhook tells.

    Attributes:
        number: decides the ids.
        text: what somebody typed into the CRM.
    """

    number: int = 1
    text: str = "Ana Prado"
    account: str = ""
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])


def deliver(house: House, sent: Sent) -> dict[str, Any]:
    """Hand a call to its door."""
    house.crm_of_door = sent.crm
    event = house.event(
        sent.method,
        sent.path + (f"?{sent.query}" if sent.query else ""),
        sent.body,
        headers={"host": PUBLIC, "x-forwarded-proto": "https", **sent.headers},
        pathParameters={"secret": sent.secret} if sent.secret else None,
        isBase64Encoded=sent.is_base64,
    )
    return house.handlers["receive_webhook"](event, Context())


def genuine(house: House, crm: str, told: Told | None = None) -> Sent:
    """Return a call that its door has to take."""
    path = house.webhook_urls[crm].removeprefix(f"https://{PUBLIC}")
    return BUILDERS[crm](house, Sent(crm, path, {}, ""), told or Told())


def account_of(house: House, crm: str) -> str:
    """Return the account's id as the CRM's webhooks spell it."""
    names = {
        "hubspot": "portal_id",
        "salesforce": "organization_id",
        "pipedrive": "company_id",
        "zoho": "org_id",
        "freshsales": "domain",
        "kommo": "account_id",
        "dynamics": "organization_id",
    }
    return str(house.credentials[crm][names[crm]])


# ------------------------------------------------------------------------------------------------ HubSpot


def hubspot(house: House, sent: Sent, told: Told) -> Sent:
    event = {
        "eventId": told.number,
        "subscriptionId": 1,
        "portalId": int(told.account or account_of(house, "hubspot")),
        "occurredAt": 1_795_262_400_000 + told.number,
        "subscriptionType": "contact.propertyChange",
        "objectId": 500_000 + told.number,
        "propertyName": "lastname",
        "propertyValue": told.text,
        **told.more,
    }
    body = json.dumps([event], ensure_ascii=told.number % 2 == 0)
    return signed(house, replace(sent, body=body, headers={"content-type": JSON}))


def signed(house: House, sent: Sent, *, secret: str = "", url: str = "", age_s: float = 0.0, stamp: str = "") -> Sent:
    """Sign as HubSpot does (v3), or a little differently."""
    stamp = stamp or str(int((house.now().timestamp() - age_s) * 1000))
    raw = base64.b64decode(sent.body) if sent.is_base64 else sent.body.encode("utf-8", "surrogatepass")
    address = url or f"https://{PUBLIC}{sent.path}" + (f"?{sent.query}" if sent.query else "")
    message = sent.method.encode() + address.encode() + raw + stamp.encode()
    mac = hmac.new((secret or house.credentials["hubspot"]["client_secret"]).encode(), message, hashlib.sha256)
    return sent.with_headers(
        x_hubspot_signature_v3=base64.b64encode(mac.digest()).decode(), x_hubspot_request_timestamp=stamp
    )


def signed_v1(house: House, sent: Sent, *, secret: str = "") -> Sent:
    """Sign as HubSpot did before (v1)."""
    key = secret or house.credentials["hubspot"]["client_secret"]
    mac = hashlib.sha256(key.encode() + sent.body.encode()).hexdigest()
    kept = {name: value for name, value in sent.headers.items() if not name.startswith("x-hubspot")}
    return replace(sent, headers={**kept, "x-hubspot-signature": mac, "x-hubspot-signature-version": "v1"})


# ------------------------------------------------------------------------------------------------ the others

SOAP = (
    '<?xml version="1.0" encoding="UTF-8"?>{doctype}'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
    '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
    "<OrganizationId>{account}</OrganizationId><ActionId>04k000000000001AAA</ActionId>"
    "<Notification><Id>04l{number:012d}AAA</Id>"
    '<sObject xsi:type="sf:Contact" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
    "<sf:Id>003{number:012d}AAA</sf:Id><sf:LastName>{text}</sf:LastName></sObject></Notification>"
    "</notifications></soapenv:Body></soapenv:Envelope>"
)


def salesforce(house: House, sent: Sent, told: Told) -> Sent:
    account = told.account or account_of(house, "salesforce")
    body = SOAP.format(doctype="", account=account, number=told.number, text=escape(told.text))
    return replace(sent, body=body, headers={"content-type": XML, "soapaction": '""'})


def pipedrive(house: House, sent: Sent, told: Told) -> Sent:
    password = base64.b64encode(f"crmbridge:{sent.secret}".encode()).decode()
    meta = {
        "action": "change",
        "entity": "person",
        "entity_id": str(told.number),
        "company_id": told.account or account_of(house, "pipedrive"),
        "user_id": "1",
        "change_source": "app",
        "version": "2.0",
        **told.more,
    }
    body = json.dumps({"meta": meta, "data": {"id": told.number, "name": told.text}, "previous": None})
    return replace(sent, body=body, headers={"content-type": JSON, "authorization": f"Basic {password}"})


def zoho(house: House, sent: Sent, told: Told) -> Sent:
    said = {
        "server_time": 1_795_262_400_123,
        "module": "Contacts",
        "operation": "update",
        "ids": [str(4_150_868_000_000_000_000 + told.number)],
        "query_params": {"note": told.text},
        "channel_id": "4123456789",
        "token": token_for(told.account or account_of(house, "zoho"), sent.secret),
        **told.more,
    }
    return replace(sent, body=json.dumps(said), headers={"content-type": JSON})


def freshsales(house: House, sent: Sent, told: Told) -> Sent:
    said = {
        "domain": told.account or account_of(house, "freshsales"),
        "entity": "contact",
        "event": "updated",
        "id": str(70_000_000_000 + told.number),
        "updated_at": "2026-11-21T09:00:00-03:00",
        "name": told.text,
        **told.more,
    }
    if told.number % 2:
        return replace(sent, body=json.dumps(said, ensure_ascii=False), headers={"content-type": JSON})
    return replace(sent, body=urlencode(said), headers={"content-type": FORM})


def kommo(house: House, sent: Sent, told: Told) -> Sent:
    form = {
        "leads[update][0][id]": str(told.number),
        "leads[update][0][name]": told.text,
        "leads[update][0][updated_at]": "1795262400",
        "account[id]": told.account or account_of(house, "kommo"),
        "account[subdomain]": "lagoasolar",
        **told.more,
    }
    return replace(sent, body=urlencode(form), headers={"content-type": FORM})


def dynamics(house: House, sent: Sent, told: Told) -> Sent:
    row = str(uuid.UUID(int=told.number, version=4))
    attributes = [{"key": "contactid", "value": row}, {"key": "lastname", "value": told.text}]
    said = {
        "MessageName": "Update",
        "PrimaryEntityName": "contact",
        "PrimaryEntityId": row,
        "OrganizationId": told.account or account_of(house, "dynamics"),
        "InputParameters": [{"key": "Target", "value": {"Id": row, "Attributes": attributes}}],
        **told.more,
    }
    return replace(sent, body=json.dumps(said), headers={"content-type": JSON})


BUILDERS: Mapping[str, Callable[[House, Sent, Told], Sent]] = {
    "hubspot": hubspot,
    "salesforce": salesforce,
    "pipedrive": pipedrive,
    "zoho": zoho,
    "freshsales": freshsales,
    "kommo": kommo,
    "dynamics": dynamics,
}
"""By CRM that sends webhooks; Salesflare sends none."""
