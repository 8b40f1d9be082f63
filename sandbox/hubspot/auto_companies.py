"""The account setting that makes companies out of contacts' e-mail domains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.hubspot.actors import Actor
from sandbox.hubspot.records import EMAIL, Record

if TYPE_CHECKING:
    from sandbox.hubspot.writing import RecordWriter, Stamp

_FREE_MAIL = frozenset({"gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de", "web.de"})
_AUTOMATIC = Actor(
    change_source="AUTO_ASSOCIATE_BY_DOMAIN", source_id="AUTO_ASSOCIATE_BY_DOMAIN", object_source="INTERNAL_PROCESSING"
)


def associate_by_domain(writer: RecordWriter, contact: Record, stamp: Stamp) -> None:
    """Associate a new contact with the company of its e-mail domain, made if it is missing."""
    domain = contact.properties.get(EMAIL, "").rpartition("@")[2]
    if not domain or domain in _FREE_MAIL:
        return
    companies = writer.state.tables["companies"]
    found = next(
        (
            record
            for record in companies.records.values()
            if record.archived_ms is None and record.properties.get("domain") == domain
        ),
        None,
    )
    automatic = stamp.by(_AUTOMATIC)
    if found is None:
        found = writer.create(companies, {"domain": domain, "name": domain}, automatic)
    ends = ("contacts", contact.record_id), ("companies", found.record_id)
    kind = writer.state.associations.default_type("contacts", "companies")
    writer.associate(*ends, [kind] if kind else [], automatic)
