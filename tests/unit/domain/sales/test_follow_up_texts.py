"""What is written, in what shape, and what an answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.domain.sales.follow_ups.replies import meaning
from crmbridge.domain.sales.follow_ups.templates import (
    Template,
    Templates,
    filled,
    first_name,
    parameters,
    templates_from,
)
from crmbridge.domain.sales.follow_ups.texts import ENGLISH, KINDS, PORTUGUESE, VARIABLES
from crmbridge.domain.sales.follow_ups.window import allowed_shape
from crmbridge.errors import RequestRejectedError

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("PARE", "pare!", " Sair. ", "STOP", "Stop.", "parar", "SAIR", "unsubscribe", "Descadastrar", "remover"),
        "Por favor, pare de mandar mensagens",
        "Não me mande mais nada",
        "NÃO QUERO MAIS RECEBER ISSO",
        "me tira da lista por favor",
        "Please stop messaging me",
        "don't contact me again",
        "Don\u2019t contact me",
        "remove me from this list",
        "opt-out",
    ],
)
def test_an_opt_out_is_understood_in_portuguese_and_english(text):
    assert meaning(text) == "opt_out"


@pytest.mark.parametrize(
    "text",
    [
        *("Vou sair agora, falo depois", "stop by my office tomorrow", "para mim está bom", "quero parar de gastar"),
        *("Quanto custa?", "", "…", "o final do mês", "comparar preços", "Pode parar de chover"),
    ],
)
def test_a_sentence_that_only_has_such_a_word_in_it_is_no_opt_out(text):
    assert meaning(text) == "other"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(
            (each, "yes")
            for each in ("Sim", "sim!", "Confirmo", "Tá de pé", "OK", "Yes, I confirm", "\N{THUMBS UP SIGN}")
        ),
        *((each, "no") for each in ("Não", "cancelar", "Quero remarcar", "I can't", "no")),
        *((each, "opt_in") for each in ("VOLTAR", "start")),
        ("Sim, mas pode ser às 16h?", "other"),
    ],
)
def test_yes_and_no_are_taken_only_where_they_are_plain(text, said):
    assert meaning(text) == said


# ---------------------------------------------------------------------------------------------------- window


@pytest.mark.parametrize(
    ("channel", "minutes_ago", "template", "shape"),
    [
        ("whatsapp_cloud", 0, "", "text"),
        ("whatsapp_cloud", 24 * 60 - 2, "", "text"),
        ("whatsapp_cloud", 24 * 60 - 1, "daily_pt", "template"),
        ("whatsapp_cloud", 24 * 60, "daily_pt", "template"),
        ("whatsapp_cloud", 24 * 60, "", "none"),
        ("whatsapp_cloud", None, "daily_pt", "template"),
        ("whatsapp_cloud", None, "", "none"),
        ("evolution", None, "", "text"),
        ("email", 9999, "daily_pt", "text"),
    ],
)
def test_outside_the_window_only_an_approved_template_goes(channel, minutes_ago, template, shape):
    inbound = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    allowed = allowed_shape(channel, last_inbound_at=inbound, template=template, now=NOW)
    assert (allowed.shape, bool(allowed.because)) == (shape, True)


# ----------------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("texts", [PORTUGUESE, ENGLISH])
def test_every_kind_has_a_text_in_both_languages_with_known_variables(kind, texts):
    template = Template(texts[kind])
    assert set(template.variables()) <= VARIABLES
    sent = filled(template, {"name": "Bia"})
    assert "Bia" in sent
    assert "{" not in sent
    assert len(sent) <= 1024


def test_the_founding_text_of_the_third_day_is_the_default_one():
    sent = filled(Templates().find("default", "pt-BR"), {"name": "Bia"})
    assert sent == "Olá Bia! Tudo bem? Vamos continuar nossa conversa sobre energia solar?"


def test_a_missing_name_leaves_no_hole():
    assert filled(Template("Olá {name}! Tudo bem?"), {}) == "Olá! Tudo bem?"
    assert filled(Template("{name}, oi {company}"), {"name": "Bia", "company": "{name}"}) == "Bia, oi {name}"


def test_an_approved_template_gets_its_values_in_its_order_and_none_empty():
    template = Template("{company}: oi {name}, {company}!", "oi_pt")
    assert parameters(template, {"name": "Bia"}) == ("-", "Bia")


@pytest.mark.parametrize(
    ("name", "first"),
    [("Bia Alves", "Bia"), ("BIA ALVES", "Bia"), ("bia", "Bia"), ("DeAnna Lee", "DeAnna"), ("", ""), ("  ", "")],
)
def test_people_are_called_by_their_first_name(name, first):
    assert first_name(name) == first


def test_a_workspaces_own_text_wins_in_its_language_only():
    own = templates_from(
        {"templates": [{"kind": "daily", "language": "pt", "text": "Oi {name}, e aí?", "approved_name": "oi_v2"}]}
    )
    assert own.find("daily", "pt-BR") == Template("Oi {name}, e aí?", "oi_v2")
    assert own.find("daily", "en") == Template(ENGLISH["daily"])
    assert own.find("daily", "fr") == Template(PORTUGUESE["daily"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": "Oi {nome}"}, r"templates\[0\]\.text names \{nome\}, which is none of company, discount, meeting"),
        ({"text": "Oi {name"}, r"templates\[0\]\.text has a brace that does not belong to a variable"),
        ({"text": "Oi {}"}, r"templates\[0\]\.text names \{\}"),
        ({"text": ""}, r"templates\[0\]\.text must be a text of 1 to 1024 letters"),
        ({"text": "x" * 1025}, r"templates\[0\]\.text must be a text of 1 to 1024 letters"),
        ({"kind": "spam"}, r"templates\[0\]\.kind must be one of daily, default, immediate"),
        ({"name": "x"}, r"templates\[0\]\.name is not known here"),
    ],
)
def test_a_wrong_text_is_refused_in_words(change, words):
    with pytest.raises(RequestRejectedError, match=words):
        templates_from({"templates": [{"kind": "daily", "language": "pt", "text": "Oi {name}", **change}]})


def test_two_texts_for_one_place_are_refused():
    one = {"kind": "daily", "language": "pt", "text": "Oi"}
    with pytest.raises(RequestRejectedError, match="templates must not have two texts of one kind and language"):
        templates_from({"templates": [one, one]})
