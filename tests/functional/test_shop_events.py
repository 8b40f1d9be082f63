"""Bookings, repairs, payments, reviews and customers of a repair shop, and what every CRM then shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.shop import BOOKING, Shop

REPAIR = {
    "id": "repair-123",
    "bookingId": "booking-123",
    "customerId": "customer-7",
    "deviceType": "iPhone",
    "deviceModel": "iPhone 14 Pro",
    "diagnosisDescription": "Front glass damaged, LCD intact",
    "repairDescription": "Replaced front glass assembly",
    "priority": "medium",
    "assignedTechnician": "Tech-001",
    "estimatedHours": 2,
    "actualHours": 1.5,
    "totalCost": 299.99,
    "qualityCheckPassed": True,
}
PAYMENT = {"id": "pay-1", "customerId": "customer-7", "bookingId": "booking-123", "amount": 999.99, "method": "card"}


@pytest.fixture
def shop(monkeypatch) -> Shop:
    """A shop with two CRMs that have its fields."""
    return Shop(Rehearsal(monkeypatch, ("hubspot", "pipedrive")), "hubspot", "pipedrive", kits=("repair_shop",))


@pytest.fixture
def hub(rehearsal) -> Shop:
    """A shop whose workspace has no CRM yet."""
    return Shop(rehearsal)


def pipedrive(shop: Shop, kind: str) -> list[dict[str, Any]]:
    return [each for each in shop.rehearsal.control("pipedrive", "state")[kind] if not each.get("is_deleted")]


def hubspot(shop: Shop, kind: str) -> list[dict[str, Any]]:
    return HubSpotPerson(shop.rehearsal).rows(kind)


def test_a_booking_is_a_contact_and_a_deal_in_every_crm(shop):
    deal_id, contact_id = shop.take("booking.created", BOOKING)
    (there,) = hubspot(shop, "contacts")
    assert (there["email"], there["firstname"], there["lastname"]) == ("jana.doe@example.com", "Jana", "Doe")
    assert there["phone"] == "+442079460123"
    (deal,) = hubspot(shop, "deals")
    assert (deal["dealname"], deal["amount"]) == ("iPhone 14 Pro Screen Replacement", "299.99")
    assert deal["closedate"].startswith("2026-11-23")
    assert deal["dealstage"] == "appointmentscheduled"
    assert {name: deal[name] for name in ("device_type", "device_model", "issue", "repair_type")} == {
        "device_type": "iPhone",
        "device_model": "iPhone 14 Pro",
        "issue": "Cracked screen",
        "repair_type": "Screen Replacement",
    }
    assert (deal["service_type"], deal["urgency"], deal["booking_id"]) == ("in-store", "medium", "booking-123")
    (person,) = pipedrive(shop, "person")
    assert [each["value"] for each in person["emails"]] == ["jana.doe@example.com"]
    (there,) = pipedrive(shop, "deal")
    assert (there["title"], there["value"], there["currency"]) == ("iPhone 14 Pro Screen Replacement", 299.99, "GBP")
    assert (there["expected_close_date"], there["person_id"]) == ("2026-11-23", person["id"])
    told = {each["value"] for each in there["custom_fields"].values()}
    assert {"iPhone", "iPhone 14 Pro", "Cracked screen", "Screen Replacement", "in-store", "medium"} <= told
    stands = shop.rehearsal.call("GET", f"/api/crm/records/{deal_id}/crms")[1]["items"]
    assert {each["provider"]: each["result"] for each in stands} == {"hubspot": "written", "pipedrive": "written"}
    assert shop.fields(deal_id)["contacts"] == (contact_id,)


def test_a_repair_moves_the_deal_and_shows_on_its_timeline_until_it_is_won_with_its_warranty(shop):
    deal_id, contact_id = shop.take("booking.created", BOOKING)
    for status, stage in (("diagnosed", "qualifiedtobuy"), ("in_progress", "contractsent")):
        shop.take("repair.updated", {**REPAIR, "status": status})
        assert hubspot(shop, "deals")[0]["dealstage"] == stage
    shop.take("repair.completed", {**REPAIR, "warrantyPeriod": 6, "completionDate": "2026-11-22T15:00:00Z"})
    (deal,) = hubspot(shop, "deals")
    assert (deal["dealstage"], deal["warranty_months"], deal["warranty_until"]) == ("closedwon", "6", "2027-05-22")
    assert (deal["amount"], deal["total_cost"]) == ("299.99", "299.99")
    assert pipedrive(shop, "deal")[0]["status"] == "won"
    subjects = {each["hs_task_subject"]: each for each in hubspot(shop, "tasks")}
    assert subjects.keys() == {f"Repair {each}: iPhone 14 Pro" for each in ("diagnosed", "in progress", "completed")}
    body = subjects["Repair completed: iPhone 14 Pro"]["hs_task_body"]
    assert "Technician: Tech-001" in body
    assert "Actual hours: 1.5" in body
    assert "Quality check: passed" in body
    there = [each for each in pipedrive(shop, "activity") if each["subject"] == "Repair completed: iPhone 14 Pro"]
    assert [(each["done"], each["deal_id"]) for each in there] == [(True, pipedrive(shop, "deal")[0]["id"])]
    assert shop.fields(contact_id)["x_repair_history_count"] == "1"
    assert shop.fields(deal_id)["stage"] == "won"


def test_a_completed_repair_that_says_nothing_of_it_has_twelve_months(hub):
    deal_id, _ = hub.take("booking.created", BOOKING)
    hub.take("repair.completed", {"id": "r", "bookingId": "booking-123", "completionDate": "2026-02-28"})
    fields = hub.fields(deal_id)
    assert (fields["x_warranty_months"], fields["x_warranty_until"]) == ("12", "2027-02-28")


def test_a_booking_that_is_told_again_with_another_event_is_the_same_deal(hub):
    first = hub.take("booking.created", BOOKING)
    assert hub.take("booking.updated", {**BOOKING, "estimatedCost": "310"}) == first
    assert hub.fields(first[0])["amount"] == "310"
    assert len(hub.records("deal")) == len(hub.records("contact")) == 1


def test_an_update_changes_what_it_says_and_what_people_changed_in_a_crm_stays(shop):
    deal_id, _ = shop.take("booking.created", BOOKING)
    shop.rehearsal.advance(60)
    person, (deal,) = HubSpotPerson(shop.rehearsal), hubspot(shop, "deals")
    person.act("update", "deals", deal["id"], properties={"dealname": "Screen for Jana"})
    shop.rehearsal.settle()
    shop.take("booking.updated", {"id": "booking-123", "status": "diagnosed"})
    assert (shop.fields(deal_id)["title"], shop.fields(deal_id)["stage"]) == ("Screen for Jana", "qualified")
    assert pipedrive(shop, "deal")[0]["title"] == "Screen for Jana"


def test_a_second_booking_of_a_customer_is_a_second_deal_of_the_same_contact(hub):
    _, contact_id = hub.take("booking.created", BOOKING)
    other = {"id": "booking-124", "customerId": "customer-7", "deviceType": "iPad", "bookingDate": "2026-11-21"}
    assert hub.take("booking.created", other)[1] == contact_id
    fields = hub.fields(contact_id)
    assert (fields["x_booking_count"], fields["x_last_booking_on"]) == ("2", "2026-11-21")
    titles = {each.fields["title"] for each in hub.records("deal")}
    assert titles == {"iPhone 14 Pro Screen Replacement", "iPad repair"}


def test_a_cancelled_booking_is_lost_and_counts_no_more(hub):
    deal_id, contact_id = hub.take("booking.created", BOOKING)
    hub.take("booking.updated", {"id": "booking-123", "status": "cancelled"})
    assert hub.fields(deal_id)["stage"] == "lost"
    assert hub.fields(contact_id)["x_booking_count"] == "0"


def test_payments_make_a_vip_in_every_crm_and_a_refund_takes_it_back(shop):
    _, contact_id = shop.take("booking.created", BOOKING)
    shop.take("payment.received", PAYMENT)
    assert (hubspot(shop, "contacts")[0]["vip"], hubspot(shop, "contacts")[0]["loyalty_points"]) == ("false", "1999")
    shop.take("payment.received", {**PAYMENT, "id": "pay-2", "amount": "0.01"})
    (there,) = hubspot(shop, "contacts")
    assert (there["vip"], there["customer_lifetime_value"], there["loyalty_points"]) == ("true", "1000", "2000")
    shop.take("payment.received", {**PAYMENT, "id": "back-1", "kind": "refund", "amount": 500})
    fields = shop.fields(contact_id)
    assert (fields["x_customer_lifetime_value"], fields["x_vip"], fields["x_loyalty_points"]) == ("500", False, "1000")
    subjects = sorted(each["hs_task_subject"] for each in hubspot(shop, "tasks"))
    assert subjects == ["Payment of 0.01 GBP", "Payment of 999.99 GBP", "Refund of 500 GBP"]
    assert len(pipedrive(shop, "activity")) == 3


def test_a_payment_that_is_told_by_many_events_counts_once(hub):
    _, contact_id = hub.take("booking.created", BOOKING)
    for _ in range(3):
        hub.take("payment.received", PAYMENT)
    assert hub.fields(contact_id)["x_customer_lifetime_value"] == "999.99"
    assert [each.fields["subject"] for each in hub.records("activity")] == ["Payment of 999.99 GBP"]


def test_reviews_make_the_rating_and_show(shop):
    _, contact_id = shop.take("booking.created", BOOKING)
    shop.take("review.submitted", {"id": "rev-1", "customerId": "customer-7", "rating": 5, "text": "Quick and kind"})
    shop.take("review.submitted", {"id": "rev-2", "customerId": "customer-7", "rating": 4})
    fields = shop.fields(contact_id)
    assert (fields["x_average_rating"], fields["x_last_review"]) == ("4.5", "Review: 4 of 5")
    bodies = {each["hs_task_subject"]: each["hs_task_body"] for each in hubspot(shop, "tasks")}
    assert bodies["Review: 5 of 5"] == "Quick and kind"
    assert pipedrive(shop, "activity")[0]["subject"].startswith("Review: ")


def test_what_the_shop_says_of_a_customer_is_in_every_crm(shop):
    customer = {
        "id": "customer-123",
        "firstName": "John",
        "lastName": "Doe",
        "email": "john.doe@example.com",
        "phone": "+44 20 7946 0999",
        "customerSince": "2023-01-15",
        "totalSpent": 1200.50,
        "bookingCount": 4,
        "averageRating": 4.8,
        "lastBookingDate": "2026-11-20T10:00:00Z",
        "vipStatus": False,
        "loyaltyPoints": 120,
    }
    shop.take("customer.updated", customer)
    (there,) = hubspot(shop, "contacts")
    assert (there["firstname"], there["lastname"], there["email"]) == ("John", "Doe", "john.doe@example.com")
    wanted = {
        "customer_lifetime_value": "1200.5",
        "booking_count": "4",
        "average_rating": "4.8",
        "vip": "true",
        "loyalty_points": "2401",
        "last_booking_on": "2026-11-20",
        "customer_since": "2023-01-15",
    }
    assert {name: there[name] for name in wanted} == wanted
    told = {str(each.get("value")) for each in pipedrive(shop, "person")[0]["custom_fields"].values()}
    assert {"1200.5", "2401", "4.8"} <= told


def test_a_customer_who_moves_to_another_address_stays_the_same(hub):
    _, contact_id = hub.take("booking.created", BOOKING)
    assert hub.take("customer.updated", {"id": "customer-7", "email": "jana@new.example.com"}) == (contact_id,)
    assert hub.fields(contact_id)["email"] == "jana@new.example.com"
    assert hub.take("payment.received", PAYMENT)[0] == contact_id


def test_contacts_that_are_merged_in_a_crm_bring_their_payments_along(rehearsal):
    shop = Shop(rehearsal, "hubspot")
    _, first = shop.take("booking.created", BOOKING)
    shop.take("payment.received", PAYMENT)
    _, second = shop.take("booking.created", {"id": "b2", "customerId": "c2", "customerEmail": "jd@example.com"})
    shop.take("payment.received", {"id": "pay-9", "customerId": "c2", "amount": 100})
    ids = {each["email"]: each["id"] for each in hubspot(shop, "contacts")}
    merge = {"id": ids["jana.doe@example.com"], "with": ids["jd@example.com"]}
    HubSpotPerson(rehearsal).act("merge", "contacts", merge["id"], **{"with": merge["with"]})
    rehearsal.sync()
    (kept,) = shop.records("contact")
    merged = rehearsal.records.get_many("acme", [first, second])
    assert {each.merged_into for each in merged.values()} - {""} == {kept.record_id}
    for customer, number in (("customer-7", "pay-20"), ("c2", "pay-21")):
        shop.take("payment.received", {"id": number, "customerId": customer, "amount": 1})
    assert shop.fields(kept.record_id)["x_customer_lifetime_value"] == "1101.99"


def test_the_shops_own_numbers_hold(hub):
    mine = {
        "vipFrom": "500",
        "pointsPerUnit": "0.5",
        "warrantyMonths": 24,
        "currency": "EUR",
        "stages": {"paid": "closed_won"},
    }
    status, shown = hub.rehearsal.call("PATCH", "/api/crm/settings", {"repairShop": mine})
    assert status == 200, shown
    deal_id, contact_id = hub.take("booking.created", {**BOOKING, "status": "paid"})
    hub.take("payment.received", {**PAYMENT, "amount": 501, "currency": "EUR"})
    hub.take("repair.completed", {"id": "r", "bookingId": "booking-123", "completionDate": "2026-11-22"})
    deal, contact = hub.fields(deal_id), hub.fields(contact_id)
    assert (deal["stage"], deal["currency"], deal["x_warranty_until"]) == ("won", "EUR", "2028-11-22")
    assert (contact["x_vip"], contact["x_loyalty_points"]) == (True, "250")


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ({"vipFrom": "-1"}, "repairShop.vipFrom"),
        ({"currency": "pounds"}, "repairShop.currency"),
        ({"warrantyMonths": 1201}, "repairShop.warrantyMonths"),
        ({"stages": {"pending": "somewhere"}}, "repairShop.stages.pending"),
        ({"stages": {"": "new"}}, "repairShop.stages"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_by_name(hub, setting, field):
    status, shown = hub.rehearsal.call("PATCH", "/api/crm/settings", {"repairShop": setting})
    assert (status, shown.get("field")) == (400, field)


def test_salesforce_has_the_deal_as_an_opportunity(rehearsal):
    shop = Shop(rehearsal, "salesforce", kits=("repair_shop",))
    shop.take("booking.created", BOOKING)
    shop.take("repair.completed", {**REPAIR, "completionDate": "2026-11-22"})
    person = SalesforcePerson(rehearsal)
    (deal,) = person.rows("Opportunity")
    assert (deal["Name"], deal["StageName"], deal["device_type__c"]) == (
        "iPhone 14 Pro Screen Replacement",
        "Closed Won",
        "iPhone",
    )
    assert [each["Subject"] for each in person.rows("Task")] == ["Repair completed: iPhone 14 Pro"]
