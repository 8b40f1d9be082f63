"""Logs and metrics: structured, and never with a value of a record, a token or a person in them."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit


@cache
def logger() -> Logger:
    """Return the process's logger; the level comes from Powertools' own variable."""
    return Logger(service="crm-bridge", utc=True)


@cache
def metrics() -> Metrics:
    """Return the process's metrics."""
    return Metrics(namespace="CrmBridge", service="crm-bridge")


def count(crm: str, **counts: int) -> None:
    """Write counts as one line of embedded metrics, by provider and never by integration.

    Args:
        crm: the connector's name; the only dimension.
        counts: metric names in snake case and how many; zeros are left out.
    """
    wanted = {name: value for name, value in counts.items() if value}
    if not wanted:
        return
    meter = metrics()
    meter.add_dimension("provider", crm)
    for name, value in wanted.items():
        meter.add_metric(name="".join(part.title() for part in name.split("_")), unit=MetricUnit.Count, value=value)
    meter.flush_metrics()
