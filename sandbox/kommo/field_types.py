"""Types of custom fields, and the fields every account begins with."""

from __future__ import annotations

PHONE_CODES = ("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER")
EMAIL_CODES = ("WORK", "PRIV", "OTHER")
CHOICES = frozenset({"select", "multiselect", "radiobutton", "multitext", "category"})
TYPES = frozenset(
    {
        "text", "numeric", "checkbox", "select", "multiselect", "date", "url", "textarea", "radiobutton",
        "streetaddress", "birthday", "date_time", "price", "monetary", "tracking_data",
    }
)  # fmt: skip
"""Types that can be made here; others exist at Kommo and are not imitated."""

PREDEFINED: dict[str, tuple[tuple[str, str, str, tuple[str, ...]], ...]] = {
    "leads": (("utm_source", "UTM_SOURCE", "tracking_data", ()), ("referrer", "REFERRER", "tracking_data", ())),
    "contacts": (
        ("Position", "POSITION", "text", ()),
        ("Phone", "PHONE", "multitext", PHONE_CODES),
        ("Email", "EMAIL", "multitext", EMAIL_CODES),
    ),
    "companies": (
        ("Phone", "PHONE", "multitext", PHONE_CODES),
        ("Email", "EMAIL", "multitext", EMAIL_CODES),
        ("Web", "WEB", "url", ()),
        ("Address", "ADDRESS", "textarea", ()),
    ),
}
