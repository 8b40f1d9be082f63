"""Messages to people, sent to an SNS topic."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from crmbridge.domain.events.notices import Notice


class SnsNotifier:
    """Publishes to one topic for all workspaces; who subscribes filters by the attribute ``workspace``.

    Args:
        client: of boto3's ``sns``.
        topic: ARN of the topic.
    """

    def __init__(self, client: Any, topic: str) -> None:  # noqa: ANN401 - there are no stubs for SNS
        self._client = client
        self._topic = topic

    def notify(self, notice: Notice) -> bool:
        """Send a message to people; see ``Notifier``."""
        told = {"workspace": notice.workspace_id, "kind": notice.kind, "integration": notice.integration_id}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in told.items() if value}
        try:
            self._client.publish(
                TopicArn=self._topic, Subject=notice.subject, Message=notice.text, MessageAttributes=attributes
            )
        except (ClientError, BotoCoreError):
            return False
        return True
