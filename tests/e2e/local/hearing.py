"""Somebody who listens to the deployed bus and to the topic for people, with a queue of their own."""

from __future__ import annotations

import json
from typing import Any

import boto3
from jsonschema import Draft4Validator

from local.cloud import ACCOUNT, REGION, STACK, Cloud
from local.deploy import outputs
from local.paths import ROOT


class Listener:
    """A queue that a rule on the bus and a subscription of the topic lead to."""

    def __init__(self, cloud: Cloud, workspace: str) -> None:
        made = outputs(cloud)
        events: Any = self._client(cloud, "events")
        topics: Any = self._client(cloud, "sns")
        self._queues = cloud.queues
        self._urls = {
            name: cloud.queues.create_queue(QueueName=f"heard-{name}")["QueueUrl"] for name in ("bus", "topic")
        }
        arns = {name: f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard-{name}" for name in self._urls}
        bus = made["EventBusName"]
        pattern = json.dumps({"source": ["crm-bridge"], "detail": {"workspace": [workspace]}})
        events.put_rule(Name="heard", EventBusName=bus, EventPattern=pattern, State="ENABLED")
        events.put_targets(Rule="heard", EventBusName=bus, Targets=[{"Id": "1", "Arn": arns["bus"]}])
        topics.subscribe(
            TopicArn=made["NoticeTopicArn"],
            Protocol="sqs",
            Endpoint=arns["topic"],
            Attributes={"FilterPolicy": json.dumps({"workspace": [workspace]}), "RawMessageDelivery": "false"},
        )
        self.heard: list[dict[str, Any]] = []
        self.notices: list[dict[str, Any]] = []
        assert bus == STACK

    @staticmethod
    def _client(cloud: Cloud, service: str) -> Any:
        session: Any = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="local", region_name=REGION)
        return session.client(service, endpoint_url=cloud.endpoint)

    def listen(self) -> None:
        """Take what has arrived; every event is held against its published schema."""
        for message in self._taken("bus"):
            self.heard.append(message)
            schema = json.loads((ROOT / f"docs/events/{message['detail-type']}.json").read_text(encoding="utf-8"))
            Draft4Validator(schema).validate(message["detail"])
        self.notices += self._taken("topic")

    def _taken(self, name: str) -> list[dict[str, Any]]:
        url, found = self._urls[name], list[dict[str, Any]]()
        while messages := self._queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for each in messages:
                found.append(json.loads(each.get("Body", "{}")))
                self._queues.delete_message(QueueUrl=url, ReceiptHandle=each.get("ReceiptHandle", ""))
        return found

    def kinds(self) -> list[str]:
        """Return the kinds of all events that were heard so far, in order."""
        self.listen()
        return [each["detail-type"] for each in self.heard]

    def subjects(self) -> list[str]:
        """Return the subjects of all messages to people that were heard so far."""
        self.listen()
        return [each.get("Subject", "") for each in self.notices]
