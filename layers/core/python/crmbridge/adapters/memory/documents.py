"""Control state in dictionaries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from crmbridge.adapters._bodies import plain
from crmbridge.errors import ConflictError
from crmbridge.ports import Document, Now


class MemoryDocuments:
    """Keeps copies, so that nobody changes what is stored by changing what they hold.

    A document counts as absent from its ``expires_at`` on, as in DynamoDB whether it was removed already or not.

    Args:
        now: the clock that ends documents.
        shares: store what is given and give out what is stored instead of copies, where many thousand calls a second
            are worth it and nobody writes into what was given or read.
    """

    def __init__(self, *, now: Now, shares: bool = False) -> None:
        self._now = now
        self._shares = shares
        self._partitions: defaultdict[str, dict[str, Document]] = defaultdict(dict)
        self._ascending: dict[str, list[Document]] = {}

    def get(self, pk: str, sk: str) -> Document | None:
        """Read one document; see ``Documents``."""
        stored = self._partitions[pk].get(sk)
        return self._given(stored) if stored is not None and self._is_live(stored) else None

    def put(self, document: Document, *, unconditionally: bool = False) -> Document:
        """Store a document; see ``Documents``. Versions count on where an expired document is replaced.

        Raises:
            ConflictError: the stored version is another one (not with ``unconditionally``).
        """
        stored = self._partitions[document.pk].get(document.sk)
        if not unconditionally and document.version != self._live_version(stored):
            raise ConflictError(f"{document.pk} {document.sk} has moved on from version {document.version}")
        version = (0 if stored is None else stored.version) + 1
        saved = Document(document.pk, document.sk, document.body, version, document.expires_at)
        self._partitions[document.pk][document.sk] = self._given(saved)
        self._ascending.pop(document.pk, None)
        return saved

    def append(self, documents: Sequence[Document]) -> None:
        """Write documents that never change again; see ``Documents``."""
        for document in documents:
            self._partitions[document.pk][document.sk] = _copy(document, version=1)
            self._ascending.pop(document.pk, None)

    def delete(self, document: Document) -> None:
        """Remove a document; see ``Documents``.

        Raises:
            ConflictError: it has moved or is gone already.
        """
        stored = self._partitions[document.pk].get(document.sk)
        if stored is None or document.version != self._live_version(stored):
            raise ConflictError(f"{document.pk} {document.sk} has moved on from version {document.version}")
        del self._partitions[document.pk][document.sk]
        self._ascending.pop(document.pk, None)

    def query(self, pk: str, prefix: str = "") -> tuple[Document, ...]:
        """Return a partition's live documents by prefix, ascending; see ``Documents``."""
        found = self._ascending.get(pk)
        if found is None:
            partition = self._partitions.get(pk, {})
            found = self._ascending[pk] = [partition[sk] for sk in sorted(partition)]
        now_s = self._now().timestamp()
        return tuple(
            [
                self._given(each)
                for each in found
                if (each.expires_at is None or now_s < each.expires_at) and each.sk.startswith(prefix)
            ]
        )

    def _given(self, stored: Document) -> Document:
        return stored if self._shares else _copy(stored)

    def _is_live(self, document: Document) -> bool:
        return document.expires_at is None or self._now().timestamp() < document.expires_at

    def _live_version(self, stored: Document | None) -> int:
        return stored.version if stored is not None and self._is_live(stored) else 0


def _copy(document: Document, version: int | None = None) -> Document:
    version = document.version if version is None else version
    return Document(document.pk, document.sk, plain(document.body), version, document.expires_at)
