"""Texts with variables: checked when a workspace writes them, filled when they are sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from crmbridge.domain.sales.follow_ups.texts import DEFAULT_LANGUAGE, KINDS, LANGUAGES, VARIABLES
from crmbridge.domain.sales.forms import Form, read

VARIABLE = re.compile(r"\{(\w*)\}")
MOST_LETTERS = 1024
"""WhatsApp's limit for the body of a template."""


@dataclass(frozen=True, slots=True)
class Template:
    """One text.

    Attributes:
        text: with variables in braces.
        approved_name: of the template that WhatsApp has approved for it; empty without one.
    """

    text: str
    approved_name: str = ""

    def variables(self) -> tuple[str, ...]:
        """Return the variables in the order in which an approved template wants its values."""
        return tuple(dict.fromkeys(VARIABLE.findall(self.text)))


@dataclass(frozen=True, slots=True)
class Templates:
    """A workspace's own texts by language and kind; what it has not written comes from the defaults."""

    own: Mapping[tuple[str, str], Template] = field(default_factory=dict[tuple[str, str], Template])

    def find(self, kind: str, language: str) -> Template:
        """Return the text of a kind in a language; ``pt-BR`` falls back to ``pt``, an unknown one to Portuguese."""
        short = language.partition("-")[0].lower()
        for each in (language, short):
            if (each, kind) in self.own:
                return self.own[each, kind]
        return Template(LANGUAGES.get(short, LANGUAGES[DEFAULT_LANGUAGE])[kind])


def filled(template: Template, values: Mapping[str, str]) -> str:
    """Return a text with its variables filled; one without a value is left out with the blank before it.

    Example:
        >>> filled(Template("Oi {name}!"), {"name": "Bia"}), filled(Template("Oi {name}!"), {})
        ('Oi Bia!', 'Oi!')
    """
    return re.sub(r"( ?)\{(\w*)\}", lambda found: _value(found[1], values.get(found[2], "")), template.text)


def parameters(template: Template, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values for an approved template, in its order; WhatsApp takes no empty one, so a dash stands there."""
    return tuple(values.get(name, "") or "-" for name in template.variables())


def first_name(name: str) -> str:
    """Return what a person is called.

    Example:
        >>> first_name("  bia ALVES de souza "), first_name("")
        ('Bia', '')
    """
    words = name.split()
    return words[0].capitalize() if words and (words[0].isupper() or words[0].islower()) else (words or [""])[0]


def templates_from(data: object) -> Templates:
    """Return a workspace's texts: ``{"templates": [{"kind", "language", "text", "approved_name"}]}``.

    Raises:
        RequestRejectedError: something is wrong with them.
    """
    return read(data, _read_templates)


def _read_templates(form: Form) -> Templates:
    found = form.many("templates", _read_template)
    own = dict(found)
    if len(own) < len(found):
        form.wrong("templates", "must not have two texts of one kind and language")
    return Templates(own)


def _read_template(form: Form) -> tuple[tuple[str, str], Template]:
    kind, language = form.choice("kind", KINDS), form.text("language", most=10)
    template = Template(form.text("text", most=MOST_LETTERS), form.text("approved_name", default="", most=512))
    for name in template.variables():
        if name not in VARIABLES:
            form.wrong("text", f"names {{{name}}}, which is none of {', '.join(sorted(VARIABLES))}")
    if "{" in VARIABLE.sub("", template.text) or "}" in VARIABLE.sub("", template.text):
        form.wrong("text", "has a brace that does not belong to a variable")
    return (language, kind), template


def _value(blank: str, value: str) -> str:
    return f"{blank}{value}" if value else ""
