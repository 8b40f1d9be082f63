from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.adapters.aws.secrets import SecretsManagerAppSecrets
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.tokens import AppSecret
from crmbridge.errors import ConfigurationError
from tests.unit.adapters.fake_aws import FakeClient, failure

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = {"SecretString": '{"client_id": "id-1", "client_secret": "hush-1"}'}
SECOND = {"SecretString": '{"client_id": "id-1", "client_secret": "hush-2", "previous_client_secret": "hush-1"}'}


class Shelf:
    """Secrets under a clock that a test moves."""

    def __init__(self, *answers: Any) -> None:
        self.client, self.now = FakeClient(*answers), NOON
        client: Any = self.client
        self.secrets = SecretsManagerAppSecrets(client, "bridge", now=lambda: self.now)


def test_a_secret_is_read_by_name_and_believed_for_five_minutes():
    shelf = Shelf(FIRST, SECOND)
    assert shelf.secrets.get("hubspot") == AppSecret("id-1", "hush-1")
    shelf.now += timedelta(seconds=299)
    assert shelf.secrets.get("hubspot") == AppSecret("id-1", "hush-1")
    assert shelf.client.calls == [("get_secret_value", {"SecretId": "bridge/apps/hubspot"})]
    shelf.now += timedelta(seconds=1)
    assert shelf.secrets.get("hubspot") == AppSecret("id-1", "hush-2", "hush-1")


def test_a_secret_that_a_vendor_refuses_is_read_again_but_not_at_every_forged_call():
    shelf = Shelf(FIRST, SECOND)
    assert shelf.secrets.get("hubspot") == AppSecret("id-1", "hush-1")
    shelf.now += timedelta(seconds=14)
    assert shelf.secrets.get("hubspot", anew=True) == AppSecret("id-1", "hush-1")
    shelf.now += timedelta(seconds=1)
    assert [shelf.secrets.get("hubspot", anew=True).client_secret for _ in range(50)] == ["hush-2"] * 50
    assert len(shelf.client.calls) == 2


def test_each_connector_has_a_secret_of_its_own():
    shelf = Shelf(FIRST, SECOND)
    assert shelf.secrets.get("hubspot") != shelf.secrets.get("salesforce")
    assert shelf.client.calls[1][1] == {"SecretId": "bridge/apps/salesforce"}


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_a_secret_that_cannot_be_read_is_named(code):
    with pytest.raises(ConfigurationError, match="secret bridge/apps/hubspot cannot be used"):
        Shelf(failure(code)).secrets.get("hubspot")


@pytest.mark.parametrize("text", ['{"client_secret": "hush-1"', '["hush-1"]', '"hush-1"', "hush-1", ""])
def test_a_secret_that_is_no_json_object_is_named_and_not_shown(text):
    with pytest.raises(ConfigurationError, match="bridge/apps/hubspot is not a JSON object") as caught:
        Shelf({"SecretString": text}).secrets.get("hubspot")
    assert "hush" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None), "a parser's error quotes its input"


def test_a_binary_secret_is_refused():
    with pytest.raises(ConfigurationError, match="not a JSON object"):
        Shelf({"SecretBinary": b"hush-1"}).secrets.get("hubspot")


def test_a_refused_secret_is_asked_for_again():
    shelf = Shelf({"SecretString": "{}"}, FIRST)
    with pytest.raises(ConfigurationError, match="lacks client_id and client_secret"):
        shelf.secrets.get("hubspot")
    assert shelf.secrets.get("hubspot").client_id == "id-1"


def test_credentials_in_memory_keep_the_secret_of_a_rotation():
    secret = AppSecret("id-1", "hush-2", "hush-1")
    assert MemoryAppSecrets({"hubspot": secret}).get("hubspot") is secret


def test_a_secret_may_hold_a_signing_key_and_whom_it_may_speak_for():
    text = (
        '{"client_id": "id-1", "client_secret": "hush-1", "private_key": "hush-pem", "users": {"acme": ["a@x.test"]}}'
    )
    secret = Shelf({"SecretString": text}).secrets.get("salesforce")
    assert secret == AppSecret("id-1", "hush-1", private_key="hush-pem", users={"acme": ("a@x.test",)})
    assert secret.may_assert("acme", "a@x.test")
    assert not secret.may_assert("acme", "b@x.test")
    assert not secret.may_assert("rival", "a@x.test")
    assert not AppSecret("id-1", "hush-1", users={"acme": ("a@x.test",)}).may_assert("acme", "a@x.test")
    for hidden in ("hush", "id-1", "a@x.test"):
        assert hidden not in repr(secret)


@pytest.mark.parametrize("users", ['["a@x.test"]', '{"acme": "a@x.test"}', '{"acme": [5]}', '{"acme": [""]}', '"a"'])
def test_users_that_are_no_lists_are_refused(users):
    text = f'{{"client_id": "id-1", "client_secret": "hush-1", "users": {users}}}'
    with pytest.raises(ConfigurationError, match="users that are not lists") as caught:
        Shelf({"SecretString": text}).secrets.get("salesforce")
    assert "x.test" not in str(caught.value)
