"""What the open doors do: webhooks, the OAuth callback, change events, and Cognito's question for claims."""

from __future__ import annotations

import base64
import binascii
import html
from typing import Any

from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import CrmBridgeError, RequestRejectedError, WebhookRejectedError
from crmbridge.runtime import _sources as sources
from crmbridge.runtime import hub, reception, settings
from crmbridge.runtime.messages import Event, report
from crmbridge.runtime.outcomes import outcome_of
from crmbridge.runtime.telemetry import count, logger
from crmbridge.services.receive_webhook import Received, receive_events, receive_secret, receive_signed

BODY_MAX = 1_000_000
"""Bytes of the largest webhook body that is read; vendors send far less."""

ROLES = ("viewer", "operator", "admin")


def receive_webhook(event: Event) -> dict[str, Any]:
    """Answer one webhook call in the vendor's own way; never with a stack trace, never with a 500 for bad input."""
    crm = settings().crm
    secret = _texts(event, "pathParameters").get("secret", "")
    try:
        call = webhook_call(event)
        desk = reception()
        if desk.connectors.declaration(crm).supports.webhook_signature:
            received = receive_signed(desk, crm, call)
        else:
            received = receive_secret(desk, crm, call, secret=secret)
    except CrmBridgeError as error:
        report(error)
        outcome = outcome_of(error)
        return _text(outcome.status, outcome.title if outcome.status >= 500 else f"{outcome.title}: {error}")
    _count(crm, received)
    answer = received.answer
    return {"statusCode": answer.status, "headers": {"content-type": answer.content_type}, "body": answer.body}


def receive_change_event(event: Event) -> None:
    """Take one change event of Salesforce's Event Relay.

    Raises:
        WebhookRejectedError: the event is not what Salesforce documents.
    """
    from crmbridge.connectors import part  # noqa: PLC0415 - only this door needs it

    events = part("salesforce", "webhooks").parse_change_event(event)
    _count("salesforce", receive_events(reception(), "salesforce", events))


def finish_oauth(event: Event) -> dict[str, Any]:
    """Take the vendor's callback and show the one-time code to the person."""
    from crmbridge.services.connect_crm import finish_login  # noqa: PLC0415 - webhooks share this module, not this

    query = _texts(event, "queryStringParameters")
    crm = _texts(event, "pathParameters").get("crm", "")
    try:
        hub().connectors.declaration(crm)
        if "code" not in query:
            words = query.get("error_description") or query.get("error") or "no code came back"
            raise RequestRejectedError(f"the CRM did not grant access: {words[:200]}", field="code")
        completion = sources.secret()
        state = query.get("state", "")
        code = finish_login(hub(), crm, state=state, code=query["code"], completion=completion, told=query)
    except CrmBridgeError as error:
        report(error)
        outcome = outcome_of(error)
        return _page(outcome.status, "Not connected", f"<p>{html.escape(str(error))}</p><p>Begin the login again.</p>")
    body = (
        "<p>One step is left. Give this code to whoever began the login, "
        f'within ten minutes:</p><p><code id="code">{html.escape(code)}</code></p>'
    )
    return _page(200, "Nearly connected", body)


def add_claims(event: dict[str, Any]) -> dict[str, Any]:
    """Put a person's workspace and role into their tokens (Cognito pre-token trigger, version 2).

    A person without a workspace gets none, and the API then answers 403.
    """
    attributes = event["request"].get("userAttributes", {})
    role = attributes.get("custom:role", "viewer")
    claims = {"workspace": attributes.get("custom:workspace", ""), "role": role if role in ROLES else "viewer"}
    override = {"claimsToAddOrOverride": claims}
    event["response"] = {
        "claimsAndScopeOverrideDetails": {"idTokenGeneration": override, "accessTokenGeneration": override}
    }
    return event


def public_url(event: Event) -> str:
    """Return the URL the caller used, scheme and host included, as it stood before any proxy of ours."""
    headers = _texts(event, "headers")
    host = headers.get("host") or event["requestContext"]["domainName"]
    return f"{headers.get('x-forwarded-proto', 'https')}://{host}"


def webhook_call(event: Event) -> WebhookCall:
    """Turn an HTTP API event into a webhook call with its raw bytes.

    Raises:
        WebhookRejectedError: the body is larger than a megabyte or is not the Base64 it claims to be.
    """
    body = (event.get("body") or "").encode("utf-8", "surrogatepass")
    if event.get("isBase64Encoded"):
        try:
            body = base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise WebhookRejectedError("the body is not Base64", field="body") from error
    if len(body) > BODY_MAX:
        raise WebhookRejectedError(f"the body is larger than {BODY_MAX} bytes", field="body")
    query = event.get("rawQueryString", "")
    return WebhookCall(
        method=event["requestContext"]["http"]["method"].upper(),
        url=public_url(event) + event["rawPath"] + (f"?{query}" if query else ""),
        headers={name.lower(): value for name, value in _texts(event, "headers").items()},
        body=body,
    )


def _texts(event: Event, name: str) -> dict[str, str]:
    """Return a part of an HTTP API event that maps texts; absent and null are empty.

    Halves of characters, which no encoding can hold, become question marks.
    """
    found: dict[str, str] = event.get(name) or {}
    return {key: value.encode("utf-8", "replace").decode() for key, value in found.items()}


def _count(crm: str, received: Received) -> None:
    unknown = sum(received.unknown.values())
    if unknown or received.ownerless:
        extra = {"provider": crm, "unknown": received.unknown, "ownerless": received.ownerless}
        logger().warning("events without a place", extra=extra)
    count(crm, events_queued=received.queued, events_unknown=unknown, events_ownerless=received.ownerless)


def _text(status: int, text: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "text/plain; charset=utf-8"}, "body": text}


def _page(status: int, title: str, body: str) -> dict[str, Any]:
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'",
        "referrer-policy": "no-referrer",
    }
    return {"statusCode": status, "headers": headers, "body": page}
