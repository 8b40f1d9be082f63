"""What is likely of a person is told with a confidence, and never in place of what somebody has said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.records import Record
from crmbridge.domain.social.inferring import CONFIDENCE_MAX, SHARED_DOMAINS, infer, mail_domain

SOL = Record("w", "com_sol", "company", {"name": "Sol", "domain": "sol.example", "industry": "Energy"})
LUA = Record("w", "com_lua", "company", {"name": "Lua", "domain": "lua.example"})
COMPANIES = {each.record_id: each for each in (SOL, LUA)}


def person(name: str = "ana", domain: str = "sol.example", **fields) -> Record:
    return Record("w", f"con_{name}", "contact", {"email": f"{name}@{domain}", **fields})


def told(*found):
    return {each.field: (each.value, each.confidence) for each in found}


def test_the_company_whose_web_domain_it_is_and_its_industry_are_likely():
    found = infer(person(), [], COMPANIES)
    assert told(*found) == {"company": ("Sol", 95), "industry": ("Energy", 95)}
    assert found[0].record_id == "com_sol"


def test_where_colleagues_work_is_likely_the_more_of_them_agree():
    few = infer(person(domain="sun.example"), [person("bo", company="com_lua")], COMPANIES)
    many = infer(person(domain="sun.example"), [person(f"p{n}", company="com_lua") for n in range(9)], COMPANIES)
    assert told(*few)["company"] == ("Lua", 66)
    assert told(*many)["company"] == ("Lua", 90)
    assert "9 of 9 others at sun.example" in many[0].why


def test_colleagues_who_do_not_agree_make_it_less_likely():
    others = [person("a", company="com_lua"), person("b", company="com_lua"), person("c", company="com_sol")]
    assert told(*infer(person(domain="sun.example"), others, COMPANIES))["company"] == ("Lua", 60)


def test_an_address_that_names_a_role_tells_the_title():
    assert told(*infer(person("cfo"), [], COMPANIES))["job_title"] == ("CFO", 60)
    assert "job_title" not in told(*infer(person("ana"), [], COMPANIES))


def test_a_title_that_most_colleagues_have_is_somewhat_likely_and_one_of_few_is_not():
    same = [person(f"p{n}", job_title="Engineer") for n in range(4)]
    assert told(*infer(person(), same, COMPANIES))["job_title"] == ("Engineer", 40)
    mixed = [person("a", job_title="Engineer"), person("b", job_title="Chef"), person("c", job_title="Poet")]
    assert "job_title" not in told(*infer(person(), mixed, COMPANIES))


@pytest.mark.parametrize("domain", ["gmail.com", "GMAIL.com", ""])
def test_who_shares_a_domain_with_everybody_has_nothing_in_common_with_them(domain):
    assert mail_domain(person(domain=domain)) == ""
    assert infer(person(domain=domain), [person("bo", domain, company="com_lua")], COMPANIES) == ()


def test_a_leads_own_words_count_like_a_contacts():
    lead = Record("w", "lea_1", "lead", {"email": "ana@sol.example", "company_name": "Sole trader", "industry": "Art"})
    assert infer(lead, [], COMPANIES) == ()


names = st.sampled_from(["company", "job_title", "industry", "company_name"])
people = st.dictionaries(names, st.sampled_from(["com_sol", "com_lua", "x"])).map(
    lambda fields: Record("w", "con_x", "contact", {"email": "x@sol.example", **fields})
)


@given(people, st.lists(people, max_size=6))
def test_nothing_that_was_said_is_ever_inferred_and_no_confidence_is_certain(mine, others):
    for each in infer(mine, others, COMPANIES):
        assert not mine.fields.get(each.field)
        assert each.field != "company" or not mine.fields.get("company_name")
        assert 1 <= each.confidence <= CONFIDENCE_MAX < 100
        assert each.value
        assert each.why


def test_shared_domains_are_written_as_addresses_have_them():
    assert all(each == each.lower().strip() and "." in each for each in SHARED_DOMAINS)
