"""Answer a request once, however often it is sent with the same idempotency key."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from crmbridge.domain.keys import digest
from crmbridge.errors import ConflictError, KeyReusedError, LeaseHeldError, RequestRejectedError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub

KEPT_S = 24 * 3600
"""How long an answer is given again, in seconds."""

RUNNING_S = 60
"""How long a request counts as being worked on, in seconds; longer than the API's own timeout."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Request:
    """What makes two requests the same.

    Attributes:
        caller: who sent it; another caller's key is another key.
        key: as the caller chose it.
        content: method, path, query and body.
    """

    workspace_id: str
    caller: str
    key: str
    content: str

    @property
    def pk(self) -> str:
        """The partition of the workspace's answered requests."""
        return f"{self.workspace_id}#REQUEST"

    @property
    def sk(self) -> str:
        """The place of this request's answer."""
        return digest(f"{self.caller}\n{self.key}")

    @property
    def fingerprint(self) -> str:
        """Digest of the content, so that none of it is kept."""
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request was answered.

    Attributes:
        body: JSON-ready.
        is_replay: it was carried out before, and not again.
    """

    body: Any
    status: int
    is_replay: bool


def answer_once(hub: Hub, request: Request, work: Callable[[], tuple[Any, int]]) -> Answered:
    """Carry a request out, or give the answer again that it got within the last 24 hours.

    Only what succeeded is kept, encrypted: after an error nothing was changed, and the same key may be used again.

    Raises:
        RequestRejectedError: the key is none.
        KeyReusedError: the key was used for another request.
        LeaseHeldError: the same request is being worked on.
    """
    if not _KEY.fullmatch(request.key):
        raise RequestRejectedError(
            "an idempotency key has 1 to 255 visible ASCII characters",
            field="Idempotency-Key",
            next_step="send a UUID, or leave the header out",
        )
    claimed = _claim(hub, request)
    if isinstance(claimed, Answered):
        return claimed
    with _let_go_on_error(hub, claimed):
        done = work()
    return _kept(hub, request, claimed, done)


@contextmanager
def _let_go_on_error(hub: Hub, claimed: Document) -> Generator[None]:
    """Let the same key be used again when the work fails."""
    is_done = False
    try:
        yield
        is_done = True
    finally:
        if not is_done:
            with suppress(ConflictError):
                hub.documents.delete(claimed)


def _kept(hub: Hub, request: Request, claimed: Document, done: tuple[Any, int]) -> Answered:
    sealed = hub.cipher.encrypt(json.dumps(done), context=_context(request))
    body = {"fingerprint": request.fingerprint, "answer": sealed}
    expires_at = int(hub.now().timestamp()) + KEPT_S
    with suppress(ConflictError):  # it took longer than a request can, and another has begun
        hub.documents.put(Document(request.pk, request.sk, body, version=claimed.version, expires_at=expires_at))
    return Answered(*done, is_replay=False)


def _claim(hub: Hub, request: Request) -> Document | Answered:
    """Note that the request is being worked on; or return what it was answered."""
    held = hub.documents.get(request.pk, request.sk)
    if held is None:
        expires_at = int(hub.now().timestamp()) + RUNNING_S
        begun = Document(request.pk, request.sk, {"fingerprint": request.fingerprint}, expires_at=expires_at)
        try:
            return hub.documents.put(begun)
        except ConflictError as error:
            raise _under_way() from error
    if held.body["fingerprint"] != request.fingerprint:
        raise KeyReusedError(
            "this idempotency key was used for another request",
            field="Idempotency-Key",
            next_step="send a new key with a new request, or the same request with this one",
        )
    if "answer" not in held.body:
        raise _under_way()
    body, status = json.loads(hub.cipher.decrypt(held.body["answer"], context=_context(request)))
    return Answered(body, status, is_replay=True)


def _under_way() -> LeaseHeldError:
    return LeaseHeldError("the same request is being worked on", retry_after_s=2)


def _context(request: Request) -> dict[str, str]:
    return {"workspace_id": request.workspace_id, "request": request.sk}
