"""What is likely of a person, from others who share their e-mail domain: told with a confidence, and never as said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crmbridge.domain.records import Record, Value

Inferable: TypeAlias = Literal["company", "job_title", "industry"]

SHARED_DOMAINS: frozenset[str] = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com",
        "yahoo.com.br", "ymail.com", "icloud.com", "me.com", "mac.com", "aol.com", "gmx.com", "gmx.de", "gmx.net",
        "web.de", "t-online.de", "proton.me", "protonmail.com", "pm.me", "zoho.com", "mail.com", "mail.ru",
        "yandex.ru", "qq.com", "163.com", "126.com", "uol.com.br", "bol.com.br", "terra.com.br", "ig.com.br",
        "globo.com", "btinternet.com", "sky.com", "virginmedia.com", "orange.fr", "free.fr", "laposte.net",
        "wanadoo.fr", "libero.it", "tin.it", "hotmail.co.uk", "yahoo.co.uk",
    }
)  # fmt: skip
"""Domains of mail for everybody: who shares one has nothing else in common."""

ROLES: Mapping[str, str] = {
    "ceo": "CEO",
    "cfo": "CFO",
    "coo": "COO",
    "cto": "CTO",
    "cmo": "CMO",
    "hr": "Human Resources",
    "rh": "Recursos Humanos",
    "sales": "Sales",
    "vendas": "Vendas",
    "vertrieb": "Vertrieb",
    "marketing": "Marketing",
    "support": "Support",
    "suporte": "Suporte",
    "finance": "Finance",
    "financeiro": "Financeiro",
    "accounting": "Accounting",
    "purchasing": "Purchasing",
    "compras": "Compras",
    "it": "IT",
}
"""What an address says before the @ of whose it is."""

CONFIDENCE_MAX = 95
OWN_DOMAIN = 95
"""Percent for a company whose web domain is the address's."""

ROLE = 60
"""Percent for a title that the address itself names."""

TITLE_MAX = 50
"""Percent for a title that all colleagues have."""

TITLE_SHARE = 60
"""Percent of colleagues who must share a title for it to be likely of another."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """One thing that is likely.

    Attributes:
        value: as people read it: a company's name, a title, an industry.
        confidence: 1..95 percent.
        why: as a sentence.
        record_id: of the company, where it is one; empty otherwise.
    """

    field: Inferable
    value: str
    confidence: int
    why: str
    record_id: str = ""


def mail_domain(record: Record) -> str:
    """Return the domain of a record's e-mail address; empty where everybody may have one there.

    Example:
        >>> mail_domain(Record("w", "con_1", "contact", {"email": "ana@sol.example"}))
        'sol.example'
    """
    domain = str(record.fields.get("email") or "").rpartition("@")[2].lower()
    return "" if domain in SHARED_DOMAINS else domain


def infer(person: Record, colleagues: Sequence[Record], companies: Mapping[str, Record]) -> tuple[Inferred, ...]:
    """Return what is missing of a person and likely; nothing that they, or anybody for them, has said.

    Args:
        person: a contact or lead.
        colleagues: others with an address at the same domain.
        companies: companies by record id: those colleagues work for, and those whose web domain it is.
    """
    domain = mail_domain(person)
    if not domain:
        return ()
    company = _company(person, domain, colleagues, companies)
    found = [company, _title(person, colleagues), _industry(person, company, colleagues, companies)]
    return tuple(each for each in found if each is not None)


def _company(
    person: Record, domain: str, colleagues: Sequence[Record], companies: Mapping[str, Record]
) -> Inferred | None:
    if person.fields.get("company") or person.fields.get("company_name"):
        return None
    owners = [each for each in companies.values() if each.fields.get("domain") == domain]
    if len(owners) == 1 and owners[0].fields.get("name"):
        name = str(owners[0].fields["name"])
        return Inferred("company", name, OWN_DOMAIN, f"{domain} is its web domain", owners[0].record_id)
    named: dict[str, str] = {}
    for each in colleagues:
        key = each.fields.get("company")
        company = companies.get(key) if isinstance(key, str) else None
        name = each.fields.get("company_name") if company is None else company.fields.get("name")
        if name:
            named[each.record_id] = f"{name}\x00{'' if company is None else company.record_id}"
    best = _commonest(named.values())
    if best is None:
        return None
    times, (name, _, record_id) = best[1], best[0].partition("\x00")
    why = f"{times} of {len(named)} others at {domain} work there"
    return Inferred("company", name, _confidence(times, len(named)), why, record_id)


def _title(person: Record, colleagues: Sequence[Record]) -> Inferred | None:
    if person.fields.get("job_title"):
        return None
    before = str(person.fields.get("email") or "").partition("@")[0].lower()
    if before in ROLES:
        return Inferred("job_title", ROLES[before], ROLE, f"the address begins with {before}@")
    titles = [str(each.fields["job_title"]) for each in colleagues if each.fields.get("job_title")]
    best = _commonest(titles)
    if best is None or len(titles) < 2 or 100 * best[1] < TITLE_SHARE * len(titles):
        return None
    confidence = max(1, TITLE_MAX * best[1] // (len(titles) + 1))
    return Inferred("job_title", best[0], confidence, f"{best[1]} of {len(titles)} others at the same domain have it")


def _industry(
    person: Record, company: Inferred | None, colleagues: Sequence[Record], companies: Mapping[str, Record]
) -> Inferred | None:
    if person.fields.get("industry"):
        return None
    key: Value = person.fields.get("company") or (None if company is None else company.record_id)
    own = companies.get(key) if isinstance(key, str) else None
    if own is not None:
        value = own.fields.get("industry")
        sure = CONFIDENCE_MAX if company is None else company.confidence
        return Inferred("industry", str(value), sure, f"it is that of {own.fields.get('name')}") if value else None
    named = [str(each.fields["industry"]) for each in colleagues if each.fields.get("industry")]
    best = _commonest(named)
    if best is None:
        return None
    why = f"{best[1]} of {len(named)} others at the same domain are in it"
    return Inferred("industry", best[0], _confidence(best[1], len(named)), why)


def _commonest(values: Iterable[str]) -> tuple[str, int] | None:
    """Return the commonest value and how often it is there, the first in the alphabet of several."""
    counts = Counter(values)
    return min(counts.items(), key=lambda item: (-item[1], item[0])) if counts else None


def _confidence(times: int, of: int) -> int:
    """Return percent: the share of those who agree, less where few were asked (Laplace's rule)."""
    return min(CONFIDENCE_MAX, max(1, 100 * (times + 1) // (of + 2)))
