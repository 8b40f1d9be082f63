"""Values as CRMs state them, brought into canonical form; pure and the same for every connector."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from crmbridge.connectors._countries import region_of

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

TEXT_MAX = 65_536
"""UTF-16 units that the most generous CRM stores in one text field."""

_CACHE = 8192
_CACHED_MAX = 320
"""Longest text that is looked up in a cache: an e-mail address may have no more characters."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_LINE_END = re.compile(r"\r\n|[\r\u2028\u2029]")
_LINE_SPACE = re.compile(r"[\n\t]+")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@\s]*@)?(?:www\.)?([^/:?#\s]+)")
_PLUS = ("+", "\uff0b")
"""The sign before a country code, as typed on a Western and on an Asian keyboard."""

_DIALLED = re.compile(
    r"[+\uff0b(]?[\d\s().\-\u2010-\u2015/]{3,40}(?:\s*(?:;ext=|ext\.?|x|#)\s*\d{1,9})?", re.IGNORECASE
)
_NUMBER_MAX_DIGITS = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(value: object, *, max_length: int = TEXT_MAX, multiline: bool = False) -> str | None:
    r"""Return text without unprintable characters, trimmed; ``None`` when nothing is left.

    Args:
        value: text, or a number that a CRM answers in place of text.
        max_length: UTF-16 units kept; the rest is cut off, never in the middle of a character.
        multiline: keep line breaks (as LF) and tabs, in place of turning each run into one space.

    Raises:
        ValueError: the value is a list, an object or a truth value.

    Example:
        >>> text("  Ana\x00 Prado\r\n"), text("a\r\nb", multiline=True), text(" ")
        ('Ana Prado', 'a\nb', None)
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected text, got {type(value).__name__}")  # noqa: TRY004 - the data is wrong
    cleaned = str(value)
    if not (cleaned.isascii() and cleaned.isprintable()):
        cleaned = _UNPRINTABLE.sub("", _LINE_END.sub("\n", cleaned))
        cleaned = cleaned if multiline else _LINE_SPACE.sub(" ", cleaned)
    cleaned = cleaned.strip()
    return _cut(cleaned, max_length) or None


def units(found: str) -> int:
    """Return a text's length in UTF-16 units, as CRMs count it.

    Example:
        >>> units("a☀🚀")
        4
    """
    return len(found.encode("utf-16-le")) // 2


def _cut(cleaned: str, max_length: int) -> str:
    if len(cleaned) * 2 <= max_length:
        return cleaned
    units = cleaned.encode("utf-16-le")
    if len(units) <= max_length * 2:
        return cleaned
    return units[: max_length * 2].decode("utf-16-le", "ignore").strip()


def _short(cleaned: str) -> str:
    """Return a text that is short enough to be a number or a time.

    Raises:
        ValueError: it is not.
    """
    if len(cleaned) > _CACHED_MAX:
        raise ValueError(f"{cleaned[:40]!r}… is neither a number nor a time")
    return cleaned


def email_text(value: object) -> str | None:
    """Return an e-mail address in lower case and normal form; an invalid one as lower-case text.

    Raises:
        ValueError: the value is not text.

    Example:
        >>> email_text(" Ana.Prado@Example.COM "), email_text("not an address")
        ('ana.prado@example.com', 'not an address')
    """
    cleaned = text(value)
    if cleaned is None or len(cleaned) > _CACHED_MAX:
        return cleaned and cleaned.lower()
    return _email(cleaned)[0]


def is_email(value: object) -> bool:
    """Tell whether an e-mail address is well formed; nothing is looked up.

    Example:
        >>> is_email("ana@example.com"), is_email("ana@example"), is_email(None)
        (True, False, False)
    """
    return isinstance(value, str) and len(value) <= _CACHED_MAX and _email(value)[1]


def ascii_email(value: object) -> str | None:
    """Return a well-formed address in letters that every mail system takes; ``None`` when there is no such spelling.

    Example:
        >>> ascii_email("ana@münchen.example"), ascii_email("nobody"), ascii_email("josé@example.com")
        ('ana@xn--mnchen-3ya.example', None, None)
    """
    return (_email(value)[2] or None) if is_email(value) and isinstance(value, str) else None


@lru_cache(maxsize=_CACHE)
def _email(cleaned: str) -> tuple[str, bool, str]:
    """Return the normal form, whether it is an address, and its ASCII spelling."""
    lowered = cleaned.lower()
    try:
        found = validate_email(lowered, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return lowered, False, ""
    return found.normalized.lower(), True, (found.ascii_email or "").lower()


def phone_text(value: object, *, country: object = None) -> str | None:
    """Return a telephone number as E.164, an extension kept behind it; else the trimmed text.

    A number with its country code is understood when it is possible, one without only when it is valid in the
    given country, so that nothing is rewritten on a guess.

    Args:
        value: as the CRM holds it.
        country: the same record's country, as typed; understood by ``region_of``.

    Raises:
        ValueError: the value is not text.

    Example:
        >>> phone_text("(11) 98765-4321", country="Brasil"), phone_text("+1 (212) 555-0123 x7")
        ('+5511987654321', '+12125550123 ext. 7')
        >>> phone_text("11 98765-4321"), phone_text("ask Ana")
        ('11 98765-4321', 'ask Ana')
    """
    cleaned = text(value)
    if cleaned is None or len(cleaned) > _CACHED_MAX:
        return cleaned
    return _phone(cleaned, region_of(country) if isinstance(country, str) else "")


@lru_cache(maxsize=_CACHE)
def _phone(cleaned: str, region: str) -> str:
    if not _DIALLED.fullmatch(cleaned):
        return cleaned
    is_international = cleaned.lstrip("(")[:1] in _PLUS
    dials_out = not is_international and not region and cleaned.startswith("00")
    try:
        number = phonenumbers.parse(f"+{cleaned[2:]}" if dials_out else cleaned, region or None)
    except phonenumbers.NumberParseException:
        return cleaned
    return _e164(number) if _is_understood(number, is_international=is_international) else cleaned


def _is_understood(number: PhoneNumber, *, is_international: bool) -> bool:
    if is_international:
        reason = phonenumbers.is_possible_number_with_reason(number)
        return reason == phonenumbers.ValidationResult.IS_POSSIBLE
    return phonenumbers.is_valid_number(number)


def _e164(number: PhoneNumber) -> str:
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain} ext. {number.extension}" if number.extension else plain


def national_digits(e164: str) -> str:
    """Return a number's digits without its country code; the digits there are where it is no E.164 number.

    Example:
        >>> national_digits("+5511987654321"), national_digits("+39 06 1234 5678"), national_digits("98765-4321")
        ('11987654321', '0612345678', '987654321')
    """
    return _national(e164[:_CACHED_MAX])


@lru_cache(maxsize=_CACHE)
def _national(e164: str) -> str:
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return "".join(each for each in e164 if each.isascii() and each.isdigit())


def domain_text(value: object) -> str | None:
    """Return the host of a web address or a bare domain, lower case, without ``www.``.

    Raises:
        ValueError: the value is not text.

    Example:
        >>> domain_text("https://www.Example.com/about?x=1"), domain_text("example.com."), domain_text("")
        ('example.com', 'example.com', None)
    """
    cleaned = text(value)
    if cleaned is None:
        return None
    found = _HOST.match(cleaned.lower())
    return (found.group(1).strip(".") or None) if found else cleaned.lower()


def decimal_text(value: object) -> str | None:
    """Return a number without exponent, plus sign or trailing zeros; ``None`` for nothing.

    Raises:
        ValueError: not a finite number, or one of more than 30 digits.

    Example:
        >>> decimal_text("1054.50"), decimal_text(1e3), decimal_text("-0.0"), decimal_text("")
        ('1054.5', '1000', '0', None)
    """
    cleaned = text(value)
    return None if cleaned is None else _decimal(_short(cleaned))


@lru_cache(maxsize=_CACHE)
def _decimal(cleaned: str) -> str:
    try:
        number = Decimal(cleaned)
    except InvalidOperation:
        raise ValueError(f"{cleaned[:40]!r} is not a number") from None
    if not cleaned.isascii() or "_" in cleaned or not number.is_finite():
        raise ValueError(f"{cleaned[:40]!r} is not a number")
    if not number:
        return "0"
    if abs(number.adjusted()) > _NUMBER_MAX_DIGITS or len(number.as_tuple().digits) > _NUMBER_MAX_DIGITS:
        raise ValueError(f"{cleaned[:40]!r} has more than {_NUMBER_MAX_DIGITS} digits")
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def integer(value: object) -> int | None:
    """Return a whole number, a fraction rounded half to even; ``None`` for nothing.

    Raises:
        ValueError: not a finite number, or one of more than 30 digits.

    Example:
        >>> integer("85.0"), integer(12), integer(None)
        (85, 12, None)
    """
    plain = decimal_text(value)
    return None if plain is None else int(Decimal(plain).to_integral_value())


def moment(value: object) -> datetime | None:
    """Return a moment as aware UTC; ``None`` for nothing.

    Args:
        value: ISO 8601 with an offset (none means UTC), or epoch milliseconds as text or number.

    Raises:
        ValueError: neither of these.

    Example:
        >>> moment("2026-03-31T23:30:00-08:00").isoformat(), moment("0").isoformat()
        ('2026-04-01T07:30:00+00:00', '1970-01-01T00:00:00+00:00')
    """
    cleaned = text(value)
    return None if cleaned is None else _moment(_short(cleaned))


@lru_cache(maxsize=_CACHE)
def _moment(cleaned: str) -> datetime:
    digits = cleaned.removeprefix("-")
    try:
        if digits.isascii() and digits.isdigit() and len(cleaned) != len("YYYYMMDD"):
            return datetime.fromtimestamp(int(cleaned) / 1000, UTC)
        found = datetime.fromisoformat(cleaned)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{cleaned[:40]!r} is not a time") from None


def moment_text(moment_at: datetime) -> str:
    """Return a moment's canonical text, to the second.

    Example:
        >>> moment_text(datetime(2026, 3, 31, 12, 0, 0, 999, tzinfo=UTC))
        '2026-03-31T12:00:00Z'
    """
    return f"{moment_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def epoch_ms(moment_at: datetime) -> int:
    """Return a moment as epoch milliseconds, rounded down.

    Example:
        >>> epoch_ms(datetime(1970, 1, 1, 0, 0, 1, 999, tzinfo=UTC))
        1000
    """
    return (moment_at - _EPOCH) // timedelta(milliseconds=1)


def date_text(value: object, *, zone: tzinfo = UTC) -> str | None:
    """Return a calendar day; ``None`` for nothing.

    Args:
        value: ``YYYY-MM-DD``, kept as it is, or a moment as ``moment`` reads it.
        zone: in which a moment's day is told: the time zone of the CRM's account.

    Raises:
        ValueError: neither a day nor a moment.

    Example:
        >>> date_text("2026-03-31"), date_text("2026-03-31T00:00:00Z")
        ('2026-03-31', '2026-03-31')
    """
    cleaned = text(value)
    if cleaned is None:
        return None
    if len(cleaned) == len("YYYY-MM-DD"):
        return date.fromisoformat(cleaned).isoformat()
    try:
        return _moment(_short(cleaned)).astimezone(zone).date().isoformat()
    except OverflowError:
        raise ValueError(f"{cleaned[:40]!r} is a time at the end of all calendars") from None
