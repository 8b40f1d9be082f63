"""Webhook, apply, fan out, push: what people do while everybody listens."""

from __future__ import annotations

from typing import ClassVar

from crmbridge.domain.records import Entity
from tests.simulation.characters import ENTITIES
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.play import Play

ANA, BIA = "ana@example.com", "bia@example.com"


class NewRecord(Flow):
    """Somebody new in each CRM."""

    name = "webhook: a new record"
    must_call = ("crm.read", "crm.find", "crm.write", "save_many", "append", "send_tickets", "due")

    def act(self, play: Play) -> None:
        """Make them, and let everything settle."""
        play.enter(play.first, "contact", ANA, city="Recife, Olinda", job_title="Buyer")
        play.enter(play.second, "contact", BIA, city="Natal, Patos")
        play.world.settle()


class NewFamily(Flow):
    """A new company with somebody new in it, in each CRM."""

    name = "webhook: a new record with references"
    entities: ClassVar[tuple[Entity, ...]] = ("company", "contact")
    must_call = NewRecord.must_call

    def act(self, play: Play) -> None:
        """Make them, and let everything settle."""
        for crm, firm, person in ((play.first, "Umbra", ANA), (play.second, "Acre", BIA)):
            play.enter(crm, "company", firm, domain=f"{firm.lower()}.example.com")
            play.enter(crm, "contact", person, refs={"company": firm})
        play.world.settle()


class Edit(Flow):
    """Edits of people who are known everywhere, one field being emptied."""

    name = "webhook: an edit"
    must_call = ("crm.read", "crm.write", "save_many", "append", "send_tickets", "due")

    def prepare(self, play: Play) -> None:
        """Have one person of each CRM in step."""
        play.enter(play.first, "contact", ANA, city="Recife", job_title="Buyer")
        play.enter(play.second, "contact", BIA, city="Natal", job_title="Seller")
        play.in_step()

    def act(self, play: Play) -> None:
        """Edit both, and let everything settle."""
        play.edit(play.first, ANA, city="Recife, Olinda")
        play.edit(play.second, BIA, job_title=None)
        play.world.settle()


class EditedReference(Flow):
    """A contact moves to another company here, a deal gets other contacts there."""

    name = "webhook: an edited reference"
    entities: ClassVar[tuple[Entity, ...]] = ENTITIES
    must_call = Edit.must_call

    def prepare(self, play: Play) -> None:
        """Have two companies, two contacts and a deal in step."""
        play.enter(play.first, "company", "Umbra")
        play.enter(play.first, "company", "Acre")
        play.enter(play.first, "contact", ANA, refs={"company": "Umbra"})
        play.enter(play.first, "contact", BIA)
        play.enter(play.first, "deal", "Roof", refs={"company": "Umbra", "contacts": ANA})
        play.in_step()

    def act(self, play: Play) -> None:
        """Relink both, and let everything settle."""
        play.relink(play.first, ANA, company="Acre")
        play.relink(play.second, "Roof", contacts=f"{ANA} {BIA}")
        play.world.settle()
