from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.connectors.zoho.client import ZohoClient
from crmbridge.errors import FatalProviderError
from tests.unit.connectors.zoho.conftest import BASE_URL, Zoho

NOW = datetime.now(UTC)
URL = "https://hooks.example.com/webhooks/zoho/door"


@pytest.mark.parametrize("needed", [True, False])
def test_a_channel_is_made_kept_and_removed_whether_channels_are_listed_or_not(
    zoho: Zoho, client: ZohoClient, needed: bool
):
    zoho.control("options", {"watch_needs_channel": needed})
    (first,) = client.subscribe(URL, now=NOW)
    assert client.subscribe(URL, now=NOW) == (first,)
    assert first.expires_at is not None
    assert timedelta(days=6, hours=23) < first.expires_at - NOW <= timedelta(days=7)
    assert len(first.events) == 7
    assert client.subscriptions() == (() if needed else (first,))
    assert client.unsubscribe(URL) == 1
    assert client.unsubscribe(URL) == 0


def test_a_channel_is_renewed_before_it_ends(zoho: Zoho, client: ZohoClient):
    """T-82."""
    (first,) = client.subscribe(URL, now=NOW)
    for days, renewed in ((4, False), (1.5, True)):
        zoho.control("clock", {"advance_s": days * 86_400})
        later = datetime.fromisoformat(zoho.http.get(f"{BASE_URL}/_sandbox/clock").json()["now"])
        (each,) = zoho.client().subscribe(URL, now=later)
        assert (each.expires_at != first.expires_at) is renewed
        assert each.subscription_id == first.subscription_id


def test_a_channel_that_zoho_refuses_says_so(client: ZohoClient):
    with pytest.raises(FatalProviderError) as caught:
        client.subscribe("https://hooks.example.com/" + "x" * 300, now=NOW)
    assert "notify_url" in str(caught.value)
