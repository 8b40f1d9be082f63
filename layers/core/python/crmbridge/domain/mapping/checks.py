"""Whether overrides can be carried out, and what of the values they touch does not come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.mapping.kinds import FIXED, TEXTUAL, Kind, kind_of, words_of
from crmbridge.domain.mapping.overrides import FieldMap
from crmbridge.domain.mapping.transforms import flaw, gives, loses, takes
from crmbridge.domain.records import FIELD_NAMES, Entity

WORDS_MAX = 500
WORD_MAX = 255


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an override cannot be carried out.

    Attributes:
        at: where in the list of overrides, such as ``fields[2].heldIn``.
        reason: what is wrong, as a sentence.
        next_step: what to do about it, as a sentence.
    """

    at: str
    reason: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What one CRM can hold.

    Attributes:
        fields: per entity it knows, the standard fields it has.
        custom: the integration's custom fields.
        crm: its name, for sentences.
    """

    fields: Mapping[Entity, tuple[str, ...]]
    custom: tuple[CustomField, ...]
    crm: str

    def places(self, entity: Entity) -> tuple[str, ...]:
        """Return everything of an entity that a field can be held in."""
        return (*self.fields.get(entity, ()), *(each.name for each in self.custom if each.entity == entity))

    def kind(self, entity: Entity, name: str) -> Kind | None:
        """Return what a field holds."""
        return kind_of(entity, name, self.custom)


def problems_of(overrides: Iterable[FieldMap], terms: Terms) -> tuple[Problem, ...]:
    """Return everything that is wrong with some overrides; an empty answer says that they can be carried out."""
    given = list(overrides)
    found: list[Problem] = []
    for number, each in enumerate(given):
        found.extend(_problems(each, terms, at=f"fields[{number}]"))
    return (*found, *_shared(given))


def _problems(override: FieldMap, terms: Terms, *, at: str) -> list[Problem]:
    entity, name = override.entity, override.field
    if entity not in terms.fields:
        known = ", ".join(terms.fields)
        return [Problem(f"{at}.entity", f"{terms.crm} has no {entity} that is synchronised", f"use one of {known}")]
    kind = terms.kind(entity, name)
    if kind is None:
        return [Problem(f"{at}.field", f"{entity} has no field {name!r}", _known_fields(entity, terms))]
    changes = override.held_in or override.values or override.transform
    if changes and (kind == "reference" or name in FIXED):
        reason = f"{name} keeps its place and its words: records are recognised or connected by it"
        return [Problem(f"{at}.field", reason, "leave heldIn, values and transform out; required may stay")]
    return _place_problems(override, terms, at=at) or [
        *_transform_problems(override, kind, terms, at=at),
        *_word_problems(override, kind, terms, at=at),
    ]


def _known_fields(entity: Entity, terms: Terms) -> str:
    custom = [each.name for each in terms.custom if each.entity == entity]
    return f"use one of {', '.join((*FIELD_NAMES[entity], *custom))}, or make it a custom field first"


def _place_problems(override: FieldMap, terms: Terms, *, at: str) -> list[Problem]:
    places, place = terms.places(override.entity), override.place
    if place in places and (not override.held_in or _is_free(override.entity, place, terms)):
        return []
    if not override.held_in:
        reason = f"{terms.crm} has no field for {override.field} of a {override.entity}"
        return [Problem(f"{at}.heldIn", reason, "send heldIn: a custom field of this integration that is to hold it")]
    reason = f"{terms.crm} holds nothing that can be moved in {place!r} of a {override.entity}"
    free = ", ".join(each for each in places if _is_free(override.entity, each, terms))
    return [Problem(f"{at}.heldIn", reason, f"use one of {free}, or make a custom field of the integration first")]


def _is_free(entity: Entity, name: str, terms: Terms) -> bool:
    return name not in FIXED and terms.kind(entity, name) != "reference"


def _transform_problems(override: FieldMap, kind: Kind, terms: Terms, *, at: str) -> list[Problem]:
    transform, target = override.transform, terms.kind(override.entity, override.place)
    if transform is None:
        if kind == target or (kind in TEXTUAL and target in TEXTUAL):
            return []
        reason = f"{override.field} is a {kind} and {override.place} holds a {target}"
        return [Problem(f"{at}.heldIn", reason, f"choose a field that holds a {kind}, or a transform that makes one")]
    part, wanted = flaw(transform)
    if part:
        return [Problem(f"{at}.transform.{part}", f"{transform.op} needs {wanted}", f"send transform.{part}")]
    if kind not in takes(transform):
        takers = " or ".join(sorted(takes(transform)))
        return [Problem(f"{at}.transform.op", f"{transform.op} takes a {takers}, and not a {kind}", "use another")]
    if target not in gives(transform):
        makes = " or ".join(sorted(gives(transform)))
        reason = f"{transform.op} makes a {makes}, and {override.place} holds a {target}"
        return [Problem(f"{at}.heldIn", reason, f"choose a field that holds a {makes}")]
    return []


def _word_problems(override: FieldMap, kind: Kind, terms: Terms, *, at: str) -> list[Problem]:
    if not override.values:
        return []
    if kind not in TEXTUAL and kind != "choices":
        return [Problem(f"{at}.values", f"a {kind} has no words to be mapped", "leave values out, or use a transform")]
    if len(override.values) > WORDS_MAX:
        return [Problem(f"{at}.values", f"more than {WORDS_MAX} words", f"send at most {WORDS_MAX}")]
    found: list[Problem] = []
    ours = words_of(override.entity, override.field, terms.custom)
    theirs = () if override.transform else words_of(override.entity, override.place, terms.custom)
    for word, their in override.values.items():
        if not (word.strip() and their.strip() and max(len(word), len(their)) <= WORD_MAX):
            found.append(Problem(f"{at}.values", "a word is empty or too long", f"send 1 to {WORD_MAX} characters"))
        elif ours and word not in ours:
            found.append(Problem(f"{at}.values.{word}", f"{override.field} is never {word!r}", _one_of(ours)))
        elif theirs and their not in theirs:
            found.append(Problem(f"{at}.values.{word}", f"{override.place} is never {their!r}", _one_of(theirs)))
    return found


def _one_of(words: tuple[str, ...]) -> str:
    return f"use one of {', '.join(words)}"


def _shared(overrides: list[FieldMap]) -> list[Problem]:
    """Return problems of fields mapped twice, and of places that two fields want."""
    found: list[Problem] = []
    fields = Counter((each.entity, each.field) for each in overrides)
    places = Counter((each.entity, each.place) for each in overrides)
    for number, each in enumerate(overrides):
        if fields[each.entity, each.field] > 1:
            reason = f"{each.entity}.{each.field} is there twice"
            found.append(Problem(f"fields[{number}].field", reason, "send one entry for each field"))
        elif places[each.entity, each.place] > 1:
            reason = f"two fields of a {each.entity} would be held in {each.place}"
            found.append(Problem(f"fields[{number}].heldIn", reason, "give each field a place of its own"))
    return found


# ------------------------------------------------------------------------------------------------ round trips


def rewrites_of(overrides: Iterable[FieldMap], terms: Terms) -> dict[str, str]:
    """Return what cannot make the round trip by a mapping's own doing: by ``entity.field``, which values and why."""
    found: dict[str, str] = {}
    for each in overrides:
        reasons = [
            reason for reason in (_lost_form(each), _lost_words(each, terms), _lost_options(each, terms)) if reason
        ]
        if reasons:
            found[f"{each.entity}.{each.field}"] = "; ".join(reasons)
    return found


def displaced(overrides: Iterable[FieldMap], terms: Terms) -> dict[str, str]:
    """Return the hub's fields that the CRM holds no more, since their place is another's: by ``entity.field``, why."""
    given = list(overrides)
    placed = {(each.entity, each.field) for each in given}
    return {
        f"{each.entity}.{each.held_in}": f"its place holds {each.field}; its own value is neither written nor read"
        for each in given
        if each.held_in and (each.entity, each.held_in) not in placed and terms.kind(each.entity, each.held_in)
    }


def _lost_form(override: FieldMap) -> str:
    lost = "" if override.transform is None else loses(override.transform)
    return f"{override.transform.op} loses {lost}" if lost and override.transform else ""


def _lost_words(override: FieldMap, terms: Terms) -> str:
    """Tell of words that come back as another: two share one of the CRM's, or one is itself a word of the hub."""
    sharing: dict[str, list[str]] = {}
    for ours, theirs in sorted(override.values.items()):
        sharing.setdefault(theirs, []).append(ours)
    for word in words_of(override.entity, override.field, terms.custom) if override.values else ():
        if word not in override.values:
            sharing.setdefault(word, []).append(word)
    lost = [f"{', '.join(rest)} as {first}" for first, *rest in sharing.values() if rest]
    return f"words come back as others: {'; '.join(lost)}" if lost else ""


def _lost_options(override: FieldMap, terms: Terms) -> str:
    """Tell that a place of fixed options leaves other words out."""
    options = () if override.transform else words_of(override.entity, override.place, terms.custom)
    if not options:
        return ""
    ours = words_of(override.entity, override.field, terms.custom)
    if not ours and override.place != override.field:
        return f"words other than {', '.join(options)} are left out"
    left = [each for each in ours if override.values.get(each, each) not in options]
    return f"left out, since {override.place} has no such option: {', '.join(left)}" if left else ""
