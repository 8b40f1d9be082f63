"""What the routes work with: the org, its sessions, its cursors, its jobs."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.bodies import from_json
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.given import Read, Writer
from sandbox.salesforce.jobs import Jobs
from sandbox.salesforce.org import Org
from sandbox.salesforce.queries import Queries
from sandbox.salesforce.sessions import Sessions
from sandbox.salesforce.usage import Usage
from sandbox.salesforce.view import View


class Api:
    """One org behind its API.

    Attributes:
        base_url: the org's My Domain, without a trailing slash.
        dispatch: answers a call by its path; composites use it for their subrequests.
    """

    dispatch: Callable[[Call], Answer]

    def __init__(self, org: Org, *, base_url: str) -> None:
        """Join the parts; ``dispatch`` is set by whoever owns the routes."""
        self.org = org
        self.base_url = base_url
        self.sessions = Sessions(org)
        self.queries = Queries(org)
        self.usage = Usage(org)
        self.jobs = Jobs(org)

    def clear(self) -> None:
        """Forget sessions, cursors, jobs and counts."""
        self.sessions.clear()
        self.queries.clear()
        self.usage.clear()
        self.jobs.clear()

    def view(self, call: Call, *, tooling: bool = False) -> View:
        """Return the org as the caller sees it."""
        access = None if tooling else self.org.access(call.actor.user_id)
        return View(self.org, access=access, version=call.version, tooling=tooling)

    def view_of(self, actor: Actor) -> View:
        """Return the org as a user sees it, outside of any call."""
        return View(self.org, access=self.org.access(actor.user_id), version=actor.version)

    def writer(self, call: Call, *, read: Read = from_json) -> Writer:
        """Return the caller as a writer."""
        return self.writer_for(call.actor, read=read)

    def writer_for(self, actor: Actor, *, read: Read = from_json) -> Writer:
        """Return a writer; a person in the screens is not bound by field-level security."""
        access = self.org.access(actor.user_id) if actor.by_api else None
        return Writer(org=self.org, actor=actor, access=access, read=read)
