"""Invents a seeded, messy, international world; nobody in it exists."""

from __future__ import annotations

from local.demo.invent.world import invent_world

__all__ = ["invent_world"]
