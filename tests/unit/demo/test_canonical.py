import pytest

from local.demo.canonical import canonical


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("Germany", "+49 30 123 45678"),
        ("Germany", "030 123 45678"),
        ("Germany", "0049-30-12345678"),
        ("Germany", "+49 (0) 30 12345678"),
        ("Germany", "030/12345678"),
        ("", "+493012345678"),
    ],
)
def test_one_number_in_many_forms_is_dialled_the_same(country, typed):
    assert canonical("phone", {"phone": typed, "country": country}) == "493012345678"


def test_a_number_of_a_country_without_trunk_keeps_its_first_digit():
    assert canonical("phone", {"phone": "912 345 678", "country": "Spain"}) == "34912345678"


def test_what_is_no_number_stays_a_text():
    assert canonical("phone", {"phone": " ask reception "}) == "ask reception"
    assert canonical("phone", {"phone": "0"}) == "0"


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("email", " Ana@Example.COM", "ana@example.com"),
        ("domain", "https://WWW.kola.example/about", "kola.example"),
        ("amount", "1054.50", "1054.5"),
        ("amount", "1054", "1054.0"),
        ("annual_revenue", "2365000.00", "2.365E+6"),
        ("close_on", "2026-03-01T00:00:00Z", "2026-03-01"),
        ("industry", "FOOD_BEVERAGES", "Food Beverages"),
        ("last_name", "Prado ", "Prado"),
    ],
)
def test_two_spellings_of_one_value_are_equal(name, one, other):
    assert canonical(name, {name: one}) == canonical(name, {name: other}) != ""


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("amount", "1054.50", "1054.05"),
        ("amount", "0", ""),
        ("last_name", "Prado", "prado"),
        ("last_name", "Prado", "Pradó"),
        ("description", "a\nb", "a b"),
        ("close_on", "2026-03-01", "2026-03-02"),
    ],
)
def test_two_values_that_merely_look_alike_are_not_equal(name, one, other):
    assert canonical(name, {name: one}) != canonical(name, {name: other})
