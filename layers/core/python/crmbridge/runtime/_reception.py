"""What receiving webhooks needs, wired; see ``services.receive_webhook``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbridge import connectors
from crmbridge.adapters.aws import clients
from crmbridge.adapters.aws._faults import Backoff
from crmbridge.adapters.aws.documents import DynamoDocuments
from crmbridge.adapters.aws.queues import SqsQueues
from crmbridge.adapters.aws.secrets import SecretsManagerAppSecrets
from crmbridge.runtime import _sources as sources

if TYPE_CHECKING:
    from crmbridge.domain.declaration import Connector
    from crmbridge.ports import AppSecrets, Documents, Now, Queues, WebhookDoor
    from crmbridge.settings import Settings


class Doors:
    """The webhook doors of the connector folders, loading only what is asked for."""

    def declaration(self, crm: str) -> Connector:
        """Return what a connector declares.

        Raises:
            NotFoundError: there is no such connector.
        """
        return connectors.declaration(crm)

    def webhooks(self, crm: str) -> WebhookDoor:
        """Return what verifies and reads a CRM's webhooks.

        Raises:
            NotFoundError: there is no such connector.
        """
        return connectors.part(crm, "webhooks").DOOR


@dataclass(frozen=True, slots=True)
class Desk:
    """The ports of webhooks."""

    documents: Documents
    queues: Queues
    connectors: Doors
    secrets: AppSecrets
    now: Now


def wired(here: Settings) -> Desk:
    """Wire the ports to AWS.

    Raises:
        ConfigurationError: a variable of this function is missing or malformed.
    """
    backoff = Backoff(sleep=sources.sleep, jitter=sources.jitter)
    return Desk(
        documents=DynamoDocuments(clients.dynamodb(), here.control_table, now=sources.now, backoff=backoff),
        queues=SqsQueues(clients.sqs(), here.queue_url, backoff=backoff),
        connectors=Doors(),
        secrets=SecretsManagerAppSecrets(clients.secretsmanager(), here.app_secret_prefix, now=sources.now),
        now=sources.now,
    )
