import csv

import pytest

from local.demo.dataset import read_world

CRMS = ("hubspot", "salesforce")
ACCOUNTS = [
    ["account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"],
    ["Lumenfold", "technolgy", "1996", "1100.04", "2822", "United States", ""],
    ["dimtree", "retail", "2001", "45.39", "100", "Kenya", "Lumenfold"],
]
TEAMS = [["sales_agent", "manager", "regional_office"], ["Mina Holt", "Ed Ray", "East"], ["Jo-Ann Li", "Ed Ray", "W"]]
PIPELINE = [
    [
        "opportunity_id",
        "sales_agent",
        "product",
        "account",
        "deal_stage",
        "engage_date",
        "close_date",
        "close_value",
    ],
    ["AB12CD34", "Mina Holt", "GTXPro", "Lumenfold", "Won", "10/20/2016", "3/1/2017", "1054"],
    ["ZZ99YY88", "Jo-Ann Li", "MG Special", "", "Prospecting", "", "", ""],
]


@pytest.fixture
def folder(tmp_path):
    for name, rows in (
        ("accounts.csv", ACCOUNTS),
        ("sales_teams.csv", TEAMS),
        ("sales_pipeline.csv", PIPELINE),
    ):
        with (tmp_path / name).open("w", newline="", encoding="utf-8") as lines:
            csv.writer(lines).writerows(rows)
    return tmp_path


def test_hubspot_holds_everything_and_the_other_crm_nothing(folder):
    world = read_world(folder, crms=CRMS)

    assert (world.total, world.source) == (4, "hubspot")
    assert len(world.drafts["hubspot"]) == 4
    assert world.drafts["salesforce"] == ()


def test_agents_have_a_seat_in_both_crms_under_one_address(folder):
    sellers = read_world(folder, crms=CRMS).sellers

    assert [(each.email, each.last_name, each.crms) for each in sellers] == [
        ("mina-holt@agents.example", "Holt", CRMS),
        ("jo-ann-li@agents.example", "Li", CRMS),
    ]


def test_a_deal_keeps_product_stage_days_and_account(folder):
    deals = read_world(folder, crms=CRMS).of("hubspot", "deal")

    assert deals["AB12CD34"].company == "Lumenfold"
    assert deals["AB12CD34"].fields == {
        "title": "GTXPro AB12CD34",
        "stage": "closedwon",
        "amount": "1054",
        "close_on": "2017-03-01",
        "description": "GTXPro. Engaged on 2016-10-20.",
        "owner": "mina-holt@agents.example",
    }
    assert deals["ZZ99YY88"].company == ""
    assert set(deals["ZZ99YY88"].fields) == {"title", "stage", "description", "owner"}


def test_an_account_keeps_its_millions_and_a_misspelt_sector_finds_its_industry(folder):
    companies = read_world(folder, crms=CRMS).of("hubspot", "company")

    assert companies["Lumenfold"].fields["annual_revenue"] == "1100040000"
    assert companies["Lumenfold"].fields["industry"] == "INFORMATION_TECHNOLOGY_AND_SERVICES"
    assert companies["dimtree"].fields["description"] == "Since 2001. Subsidiary of Lumenfold."


def test_every_thing_carries_its_key(folder):
    world = read_world(folder, crms=CRMS)

    for draft in world.drafts["hubspot"]:
        assert world.key_of(draft.entity, draft.fields) == draft.key


def test_a_missing_file_is_named(folder):
    (folder / "accounts.csv").unlink()

    with pytest.raises(ValueError, match=r"accounts\.csv is missing"):
        read_world(folder, crms=CRMS)


def test_a_missing_column_is_named(folder):
    (folder / "sales_teams.csv").write_text("name\nMina\n", encoding="utf-8")

    with pytest.raises(ValueError, match="sales_agent"):
        read_world(folder, crms=CRMS)


def test_an_unknown_stage_is_named(folder):
    path = folder / "sales_pipeline.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Won", "Paused"), encoding="utf-8")

    with pytest.raises(ValueError, match="deal stage 'Paused'"):
        read_world(folder, crms=CRMS)


@pytest.mark.needs_shared
def test_the_real_data_set_is_read_whole(shared):
    world = read_world(shared / "data" / "sales_pipeline", crms=CRMS)

    assert {entity: len(world.keys(entity)) for entity in ("company", "deal")} == {"company": 85, "deal": 8800}
    assert len(world.sellers) == 35
    assert sum(1 for deal in world.of("hubspot", "deal").values() if not deal.company) == 1425
