"""What the deployment tells a function: the only reader of the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from crmbridge.errors import ConfigurationError

VARIABLES: Mapping[str, str] = {
    "STAGE": "name of this deployment; `local` on one machine",
    "CRM": "connector that a webhook function serves",
    "RECORDS_TABLE": "table of the records",
    "CONTROL_TABLE": "table of the control state",
    "CHANGES_QUEUE_URL": "queue of hints that records changed",
    "SYNC_QUEUE_URL": "queue of reading steps",
    "PUSH_QUEUE_URL": "FIFO queue of tickets",
    "WAKE_QUEUE_URL": "queue of delayed looks at an integration",
    "TOKEN_KEY_ID": "KMS key that wraps the keys of stored tokens",
    "APP_SECRET_PREFIX": "Secrets Manager names are `<prefix>/apps/<crm>`",
    "CRM_BASE_URLS": "JSON of connector to base URL of a simulated CRM; empty in production",
    "WORKER_TIMEOUT_S": "seconds a worker may run; decides how long its leases hold",
    "ATTEMPTS": "failed calls in a row after which a CRM is left alone until one probe succeeds",
    "EVENT_BUS_NAME": "bus for what other systems may want to know",
    "BUS_EVENTS_QUEUE_ARN": "queue that only the bus's rule fills, with events of other systems",
    "ARCHIVE_BUCKET": "bucket of history whose time in the table is over",
    "DEAD_LETTER_QUEUES": "JSON of the dead-letter queues' URLs by the name of the queue they belong to",
    "OUTBOX_QUEUE_URL": "queue of events that the bus did not take",
    "NOTICE_TOPIC_ARN": "topic of messages to people",
}
"""Every variable CRM Bridge reads and what it holds. Powertools reads its own ``POWERTOOLS_*``."""

_QUEUES = {
    "changes": "CHANGES_QUEUE_URL",
    "sync": "SYNC_QUEUE_URL",
    "push": "PUSH_QUEUE_URL",
    "wake": "WAKE_QUEUE_URL",
    "outbox": "OUTBOX_QUEUE_URL",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """One function's settings, each read when it is asked for: a function needs only those it uses.

    Attributes:
        values: the variables that are set, by name; empty ones count as missing.
    """

    values: Mapping[str, str]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Take the variables of CRM Bridge, and no others, out of an environment.

        Args:
            environ: the process's own by default.
        """
        source = os.environ if environ is None else environ
        return cls({name: source[name] for name in VARIABLES if source.get(name)})

    @property
    def stage(self) -> str:
        """Name of this deployment.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("STAGE")

    @property
    def crm(self) -> str:
        """Connector that this webhook function serves.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("CRM")

    @property
    def records_table(self) -> str:
        """Name of the table of records.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("RECORDS_TABLE")

    @property
    def control_table(self) -> str:
        """Name of the table of control state.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("CONTROL_TABLE")

    @property
    def token_key_id(self) -> str:
        """KMS key, by id, ARN or alias, that wraps the keys of stored tokens.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("TOKEN_KEY_ID")

    @property
    def app_secret_prefix(self) -> str:
        """What the names of our applications' secrets begin with, without a slash at the end.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("APP_SECRET_PREFIX")

    @property
    def event_bus_name(self) -> str:
        """Bus for what other systems may want to know.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("EVENT_BUS_NAME")

    @property
    def notice_topic_arn(self) -> str:
        """Topic of messages to people.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("NOTICE_TOPIC_ARN")

    @property
    def archive_bucket(self) -> str:
        """Bucket of archived history.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("ARCHIVE_BUCKET")

    @property
    def dead_letter_urls(self) -> Mapping[str, str]:
        """URLs of the dead-letter queues, by the name of the queue they belong to.

        Raises:
            ConfigurationError: this function was not told.
        """
        return cast("dict[str, str]", json.loads(self._required("DEAD_LETTER_QUEUES")))

    @property
    def bus_events_queue_arn(self) -> str:
        """Queue that only the bus's rule fills, with events of other systems.

        Raises:
            ConfigurationError: this function was not told.
        """
        return self._required("BUS_EVENTS_QUEUE_ARN")

    @property
    def lease_s(self) -> int:
        """Seconds a lease holds without being renewed: a little longer than a worker can live.

        Raises:
            ConfigurationError: the variable is not a whole number.
        """
        return self._worker_timeout_s + 2

    @property
    def patience_s(self) -> float:
        """Seconds that a call may be held back to keep within a CRM's limits: a sixth of a worker's time.

        Raises:
            ConfigurationError: the variable is not a whole number.
        """
        return self._worker_timeout_s / 6

    @property
    def attempts(self) -> int:
        """Failed calls in a row after which a CRM is left alone, 1..n.

        Raises:
            ConfigurationError: the variable is not a whole number.
        """
        text = self.values.get("ATTEMPTS", "3")
        if not text.isdigit() or text == "0":
            raise ConfigurationError("ATTEMPTS is not a whole number above 0: see template.yaml, Globals")
        return int(text)

    @property
    def _worker_timeout_s(self) -> int:
        """Seconds a worker may run.

        Raises:
            ConfigurationError: the variable is not such a number.
        """
        text = self.values.get("WORKER_TIMEOUT_S", "60")
        if not text.isdigit():
            raise ConfigurationError("WORKER_TIMEOUT_S is not a whole number of seconds: see template.yaml, Globals")
        return int(text)

    @property
    def crm_base_urls(self) -> Mapping[str, str]:
        """Base URLs of simulated CRMs by connector, without a slash at the end; empty in production.

        Raises:
            ConfigurationError: the variable is not a JSON object of HTTP addresses.
        """
        try:
            urls = json.loads(self.values.get("CRM_BASE_URLS", "{}"))
        except ValueError as error:
            raise _base_urls_error() from error
        if not isinstance(urls, dict):
            raise _base_urls_error()
        found = cast("dict[str, object]", urls)
        if not all(isinstance(url, str) and url.startswith(("http://", "https://")) for url in found.values()):
            raise _base_urls_error()
        return {crm: str(url).rstrip("/") for crm, url in found.items()}

    def queue_url(self, queue: Literal["changes", "sync", "push", "wake", "outbox"]) -> str:
        """Return the URL of a queue.

        Raises:
            ConfigurationError: this function was not told of that queue.
        """
        return self._required(_QUEUES[queue])

    def _required(self, name: str) -> str:
        """Return a variable's value.

        Raises:
            ConfigurationError: it is missing or empty.
        """
        value = self.values.get(name)
        if value is None:
            raise ConfigurationError(
                f"the environment variable {name} ({VARIABLES[name]}) is missing: template.yaml sets it under "
                "Environment, Variables of the function, or for all functions under Globals"
            )
        return value


def _base_urls_error() -> ConfigurationError:
    return ConfigurationError(
        'CRM_BASE_URLS is not a JSON object such as {"hubspot": "http://127.0.0.1:8101"}: correct the parameter '
        "CrmBaseUrls of template.yaml, or leave it empty"
    )
