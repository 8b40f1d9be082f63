"""The one way in which connectors speak HTTP."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from crmbridge.connectors._pace import Pacer
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, ProviderError, RetriableProviderError
from crmbridge.ports import Sleep, TokenSource

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
"""Seconds; below every function's own timeout, so that a hanging CRM is an error we can handle."""

RETRY_AFTER_MAX_S = 24 * 3600.0


def no_pause(_seconds: float) -> None:
    """Wait for nothing: where nobody has said how to wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientContext:
    """What a connector's client is bound to.

    Attributes:
        http: shared by the process; has no base URL and no default headers.
        base_url: the account's API host, without a trailing slash.
        settings: overrides of the integration, such as ``{"stages": {...}}``.
        custom_fields: the integration's own, every entity's.
        sleep: waits between two looks at a job of the vendor's.
        pacer: keeps calls within the account's limits; without one they go out at once.
    """

    http: httpx.Client
    base_url: str
    tokens: TokenSource
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    custom_fields: tuple[CustomField, ...] = ()
    sleep: Sleep = no_pause
    pacer: Pacer | None = None


Credentials = Callable[[str], Mapping[str, str]]
"""Turns an access token into the headers that carry it."""


def bearer(token: str) -> Mapping[str, str]:
    """Return the header that most vendors want."""
    return {"authorization": f"Bearer {token}"}


ErrorReader = Callable[[httpx.Response], ProviderError]
"""Turns an answer with a status of 400 or more into the error tree, keeping the vendor's words."""


class Session:
    """Sends a connector's requests with its account's token.

    A 401 is answered by one renewal of the token and one more try. Transport faults become
    ``RetriableProviderError``; ``may_have_applied`` tells whether the request may have been carried out.
    """

    def __init__(
        self, context: ClientContext, *, provider: str, read_error: ErrorReader, credentials: Credentials = bearer
    ) -> None:
        self._context = context
        self._credentials = credentials
        self._provider = provider
        self._read_error = read_error
        self._completes = False

    @contextmanager
    def completing(self) -> Generator[None]:
        """Let the calls of a block use half of the reserve too: given up in the middle, they would all come again."""
        self._completes = True
        try:
            yield
        finally:
            self._completes = False

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | list[tuple[str, str]] | None = None,
        json: object = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request and return an answer with a status below 400.

        Args:
            path: below the account's host, or a whole URL the vendor gave us on that same host.

        Raises:
            RetriableProviderError: no answer, a broken answer, one the vendor calls temporary, or no room for a call
                within its limits (code ``PACED``).
            AuthorizationExpiredError: the token was refused twice.
            FatalProviderError: the vendor refuses the call.
        """
        sent = {"params": params, "json": json, "content": content}
        token = self._context.tokens.bearer()
        response = self._send(method, path, token, headers, sent)
        if response.status_code == 401:
            error = self._read(response)
            if isinstance(error, RetriableProviderError):
                raise error
            token = self._context.tokens.renew(token)
            response = self._send(method, path, token, headers, sent)
            if response.status_code == 401:
                raise AuthorizationExpiredError(str(error), provider=self._provider, status=401, code=error.code)
        if response.status_code >= 400:
            raise self._read(response)
        return response

    def _read(self, response: httpx.Response) -> ProviderError:
        """Return what an answer says went wrong; a limit that was hit closes the account for all workers."""
        error = self._read_error(response)
        if self._context.pacer is not None and isinstance(error, RetriableProviderError) and error.is_quota:
            self._context.pacer.refused(error.retry_after_s)
        return error

    def json(self, response: httpx.Response) -> Any:  # noqa: ANN401 - JSON of any shape
        """Return an answer's JSON.

        Raises:
            RetriableProviderError: the body is not JSON (a proxy's HTML page, a truncated answer).
        """
        try:
            return response.json()
        except ValueError as error:
            raise RetriableProviderError(
                f"{self._provider} answered {response.status_code} with a body that is not JSON",
                provider=self._provider,
                status=response.status_code,
                may_have_applied=response.request.method != "GET",
            ) from error

    def _send(
        self, method: str, path: str, token: str, headers: Mapping[str, str] | None, sent: dict[str, Any]
    ) -> httpx.Response:
        url = path if path.startswith(("https://", "http://")) else self._context.base_url + path
        if not url.startswith(self._context.base_url + "/"):
            raise FatalProviderError(f"{self._provider} named an address on another host", provider=self._provider)
        all_headers = {**self._credentials(token), "accept": "application/json", **(headers or {})}
        pacer = self._context.pacer
        if pacer is None:
            return send(self._context.http, self._provider, method, url, headers=all_headers, **sent)
        where = url.partition("?")[0]
        pacer.before(method, where, completes=self._completes)
        status, told = 0, httpx.Headers()
        try:
            response = send(self._context.http, self._provider, method, url, headers=all_headers, **sent)
            status, told = response.status_code, response.headers
        finally:
            pacer.after(where, status=status, headers=told)
        return response


def send(
    http: httpx.Client,
    provider: str,
    method: str,
    url: str,
    **request: Any,  # noqa: ANN401 - whatever httpx takes
) -> httpx.Response:
    """Send one request, turning every transport fault into ``RetriableProviderError``.

    Raises:
        RetriableProviderError: no whole answer came; ``may_have_applied`` unless the connection never opened.
        FatalProviderError: the URL cannot be used at all.
    """
    try:
        return http.request(method, url, timeout=TIMEOUT, **request)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise RetriableProviderError(f"{provider} cannot be reached", provider=provider) from error
    except httpx.TransportError as error:
        raise RetriableProviderError(
            f"{provider} gave no whole answer ({type(error).__name__})", provider=provider, may_have_applied=True
        ) from error
    except httpx.InvalidURL as error:
        raise FatalProviderError(f"{provider} has no usable address", provider=provider) from error


def retry_after_s(response: httpx.Response, *, now: datetime) -> float | None:
    """Read a ``Retry-After`` header, given in seconds or as a date; ``None`` when absent or senseless.

    Returns:
        Seconds, 0..86,400.
    """
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdigit():
        return min(float(text), RETRY_AFTER_MAX_S)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), RETRY_AFTER_MAX_S)


def server_time(response: httpx.Response) -> datetime | None:
    """Return the answering server's clock (``Date`` header), aware UTC, or ``None`` when it tells none."""
    text = response.headers.get("date", "")
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None
