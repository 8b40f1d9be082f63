"""The app's webhook settings and subscriptions."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox.hubspot.account import APP_ID, DEVELOPER_KEY
from sandbox.hubspot.errors import VendorError, error, invalid_input
from sandbox.hubspot.http.calls import ApiCall, answer, batch_answer, no_content, required
from sandbox.hubspot.times import iso

JsonObject = dict[str, Any]
_MAX_BATCH = 100


def authorize_developer(call: ApiCall) -> None:
    """Let only the app's developer pass: the developer key, as Bearer or in the query.

    Raises:
        VendorError: 401 for another key, 404 for another app.
    """
    args, header = call.request.args, call.request.headers.get("Authorization", "")
    given = args.get("developer_hapikey") or args.get("hapikey") or header.removeprefix("Bearer ").strip()
    if given != DEVELOPER_KEY:
        raise error(401, "The API key provided is invalid.", "INVALID_AUTHENTICATION")
    if call.params.get("appId") != str(APP_ID):
        raise error(404, f"No app found with id {call.params.get('appId')}", "OBJECT_NOT_FOUND")


def read_settings(call: ApiCall) -> Response:
    """Answer the target URL and the throttling."""
    authorize_developer(call)
    return answer(_settings(call))


def write_settings(call: ApiCall) -> Response:
    """Set the target URL and the throttling."""
    authorize_developer(call)
    body = call.json()
    required(body, "targetUrl", "throttling")
    url = str(body["targetUrl"])
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise invalid_input("targetUrl must be https")
    book = call.portal.subscriptions
    most = body["throttling"].get("maxConcurrentRequests")
    if not isinstance(most, int) or not 1 <= most <= 100:
        raise invalid_input("throttling.maxConcurrentRequests must be a positive number")
    book.target_urls, book.max_concurrent, book.settings_ms = (url,), most, call.now_ms
    call.portal.deliveries.configure({"concurrency": most})
    return answer(_settings(call))


def delete_settings(call: ApiCall) -> Response:
    """Forget the target URL; nothing is sent from then on."""
    authorize_developer(call)
    call.portal.subscriptions.target_urls = ()
    return no_content()


def list_subscriptions(call: ApiCall) -> Response:
    """Answer every subscription of the app."""
    authorize_developer(call)
    return answer({"results": [item.as_json() for item in call.portal.subscriptions.items.values()]})


def read_subscription(call: ApiCall) -> Response:
    """Answer one subscription."""
    authorize_developer(call)
    return answer(call.portal.subscriptions.find(call.params["subscriptionId"]).as_json())


def create_subscription(call: ApiCall) -> Response:
    """Create a subscription; it is paused unless ``active`` says otherwise."""
    authorize_developer(call)
    body = call.json()
    required(body, "eventType")
    created = call.portal.subscriptions.add(
        str(body["eventType"]),
        now_ms=call.now_ms,
        property_name=body.get("propertyName"),
        object_type_id=body.get("objectTypeId"),
        active=bool(body.get("active", False)),
    )
    return answer(created.as_json(), 201)


def update_subscription(call: ApiCall) -> Response:
    """Start or pause a subscription."""
    authorize_developer(call)
    active = bool(call.json().get("active", False))
    book = call.portal.subscriptions
    return answer(book.switch(call.params["subscriptionId"], active=active, now_ms=call.now_ms).as_json())


def update_subscriptions(call: ApiCall) -> Response:
    """Start or pause many subscriptions."""
    authorize_developer(call)
    results: list[JsonObject] = []
    errors: list[JsonObject] = []
    for item in call.inputs(_MAX_BATCH):
        try:
            found = call.portal.subscriptions.switch(
                str(item.get("id")), active=bool(item.get("active")), now_ms=call.now_ms
            )
            results.append(found.as_json())
        except VendorError as refusal:
            errors.append(refusal.as_row(None))
    return batch_answer(call, results, errors)


def delete_subscription(call: ApiCall) -> Response:
    """Delete a subscription."""
    authorize_developer(call)
    call.portal.subscriptions.remove(call.params["subscriptionId"])
    return no_content()


def _settings(call: ApiCall) -> JsonObject:
    book = call.portal.subscriptions
    if not book.target_urls:
        raise error(404, "No webhook settings found for this app", "OBJECT_NOT_FOUND")
    moment = iso(book.settings_ms or call.now_ms)
    return {
        "targetUrl": book.target_urls[0],
        "throttling": {"maxConcurrentRequests": book.max_concurrent},
        "createdAt": moment,
        "updatedAt": moment,
    }
