"""The end of each CRM's docs page: what its connector can do and what not, written from its declaration."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from crmbridge.domain.declaration import Connector

PAGES = Path(__file__).parents[2] / "docs/crms"
BEGIN = "<!-- capabilities: written by `make mapping` -->"
END = "<!-- end of capabilities -->"

FLAGS = {
    "upsert": "writes by our own id, whether or not the record is there (upsert)",
    "creates_by_upsert": "creates by such a write",
    "answers_values": "answers a write with the stored values",
    "webhooks": "pushes changes over HTTP",
    "webhook_signature": "signs what it pushes",
    "subscribes": "has its webhooks set up, renewed and removed through the API",
    "reports_deletions": "tells of deletions",
    "reports_merges": "tells of merges",
    "custom_fields": "lets fields be found and made",
}
"""What each flag of a declaration says; the contract suite shows it wherever it is true."""


def section(declared: Connector) -> str:
    """Return the part of a docs page that the declaration decides."""
    supports = declared.supports
    rows = [f"| {words} | {_answer(declared, flag)} |" for flag, words in FLAGS.items()]
    lines = [BEGIN, f"| {declared.label} … | |", "|---|---|", *rows, ""]
    if supports.editions:
        lines += ["Needs an edition:", "", *(f"* **{each}**: {why}" for each, why in supports.editions.items()), ""]
    grouped: dict[str, list[str]] = defaultdict(list)
    for name, why in supports.not_built.items():
        grouped[why].append(f"`{name}`")
    lines += ["Not built:", "", *(f"* {', '.join(names)}: {why}" for why, names in grouped.items()), END]
    return "\n".join(lines)


def _answer(declared: Connector, flag: str) -> str:
    return "yes" if getattr(declared.supports, flag) else f"no: {declared.supports.reasons.get(flag, '')}"


def page_of(declared: Connector) -> Path:
    """Return where a CRM's docs page is."""
    return PAGES / f"{declared.name}.md"


def with_section(text: str, declared: Connector) -> str:
    """Return a docs page with that part as it has to be; a page without one gets it at its end."""
    head, begins, rest = text.partition(BEGIN)
    if not begins:
        return f"{text.rstrip()}\n\n## What it can do and what not\n\n{section(declared)}\n"
    return head + section(declared) + rest.partition(END)[2]
