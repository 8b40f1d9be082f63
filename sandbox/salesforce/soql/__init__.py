"""SOQL: read a query, check it against the org's schema, run it over the tables."""

from __future__ import annotations

from sandbox.salesforce.soql.parser import parse
from sandbox.salesforce.soql.run import Result, run

__all__ = ["Result", "parse", "run"]
