"""Notification channels: made, listed, changed, ended; they end by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from sandbox._clock import Clock
from sandbox.zoho.errors import ZohoError, invalid_data, invalid_value, mandatory
from sandbox.zoho.modules import Module
from sandbox.zoho.times import seconds, shown

JsonObject = dict[str, Any]
LONGEST_S = 7 * 86_400
USUAL_S = 3_600
TOKEN_MAX = 50
URL_MAX = 255
_WHATS = {"create": "insert", "edit": "update", "delete": "delete"}
_UNWATCHED = frozenset({"Notes"})


@dataclass(slots=True, kw_only=True)
class Channel:
    """One channel: which events of which modules go where, until when."""

    channel_id: str
    events: list[str]
    notify_url: str
    token: str | None
    expires_s: int
    affected_values: bool = False
    related: bool = True


class ChannelBook:
    """The app's channels."""

    def __init__(self, clock: Clock, modules: Mapping[str, Module]) -> None:
        """Start without channels."""
        self._clock, self._modules = clock, modules
        self.channels: dict[str, Channel] = {}

    def enable(self, rows: Sequence[JsonObject]) -> list[JsonObject]:
        """Make channels; one that is there takes the new events beside its own."""
        return [self._guarded(each, place, replaces=False) for place, each in enumerate(rows)]

    def update(self, rows: Sequence[JsonObject]) -> list[JsonObject]:
        """Put new details in place of a channel's old ones."""
        return [self._guarded(each, place, replaces=True) for place, each in enumerate(rows)]

    def disable(self, ids: Sequence[str]) -> list[JsonObject]:
        """End channels whole."""
        answers: list[JsonObject] = []
        for each in ids:
            channel = self.channels.pop(each, None)
            if channel is None or channel.expires_s <= self._now_s():
                answers.append(ZohoError(code="NOT_SUBSCRIBED", message="not subscribed to the channel").as_json())
                continue
            for name in _modules_of(channel):
                details = {**self._resource(name), "channel_id": each}
                message = "Successfully un-subscribed from actions-watch"
                answers.append({"code": "SUCCESS", "details": details, "message": message, "status": "success"})
        return answers

    def remove_events(self, rows: Sequence[JsonObject]) -> list[JsonObject]:
        """Take events off channels."""
        answers: list[JsonObject] = []
        for row in rows:
            channel = self.channels.get(str(row.get("channel_id") or ""))
            if channel is None:
                answers.append(ZohoError(code="NOT_SUBSCRIBED", message="not subscribed to the channel").as_json())
                continue
            gone = cast("list[str]", row.get("events") or [])
            channel.events = [each for each in channel.events if each not in gone]
            events = [{**self._resource(name), "channel_id": channel.channel_id} for name in _modules_of(channel)]
            message = "Successfully removed the subscribe details"
            details = {"events": events}
            answers.append({"code": "SUCCESS", "details": details, "message": message, "status": "success"})
        return answers

    def list(self, channel_id: str | None, module: str | None, zone: str) -> list[JsonObject]:
        """Return what is subscribed, a row for each channel and module."""
        rows: list[JsonObject] = []
        for channel in self.live():
            for name in _modules_of(channel):
                if channel_id not in (None, channel.channel_id) or module not in (None, name):
                    continue
                rows.append(
                    {
                        **self._resource(name),
                        "notify_on_related_action": channel.related,
                        "channel_expiry": shown(channel.expires_s, zone),
                        "return_affected_field_values": channel.affected_values,
                        "resource_name": name,
                        "notify_url": channel.notify_url,
                        "fields": None,
                        "notification_condition": None,
                        "channel_id": channel.channel_id,
                        "events": [each for each in channel.events if each.startswith(f"{name}.")],
                        "token": channel.token,
                    }
                )
        return rows

    def live(self) -> list[Channel]:
        """Return the channels that have not ended."""
        return [each for each in self.channels.values() if each.expires_s > self._now_s()]

    def calls(self, module: str, kind: str, ids: Sequence[str], values: Mapping[str, JsonObject]) -> list[Any]:
        """Return (target, body) of each channel that watches an event."""
        word = next(name for name, verb in _WHATS.items() if verb == kind)
        found: list[tuple[str, JsonObject]] = []
        for channel in self.live():
            if not {f"{module}.{word}", f"{module}.all"} & set(channel.events):
                continue
            body: JsonObject = {
                "server_time": self._clock.now_ms(),
                "query_params": dict(parse_qsl(urlsplit(channel.notify_url).query)),
                "module": module,
                "resource_uri": f"https://www.zohoapis.com/crm/v2/{module}",
                "ids": list(ids),
                "affected_fields": [],
                "operation": kind,
                "channel_id": channel.channel_id,
                "token": channel.token,
            }
            if channel.affected_values and kind == "update":
                body["affected_values"] = [{"record_id": each, "values": values[each]} for each in ids]
                body["affected_fields"] = [{each: sorted(values[each])} for each in ids]
            found.append((channel.notify_url, body))
        return found

    def _guarded(self, row: JsonObject, place: int, *, replaces: bool) -> JsonObject:
        try:
            channel = self._channel(row, f"$.watch[{place}]")
        except ZohoError as error:
            return error.as_json()
        before = self.channels.get(channel.channel_id)
        if before is not None and not replaces:
            channel.events = list(dict.fromkeys([*before.events, *channel.events]))
        if before is None and replaces:
            return ZohoError(code="NOT_SUBSCRIBED", message="not subscribed to the channel").as_json()
        self.channels[channel.channel_id] = channel
        events = [
            {
                "channel_expiry": shown(channel.expires_s, "Asia/Kolkata"),
                **self._resource(name),
                "resource_name": name,
                "channel_id": channel.channel_id,
            }
            for name in _modules_of(channel)
        ]
        message = "Successfully subscribed for actions-watch of the given module"
        return {"code": "SUCCESS", "details": {"events": events}, "message": message, "status": "success"}

    def _channel(self, row: JsonObject, path: str) -> Channel:
        for name in ("channel_id", "events", "notify_url"):
            if not row.get(name):
                raise mandatory(name, f"{path}.{name}")
        channel_id, token = str(row["channel_id"]), row.get("token")
        if not (channel_id.isascii() and channel_id.isdigit() and len(channel_id) <= 19):
            raise invalid_value("channel_id", f"{path}.channel_id", expected_data_type="long")
        if token is not None and (not isinstance(token, str) or len(token) > TOKEN_MAX):
            raise invalid_value("token", f"{path}.token", maximum_length=TOKEN_MAX)
        url = str(row["notify_url"])
        if len(url) > URL_MAX or urlsplit(url).scheme not in ("https", "http"):
            raise invalid_value("notify_url", f"{path}.notify_url")
        events = [str(each) for each in cast("list[object]", row["events"])]
        for each in events:
            module, _, what = each.partition(".")
            if module not in self._modules or module in _UNWATCHED or what not in (*_WHATS, "all"):
                raise invalid_data("invalid data", api_name="events", json_path=f"{path}.events")
        return Channel(
            channel_id=channel_id,
            events=events,
            notify_url=url,
            token=token,
            expires_s=self._expiry(row.get("channel_expiry")),
            affected_values=bool(row.get("return_affected_field_values")),
            related=bool(row.get("notify_on_related_action", True)),
        )

    def _expiry(self, told: object) -> int:
        """Return when a channel ends: an hour from now where too late a time was asked for, or none."""
        now_s, wanted = self._now_s(), seconds(told)
        return wanted if wanted is not None and now_s < wanted <= now_s + LONGEST_S else now_s + USUAL_S

    def _resource(self, name: str) -> JsonObject:
        uri = f"https://www.zohoapis.com/crm/v2/{name}"
        return {"resource_uri": uri, "resource_id": self._modules[name].module_id}

    def _now_s(self) -> int:
        return int(self._clock.now().timestamp())


def _modules_of(channel: Channel) -> list[str]:
    return list(dict.fromkeys(each.partition(".")[0] for each in channel.events))
