"""Pipelines and the rules that move leads along them: triggers, conditions, actions, and what stops a loop."""
