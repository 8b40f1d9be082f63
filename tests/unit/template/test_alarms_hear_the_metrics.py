"""An alarm on a metric of ours names it, and its dimensions, as the library writes it; otherwise it never rings."""

from __future__ import annotations

import json

import pytest

from crmbridge.runtime.telemetry import count, metrics
from tests.house import template
from tests.house.tree import LIBRARY

OURS = {
    name: alarm["Properties"]
    for name, alarm in template.resources("AWS::CloudWatch::Alarm").items()
    if alarm["Properties"]["Namespace"] == "CrmBridge"
}


def test_what_people_must_know_of_rings():
    assert {"EchoBrakeAlarm", "StalledCheckpointAlarm"} <= OURS.keys()


@pytest.mark.parametrize("name", sorted(OURS))
def test_an_alarm_listens_where_the_library_speaks(name: str, capsys: pytest.CaptureFixture[str]):
    alarm = OURS[name]
    snake = "".join(f"_{each.lower()}" if each.isupper() else each for each in alarm["MetricName"]).lstrip("_")
    metrics.cache_clear()
    count("all", **{snake: 1})
    (said,) = json.loads(capsys.readouterr().out)["_aws"]["CloudWatchMetrics"]
    assert said["Namespace"] == alarm["Namespace"]
    assert [each["Name"] for each in said["Metrics"]] == [alarm["MetricName"]]
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    assert [set(each) for each in said["Dimensions"]] == [dimensions.keys()]
    assert dimensions == {"provider": "all", "service": "crm-bridge"}
    said = "".join(path.read_text(encoding="utf-8") for path in (LIBRARY / "runtime").glob("*.py"))
    assert f"{snake}=" in said or f'"{snake}"' in said, "nobody counts it"


@pytest.mark.parametrize("name", sorted(OURS))
def test_an_alarm_rings_at_the_first_and_tells_somebody(name: str):
    alarm = OURS[name]
    assert (alarm["Statistic"], alarm["Threshold"], alarm["ComparisonOperator"]) == ("Sum", 0, "GreaterThanThreshold")
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
