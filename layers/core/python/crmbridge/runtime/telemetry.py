"""Logs and metrics: structured, and never with a value of a record, a token or a person in them."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit


@cache
def logger() -> Logger:
    """Return the process's logger; the level comes from Powertools' own variable."""
    return Logger(service="crm-bridge", utc=True)


def speak_of(workspace_id: str) -> None:
    """Let every line from here on name a workspace; none for an empty text."""
    if workspace_id:
        logger().append_keys(workspace_id=workspace_id)
    else:
        logger().remove_keys(["workspace_id"])


@cache
def metrics() -> Metrics:
    """Return the process's metrics."""
    return Metrics(namespace="CrmBridge", service="crm-bridge")


class Calls:
    """Calls to CRMs since they were last told of, by provider."""

    def __init__(self) -> None:
        self._took_ms: dict[str, list[float]] = {}
        self._counts: dict[str, dict[str, int]] = {}

    def note(self, provider: str, *, status: int, took_ms: float, signs_in: bool) -> None:
        """Note one call.

        Args:
            provider: the CRM's name.
            status: of the answer, 0 without one.
            took_ms: until the answer, or until it was given up.
            signs_in: the call was for a token.
        """
        self._took_ms.setdefault(provider, []).append(took_ms)
        counts = self._counts.setdefault(provider, dict.fromkeys(CALLS, 0))
        counts["crm_calls"] += 1
        counts["crm_calls_failed"] += status == 0 or status >= 500 or status == 429
        counts["rate_limited"] += status == 429
        counts["unauthorized"] += status == 401
        counts["authorizations_refused"] += signs_in and 400 <= status < 500

    def tell(self) -> None:
        """Write what was noted, one line a provider, and what alarms listen to once more over all of them."""
        took, counts = self._took_ms, self._counts
        self._took_ms, self._counts = {}, {}
        for provider, found in counts.items():
            meter = metrics()
            for each in took[provider][:_VALUES_MAX]:
                meter.add_metric(name="CrmLatency", unit=MetricUnit.Milliseconds, value=round(each, 1))
            count(provider, **found)
        for name in ("rate_limited", "authorizations_refused"):
            count("all", **{name: sum(each[name] for each in counts.values())})


CALLS = ("crm_calls", "crm_calls_failed", "rate_limited", "unauthorized", "authorizations_refused")
_VALUES_MAX = 90
"""Values of one metric in one line; CloudWatch takes a hundred."""


@cache
def calls() -> Calls:
    """Return the process's calls to CRMs."""
    return Calls()


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
