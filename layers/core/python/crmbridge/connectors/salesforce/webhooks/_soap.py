"""SOAP envelopes, parsed without trusting them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from crmbridge.errors import WebhookRejectedError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_DEPTH = 16
_MAX_ELEMENTS = 100_000
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"


def content_of(body: bytes, name: str) -> Element:
    """Return the element of a name that stands in an envelope's body.

    Raises:
        WebhookRejectedError: not well-formed, has a DOCTYPE, is too deep or too large, or is no such envelope.
    """
    envelope = _parsed(body)
    content = envelope.find(f"{_SOAP}Body/{name}") if envelope.tag == f"{_SOAP}Envelope" else None
    if content is None:
        raise WebhookRejectedError("the body is no SOAP envelope with notifications")
    return content


class _ShallowTree(TreeBuilder):
    """Builds a tree that is neither deep nor vast."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Open an element."""
        self._depth += 1
        self._count += 1
        if self._depth > _MAX_DEPTH or self._count > _MAX_ELEMENTS:
            raise WebhookRejectedError("the XML is too deep or has too many elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def _parsed(body: bytes) -> Element:
    parser = DefusedXMLParser(target=_ShallowTree(), forbid_dtd=True)
    try:
        parser.feed(body)
        return parser.close()
    except DefusedXmlException as error:
        raise WebhookRejectedError("the XML declares a document type or entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise WebhookRejectedError("the body is not well-formed XML") from error
