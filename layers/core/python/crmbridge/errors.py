"""Every error of CRM Bridge, grouped by what the caller should do next.

::

    CrmBridgeError
    ├── ConfigurationError             our deployment is wrong; alarm a person, do not retry
    ├── RequestRejectedError           the caller is wrong; answer 4xx with the field and the next step
    │   ├── NotFoundError              404
    │   ├── ForbiddenError             403
    │   ├── KeyReusedError             422: an idempotency key that stands for another request
    │   └── WebhookRejectedError       a webhook is not what the CRM documents; 400, never retry
    │       └── SignatureError         401
    ├── ProviderError                  a CRM answered badly; carries provider, status, request_id
    │   ├── RetriableProviderError     429, 5xx, timeout, lost answer; carries retry_after_s
    │   ├── AuthorizationExpiredError  the workspace must reconnect its CRM
    │   └── FatalProviderError         a 4xx we caused; the row is parked with the vendor's words
    │       └── UnavailableError       this account has no such records: its edition, or a permission of ours
    ├── ConflictError                  someone else wrote first; re-read and retry
    └── LeaseHeldError                 someone else is at this work; come back later
"""

from __future__ import annotations


class CrmBridgeError(Exception):
    """Root of the tree; never raised itself."""


class ConfigurationError(CrmBridgeError):
    """Our own deployment is wrong: a missing setting, table, key or permission."""


class RequestRejectedError(CrmBridgeError):
    """The caller asked for something that cannot be done; nothing was changed.

    Attributes:
        field: the input field that is wrong, or ``None`` when it is the request as a whole.
        next_step: what the caller can do about it, as a sentence.
    """

    def __init__(self, message: str, *, field: str | None = None, next_step: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.next_step = next_step


class NotFoundError(RequestRejectedError):
    """The thing asked for does not exist in this workspace."""


class ForbiddenError(RequestRejectedError):
    """The caller's token does not allow this."""


class KeyReusedError(RequestRejectedError):
    """An idempotency key was sent with another request before."""


class WebhookRejectedError(RequestRejectedError):
    """A webhook call is not what the CRM documents; answer 400 and stop."""


class SignatureError(WebhookRejectedError):
    """A webhook call is not proven to come from the CRM; answer 401 and stop."""


class ProviderError(CrmBridgeError):
    """A CRM answered badly.

    Attributes:
        provider: folder name of the connector, such as ``hubspot``.
        status: HTTP status, or 0 when no answer came.
        code: the vendor's own error code, or an empty string.
        request_id: the vendor's correlation id, or an empty string.
    """

    def __init__(self, message: str, *, provider: str, status: int = 0, code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.provider = provider
        self.status = status
        self.code = code
        self.request_id = request_id


class RetriableProviderError(ProviderError):
    """A call may succeed later: 429, a quota, 5xx, a timeout or a lost answer.

    Attributes:
        retry_after_s: seconds to wait as the vendor says, or ``None`` when it does not say.
        is_quota: a limit was hit (not a fault of the vendor); never counts as a failure.
        may_have_applied: the call may have taken effect although its answer was lost.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        status: int = 0,
        code: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
        is_quota: bool = False,
        may_have_applied: bool = False,
    ) -> None:
        super().__init__(message, provider=provider, status=status, code=code, request_id=request_id)
        self.retry_after_s = retry_after_s
        self.is_quota = is_quota
        self.may_have_applied = may_have_applied


class AuthorizationExpiredError(ProviderError):
    """The CRM no longer accepts our credentials and no refresh can help; people must reconnect."""


class FatalProviderError(ProviderError):
    """The CRM refuses this call for good; the message holds the vendor's own words."""


class UnavailableError(FatalProviderError):
    """This account has no records of a kind that its CRM has in other editions, or lets us see none of them.

    The entity is left out of work for that account, and everything else goes on.
    """


class ConflictError(CrmBridgeError):
    """Someone else wrote first: the condition on a write did not hold. Re-read and retry."""


class LeaseHeldError(CrmBridgeError):
    """Someone else holds the lease on this work.

    Attributes:
        retry_after_s: seconds until the lease ends if its holder has died.
    """

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
