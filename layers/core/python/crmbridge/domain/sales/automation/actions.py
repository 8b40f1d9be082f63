"""What a rule may do, and when: each action with the fields it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from crmbridge.domain.sales.forms import Form

Value: TypeAlias = str | int | bool
Params: TypeAlias = dict[str, Value]

MOST_MIN = 366 * 24 * 60


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    Attributes:
        kind: one of ``ACTIONS``.
        params: its fields; texts may name facts in braces.
        due: when it is to be done.
    """

    kind: str
    params: Mapping[str, Value]
    due: Due | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due.

    Attributes:
        in_min: minutes after the event, or, with ``before``, before that moment.
        before: name of the fact that holds a moment; empty counts from the event.
        today: by the end of the event's day instead.
    """

    in_min: int = 0
    before: str = ""
    today: bool = False


def read_action(form: Form) -> Action:
    """Return an action as a workspace wrote it: ``{"do": "create_task", "text": …, "due": {"in_min": 30}}``."""
    kind = form.choice("do", ACTIONS)
    params = ACTIONS[kind](form)
    has_due = kind in {"create_task", "schedule_follow_up"} and form.has("due")
    return Action(kind, params, form.one("due", _read_due) if has_due else None)


def _read_due(form: Form) -> Due:
    today = form.flag("today", default=False)
    if today and (form.has("in_min") or form.has("before")):
        form.wrong("today", "leaves no room for in_min or before")
    return Due(form.whole("in_min", low=0, high=MOST_MIN, default=0), form.text("before", default="", most=60), today)


def _text(form: Form) -> Params:
    return {"text": form.text("text", most=2000)}


def _task(form: Form) -> Params:
    kinds = ("task", "call", "meet", "email")
    return {
        **_text(form),
        "task_type": form.choice("task_type", kinds, default="call"),
        "priority": form.choice("priority", ("normal", "high"), default="normal"),
    }


def _follow_up(form: Form) -> Params:
    return {"sequence": form.text("sequence", most=40)}


def _rep(form: Form) -> Params:
    return {"rep_id": form.text("rep_id", default="", most=100)}


def _update_score(form: Form) -> Params:
    if form.has("engagement_by"):
        return {"engagement_by": form.whole("engagement_by", low=-100, high=100)}
    return {"score": form.choice("score", ("lead", "deal"), default="lead")}


def _stage(form: Form) -> Params:
    return {"stage": form.text("stage", most=40)}


def _notify(form: Form) -> Params:
    return {**_text(form), "to": form.choice("to", ("owner", "team"), default="owner")}


def _email(form: Form) -> Params:
    return {**_text(form), "subject": form.text("subject", most=200)}


def _tag(form: Form) -> Params:
    return {"tag": form.text("tag", most=100)}


ACTIONS: Mapping[str, Callable[[Form], Params]] = {
    "send_email": _email,
    "send_whatsapp": _text,
    "create_task": _task,
    "assign_rep": _rep,
    "update_score": _update_score,
    "move_stage": _stage,
    "schedule_follow_up": _follow_up,
    "notify": _notify,
    "add_note": _text,
    "add_tag": _tag,
}
"""By name, what reads an action's fields. ``assign_rep`` without a person lets the assignment decide;
``update_score`` computes a score anew, or adds to a deal's engagement."""
