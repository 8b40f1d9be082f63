"""The composition root: wires the ports to their adapters, once per cold start, each on first need."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from crmbridge.runtime import _sources as sources
from crmbridge.settings import Settings

if TYPE_CHECKING:
    from crmbridge.ports import Cipher, Connectors, Documents, Queues, RecordStore
    from crmbridge.runtime._reception import Desk
    from crmbridge.services.hub import Hub


@cache
def settings() -> Settings:
    """Return what the deployment tells this function."""
    return Settings.from_environment()


@cache
def reception() -> Desk:
    """Return what receiving webhooks needs, and load nothing else: a CRM waits for the answer.

    Raises:
        ConfigurationError: a variable of this function is missing or malformed.
    """
    from crmbridge.runtime._reception import wired  # noqa: PLC0415 - AWS is loaded when it is needed, not before

    return wired(settings())


@cache
def hub() -> Hub:
    """Return the ports, wired to AWS and to the CRMs.

    Raises:
        ConfigurationError: a variable of this function is missing or malformed.
    """
    from crmbridge.adapters.aws import clients  # noqa: PLC0415 - AWS is loaded when it is needed, not before
    from crmbridge.adapters.aws._faults import Backoff  # noqa: PLC0415
    from crmbridge.adapters.aws.cipher import KmsCipher  # noqa: PLC0415
    from crmbridge.adapters.aws.documents import DynamoDocuments  # noqa: PLC0415
    from crmbridge.adapters.aws.queues import SqsQueues  # noqa: PLC0415
    from crmbridge.adapters.aws.records import DynamoRecords  # noqa: PLC0415
    from crmbridge.adapters.aws.secrets import SecretsManagerAppSecrets  # noqa: PLC0415
    from crmbridge.runtime._directory import Directory  # noqa: PLC0415
    from crmbridge.services.hub import Hub  # noqa: PLC0415

    here = settings()
    backoff = Backoff(sleep=sources.sleep, jitter=sources.jitter)
    records: RecordStore = DynamoRecords(
        clients.dynamodb(), here.records_table, backoff=backoff, pool=sources.threads()
    )
    documents: Documents = DynamoDocuments(clients.dynamodb(), here.control_table, now=sources.now, backoff=backoff)
    queues: Queues = SqsQueues(clients.sqs(), here.queue_url, backoff=backoff)
    cipher: Cipher = KmsCipher(clients.kms(), here.token_key_id)
    directory = Directory(
        base_urls=here.crm_base_urls,
        now=sources.now,
        paces=True,
        patience_s=here.patience_s,
    )
    connectors: Connectors = directory
    wired = Hub(
        records=records,
        documents=documents,
        queues=queues,
        connectors=connectors,
        secrets=SecretsManagerAppSecrets(clients.secretsmanager(), here.app_secret_prefix, now=sources.now),
        cipher=cipher,
        now=sources.now,
        new_id=sources.new_id,
        sleep=sources.sleep,
        jitter=sources.jitter,
        attempts=here.attempts,
        lease_s=here.lease_s,
    )
    directory.hub = wired
    return wired
