"""Attacks on the one CRM that signs its webhooks: signatures, times, replays, headers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.functional.attacks.attack import Attack
from tests.functional.attacks.genuine import Sent, Told, genuine, signed, signed_v1
from tests.functional.rehearsal import PUBLIC
from tests.matrix.house import House

SIGNING = "hubspot"


def _resigned(**how: object) -> Callable[[House], Sent]:
    return lambda house: signed(house, genuine(house, SIGNING), **how)  # type: ignore[arg-type] - by name


def _with(**headers: Callable[[str], str]) -> Callable[[House], Sent]:
    """Change headers of a genuine call."""

    def make(house: House) -> Sent:
        sent = genuine(house, SIGNING)
        changed = {name: change(sent.headers.get(name.replace("_", "-"), "")) for name, change in headers.items()}
        return sent.with_headers(**changed)

    return make


def _v1(change: Callable[[Sent], Sent] = lambda sent: sent, **how: str) -> Callable[[House], Sent]:
    return lambda house: change(signed_v1(house, genuine(house, SIGNING), **how))


def _other_body(house: House) -> Sent:
    return replace(genuine(house, SIGNING, Told(2)), headers=genuine(house, SIGNING, Told(3)).headers)


def _bare(*dropped: str) -> Callable[[House], Sent]:
    def make(house: House) -> Sent:
        sent = genuine(house, SIGNING)
        return replace(sent, headers={name: value for name, value in sent.headers.items() if name not in dropped})

    return make


def _v3_value_as_v1(house: House) -> Sent:
    sent = genuine(house, SIGNING)
    value = sent.headers["x-hubspot-signature-v3"]
    return _bare("x-hubspot-signature-v3")(house).with_headers(x_hubspot_signature=value)


def _v1_value_as_v3(house: House) -> Sent:
    value = signed_v1(house, genuine(house, SIGNING)).headers["x-hubspot-signature"]
    return genuine(house, SIGNING).with_headers(x_hubspot_signature_v3=value)


def _replayed_elsewhere(house: House) -> Sent:
    return replace(genuine(house, SIGNING), query="again=1")


_V3, _STAMP = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
SIGNATURES: dict[str, Callable[[House], Sent]] = {
    "no signature at all": _bare(_V3, _STAMP),
    "no timestamp": _bare(_STAMP),
    "no signature beside a timestamp": _bare(_V3),
    "an empty signature": _with(x_hubspot_signature_v3=lambda _: ""),
    "a signature cut off": _with(x_hubspot_signature_v3=lambda value: value[:-6]),
    "a signature with more behind it": _with(x_hubspot_signature_v3=lambda value: value + "AAAA"),
    "a signature in other letters": _with(x_hubspot_signature_v3=str.swapcase),
    "a signature that is no Base64": _with(x_hubspot_signature_v3=lambda _: "<script>"),
    "a signature with a surrogate": _with(x_hubspot_signature_v3=lambda value: "\ud800" + value),
    "a signature sent twice": _with(x_hubspot_signature_v3=lambda value: f"{value},{value}"),
    "a right and a wrong signature": _with(x_hubspot_signature_v3=lambda value: f"{value},AAAA"),
    "a signature of another body": _other_body,
    "a signature by another app": _resigned(secret="another-apps-secret"),
    "a signature by the client's id": lambda house: signed(
        house, genuine(house, SIGNING), secret=house.credentials["hubspot"]["client_id"]
    ),
    "a signature for another host": _resigned(url="https://evil.test/webhooks/hubspot"),
    "a signature for plain HTTP": _resigned(url=f"http://{PUBLIC}/webhooks/hubspot"),
    "a signature for another path": _resigned(url=f"https://{PUBLIC}/webhooks/hubspot/x"),
    "replayed with another query": _replayed_elsewhere,
    "replayed after five minutes": _resigned(age_s=301),
    "replayed after a day": _resigned(age_s=86_400),
    "from the future": _resigned(age_s=-302),
    "a time in seconds": lambda house: signed(house, genuine(house, SIGNING), stamp=str(int(house.now().timestamp()))),
    "a time in words": _resigned(stamp="yesterday"),
    "a time below zero": _resigned(stamp="-1795262400000"),
    "a time that overflows": _resigned(stamp="9" * 400),
    "a time in other digits": _resigned(stamp="١٧٩٥٢٦٢٤٠٠٠٠٠"),
    "a time with a fraction": _resigned(stamp="1795262400000.5"),
    "a time that was changed": _with(x_hubspot_request_timestamp=lambda value: str(int(value) + 1)),
    "a time sent twice": _with(x_hubspot_request_timestamp=lambda value: f"{value},{value}"),
    "a v3 signature where v1 belongs": _v3_value_as_v1,
    "a v1 signature where v3 belongs": _v1_value_as_v3,
    "a right v1 beside a wrong v3": _v1(lambda sent: sent.with_headers(x_hubspot_signature_v3="AAAA")),
    "v1 by another app": _v1(secret="another-apps-secret"),
    "v1 cut off": _v1(lambda sent: sent.with_headers(x_hubspot_signature=sent.headers["x-hubspot-signature"][:-1])),
    "v1 that is no hex": _v1(lambda sent: sent.with_headers(x_hubspot_signature="z" * 64)),
    "v1 in upper case": _v1(
        lambda sent: sent.with_headers(x_hubspot_signature=sent.headers["x-hubspot-signature"].upper())
    ),
    "v1 that says it is v2": _v1(lambda sent: sent.with_headers(x_hubspot_signature_version="v2")),
    "v1 of another body": _v1(lambda sent: replace(sent, body=sent.body + " ")),
    "another host by a header": lambda house: signed(
        house, genuine(house, SIGNING), url="https://evil.test/webhooks/hubspot"
    ).with_headers(x_forwarded_host="evil.test", x_original_host="evil.test", forwarded="host=evil.test"),
    "another path by a header": lambda house: signed(
        house, genuine(house, SIGNING), url=f"https://{PUBLIC}/webhooks/other"
    ).with_headers(x_original_url="/webhooks/other", x_rewrite_url="/webhooks/other"),
    "another method by a header": lambda house: replace(
        signed(house, replace(genuine(house, SIGNING), method="PUT")), method="POST"
    ).with_headers(x_http_method_override="PUT"),
}


def signature_attacks() -> Iterator[Attack]:
    for name, make in SIGNATURES.items():
        yield Attack(f"{SIGNING}: {name}", make, (401,))
