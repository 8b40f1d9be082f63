"""Parameters and headers of calls, as strict as the vendor takes them."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.zoho.errors import ZohoError, limit_exceeded, param_missing
from sandbox.zoho.times import seconds

Params = Mapping[str, str]
FIELDS_MAX = 50


def fields_of(params: Params) -> list[str]:
    """Return the fields asked for.

    Raises:
        ZohoError: none are, or more than 50.
    """
    told = params.get("fields")
    if not told:
        raise param_missing("fields")
    names = list(dict.fromkeys(each for each in told.split(",") if each))
    if len(names) > FIELDS_MAX:
        raise limit_exceeded("fields limit exceeded", limit=FIELDS_MAX, param_name="fields")
    return names


def number(params: Params, name: str, otherwise: int, *, maximum: int = 10_000) -> int:
    """Return a positive whole number out of the parameters.

    Raises:
        ZohoError: it is none, or too big.
    """
    told = params.get(name, str(otherwise))
    if not (told.isascii() and told.isdigit() and 1 <= int(told) <= maximum):
        raise pattern_not_matched(name)
    return int(told)


def since_of(header: str | None) -> int | None:
    """Return the moment of ``If-Modified-Since``.

    Raises:
        ZohoError: it is not ISO 8601 with an offset.
    """
    if not header:
        return None
    found = seconds(header)
    if found is None:
        raise pattern_not_matched("If-Modified-Since")
    return found


def pattern_not_matched(name: str) -> ZohoError:
    """Build the refusal of a parameter's value."""
    message = "Please check whether the input values are correct"
    return ZohoError(code="PATTERN_NOT_MATCHED", message=message, details={"api_name": name})
