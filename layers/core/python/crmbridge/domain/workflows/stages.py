"""The words in which other systems speak of deal stages."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.domain.stages import DEAL_STAGES

WORDS: Mapping[str, str] = {
    **{each: each for each in DEAL_STAGES},
    "new": "appointment",
    "proposal": "contract",
    "closed_won": "won",
    "closed_lost": "lost",
}
"""What may be said for a stage, and which it is; where Salesforce, Zoho CRM and Freshsales have their proposal, so do
we."""
