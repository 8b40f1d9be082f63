"""What the function that announces does, and what the reader of the stream tells others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from crmbridge import runtime
from crmbridge.domain.events.envelope import Event as Happening
from crmbridge.errors import ConfigurationError
from crmbridge.ports.announcing import Bus, Notifier
from crmbridge.runtime import _sources as sources
from crmbridge.runtime.messages import Event, work_off
from crmbridge.runtime.telemetry import count, logger
from crmbridge.services.announce_records import RecordAnnouncer
from crmbridge.services.announce_states import announce_states, publish_held
from crmbridge.services.fan_out_changes import StreamChange


@cache
def bus() -> Bus:
    """Return the bus, wired to AWS.

    Raises:
        ConfigurationError: a variable of this function is missing.
    """
    from crmbridge.adapters.aws import clients  # noqa: PLC0415 - boto3 is imported when it is needed, not before
    from crmbridge.adapters.aws._faults import Backoff  # noqa: PLC0415
    from crmbridge.adapters.aws.bus import EventBridgeBus  # noqa: PLC0415
    from crmbridge.adapters.aws.queues import SqsQueues  # noqa: PLC0415

    here, backoff = runtime.settings(), Backoff(sleep=sources.sleep, jitter=sources.jitter)
    queues = SqsQueues(clients.sqs(), here.queue_url, backoff=backoff)
    return EventBridgeBus(clients.events(), here.event_bus_name, keep=queues.send_outbox, backoff=backoff)


@cache
def notifier() -> Notifier:
    """Return the way to people, wired to AWS.

    Raises:
        ConfigurationError: a variable of this function is missing.
    """
    from crmbridge.adapters.aws import clients  # noqa: PLC0415 - boto3 is imported when it is needed, not before
    from crmbridge.adapters.aws.notifier import SnsNotifier  # noqa: PLC0415

    return SnsNotifier(clients.sns(), runtime.settings().notice_topic_arn)


@cache
def _announcer() -> RecordAnnouncer:
    return RecordAnnouncer(runtime.hub(), bus())


def announce_records(changes: Sequence[StreamChange]) -> None:
    """Tell others what some changes of records mean.

    Raises:
        ConfigurationError: neither the bus nor the queue behind it takes the events; the stream tells them again.
    """
    announced = _announcer().announce(changes)
    if announced.held:
        logger().warning("events are held back", extra={"held": announced.held})
    count("all", events_published=announced.published, events_held=announced.held)


def announce(event: Event) -> dict[str, list[dict[str, str]]]:
    """Tell what became of integrations and runs, by schedule; publish what was held back, by queue.

    Raises:
        ConfigurationError: not everything could be told; it is at the next minute, and somebody should look.
    """
    if "Records" in event:
        return work_off(event, read=_read, work=_publish, fold=list)
    told = announce_states(runtime.hub(), bus(), notifier())
    logger().info("announced", extra={"events": told.events, "notices": told.notices, "late": told.late})
    count("all", events_published=told.events, notices_sent=told.notices)
    if told.late:
        raise ConfigurationError(f"the bus or the topic does not take what {told.late} workspaces have to tell")
    return {"batchItemFailures": []}


def _read(body: dict[str, Any]) -> tuple[Happening, ...]:
    return tuple(Happening.from_json(each) for each in body["events"])


def _publish(events: tuple[Happening, ...]) -> None:
    publish_held(bus(), events)
    count("all", events_published=len(events))
