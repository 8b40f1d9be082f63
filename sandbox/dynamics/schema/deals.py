"""Opportunities, their closing, currencies, connections.

Source: Common Data Model, Opportunity and OpportunityClose; Dataverse table reference, Connection.
"""

from __future__ import annotations

from sandbox.dynamics.schema.columns import (
    choice,
    flag,
    lookup,
    memo,
    money,
    numbers,
    states,
    table,
    text,
    times,
    to,
)
from sandbox.dynamics.schema.connections import CONNECTION, ROLE

OPPORTUNITY = table(
    "opportunity",
    "opportunities",
    "name",
    [
        text("name", size=300),
        money("estimatedvalue", "actualvalue", "totalamount"),
        times("estimatedclosedate", "actualclosedate", kind="date"),
        numbers("closeprobability", high=100),
        text("stepname", size=200),
        choice("salesstage", ("Qualify", "Develop", "Propose", "Close"), first=0, default=0),
        choice("opportunityratingcode", ("Hot", "Warm", "Cold"), default=2),
        flag("isrevenuesystemcalculated", default=True),
        memo("description"),
        to("parentaccountid", "account"),
        to("parentcontactid", "contact"),
        to("originatingleadid", "lead"),
        to("transactioncurrencyid", "transactioncurrency"),
        lookup("customerid", customerid_account="account", customerid_contact="contact"),
        states(
            ("Open", "Won", "Lost"),
            ((1, "In Progress", 0), (2, "On Hold", 0), (3, "Won", 1), (4, "Canceled", 2), (5, "Out-Sold", 2)),
        ),
    ],
    tracked=True,
)

CLOSE = table(
    "opportunityclose",
    "opportunitycloses",
    "subject",
    [
        text("subject", size=200),
        money("actualrevenue"),
        times("actualend"),
        memo("description"),
        to("opportunityid", "opportunity"),
    ],
    primary="activityid",
    is_activity=True,
)

CURRENCY = table(
    "transactioncurrency",
    "transactioncurrencies",
    "currencyname",
    [text("isocurrencycode", size=5), text("currencyname"), text("currencysymbol", size=13)],
    owned=False,
)

DEALS = (OPPORTUNITY, CLOSE, CURRENCY, CONNECTION, ROLE)
