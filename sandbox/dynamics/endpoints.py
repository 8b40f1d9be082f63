"""What a webhook's registration must hold.

Source: Dataverse developer guide, register a webhook; table reference of serviceendpoint and step.
"""

from __future__ import annotations

from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sandbox.dynamics.errors import DataverseError
from sandbox.dynamics.org import Row


def settings_of(text: str) -> dict[str, str]:
    """Return the names and values in an endpoint's ``authvalue``.

    Raises:
        ValueError: it is no such XML.
    """
    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError):
        raise ValueError("authvalue is no settings XML") from None
    found = {each.get("name", ""): each.get("value", "") for each in root.findall("setting")}
    if root.tag != "settings" or not found or "" in found:
        raise ValueError("authvalue holds no settings")
    return found


def check_endpoint(row: Row) -> None:
    """Refuse a webhook without an address or without a way to prove itself.

    Raises:
        DataverseError: the endpoint cannot be called.
    """
    if row.get("contract") != 8:
        return
    if urlsplit(str(row.get("url") or "")).scheme not in ("https", "http"):
        raise DataverseError("0x80050210", "The webhook's URL is not valid.")
    if row.get("authtype") not in (4, 5, 6) or not row.get("authvalue"):
        raise DataverseError("0x80050210", "A webhook needs an authentication type (4, 5 or 6) and its value.")
    if row["authtype"] in (5, 6):
        try:
            settings_of(row["authvalue"])
        except ValueError as problem:
            raise DataverseError("0x80050210", str(problem)) from None


def check_step(row: Row) -> None:
    """Refuse a step that names no message or no endpoint, or is asynchronous before the operation is done.

    Raises:
        DataverseError: the step cannot run.
    """
    if row.get("sdkmessageid") is None or row.get("eventhandler") is None:
        raise DataverseError("0x80040203", "A step needs a message and an event handler.")
    if row.get("stage") not in (10, 20, 40) or row.get("mode") not in (0, 1):
        raise DataverseError("0x80040203", "A step needs a stage (10, 20 or 40) and a mode.")
    if row["mode"] == 1 and row["stage"] != 40:
        raise DataverseError("0x80044182", "Asynchronous steps run after the operation only.")
