"""Where a deal stands: its pipeline, its stage, and what follows from them."""

from __future__ import annotations

from typing import Any

from sandbox.freshsales.account import Account
from sandbox.freshsales.records import Record
from sandbox.freshsales.times import iso

JsonObject = dict[str, Any]


def place_deal(account: Account, record: Record, given: JsonObject, *, is_new: bool) -> list[str]:
    """Bring a deal's pipeline, stage, probability and closing date together; returns what is wrong."""
    values, selectors = record.values, account.selectors
    if is_new:
        _default_place(account, record)
    stage = selectors.row("deal_stages", values.get("deal_stage_id"))
    if stage is None:
        return ["Stage is invalid"]
    if stage["deal_pipeline_id"] != values.get("deal_pipeline_id"):
        return ["Stage does not belong to the pipeline"]
    if "deal_stage_id" in given or is_new:
        if given.get("probability") in (None, ""):
            values["probability"] = stage["probability"]
        closes = str(stage["forecast_type"]).startswith("Closed")
        values["closed_date"] = (values.get("closed_date") or iso(account.clock.now_ms())) if closes else None
    currency = selectors.row("currencies", values.get("currency_id")) or {"exchange_rate": "1.0"}
    if values.get("amount") is not None:
        values["base_currency_amount"] = float(values["amount"]) * float(currency["exchange_rate"])
    return []


def _default_place(account: Account, record: Record) -> None:
    """Give a new deal the default pipeline, the first stage of its pipeline, and the account's currency."""
    values, selectors = record.values, account.selectors
    if values.get("deal_pipeline_id") is None:
        values["deal_pipeline_id"] = selectors.default_stage()["deal_pipeline_id"]
    if values.get("deal_stage_id") is None:
        stages = selectors.of_pipeline(int(values["deal_pipeline_id"]))
        values["deal_stage_id"] = stages[0]["id"] if stages else None
    if values.get("currency_id") is None:
        values["currency_id"] = selectors.lists["currencies"][0]["id"]
