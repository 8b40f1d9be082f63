"""From counts to dollars per million changed records, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bench.cost.prices import Prices

LABELS: Mapping[str, str] = {
    "api": "API Gateway",
    "lambda_requests": "Lambda, invocations",
    "lambda_time": "Lambda, time",
    "sqs": "SQS",
    "sqs_fifo": "SQS, FIFO",
    "dynamodb_write": "DynamoDB, writes",
    "dynamodb_read": "DynamoDB, reads",
    "kms": "KMS",
    "secrets": "Secrets Manager",
    "events": "EventBridge, events out",
    "sns": "SNS",
    "s3_put": "S3, writes",
    "s3_get": "S3, reads",
    "logs": "CloudWatch Logs",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill.

    Attributes:
        per_record: units that one changed record uses.
        dollars: per million changed records.
        parts: dollars by what used the units, the most first.
    """

    name: str
    label: str
    unit: str
    per_record: float
    dollars: float
    parts: Mapping[str, float]


def bill(used: Mapping[tuple[str, str], float], *, records: int, prices: Prices) -> list[Line]:
    """Return the lines, the most expensive first.

    Example:
        >>> from bench.cost.prices import load
        >>> [each.dollars for each in bill({("api", "webhooks"): 5}, records=10, prices=load()) if each.dollars]
        [0.5]
    """
    lines: list[Line] = []
    for name, label in LABELS.items():
        price = prices.dollars[name]
        parts = Counter({part: units / records * price for (line, part), units in used.items() if line == name})
        units = sum(amount for (line, _), amount in used.items() if line == name)
        most_first = dict(parts.most_common())
        lines.append(Line(name, label, prices.units[name], units / records, units / records * price, most_first))
    return sorted(lines, key=lambda each: -each.dollars)


def total(lines: list[Line]) -> float:
    """Return the sum, dollars per million changed records."""
    return sum(each.dollars for each in lines)
