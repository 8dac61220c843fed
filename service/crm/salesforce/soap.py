"""XML from outside as a tree, bounded in every way and without a document type; and SOAP to answer with."""

from html import escape
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from service.crm.payloads import MalformedPayloadError, printable, quoted

ENVELOPE_NAMESPACE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_LARGEST_BODY = 8_000_000
_MOST_NODES = 100_000
_DEEPEST = 16
_ENCODINGS = frozenset({"utf-8", "utf-16", "iso-8859-1", "us-ascii"})


def parse_xml(body: bytes) -> Element:
    """The root of a document in UTF-8, or in UTF-16, ISO-8859-1 or ASCII where it declares that.

    Text holds together across comments and CDATA.

    Raises:
        MalformedPayloadError: it is not well-formed, has a document type, or is larger, deeper or of more elements
            and comments than any message.
    """
    if len(body) > _LARGEST_BODY:
        raise MalformedPayloadError(f"The body has {len(body):,} bytes; the most is {_LARGEST_BODY:,}")
    tree = _BoundedTree()
    parser = DefusedXMLParser(target=tree, forbid_dtd=True)
    parser.parser.XmlDeclHandler = _check_encoding
    parser.parser.StartElementHandler, parser.parser.EndElementHandler = tree.opened, tree.closed
    try:
        parser.feed(body)
        root: Element = parser.close()
    except MalformedPayloadError:
        raise
    except DefusedXmlException:
        raise MalformedPayloadError("The body has a document type, which no message has") from None
    except (ParseError, ValueError) as error:
        raise MalformedPayloadError(f"The body is not XML: {printable(str(error))[:200]}") from None
    return root


def soap_envelope(content: str) -> bytes:
    """A SOAP 1.1 envelope around content that is XML already."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE_NAMESPACE}">'
        f"<soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def soap_fault(reason: str, *, senders: bool) -> bytes:
    """A SOAP 1.1 fault with its reason: the sender's, who would be refused again, or our own."""
    code = "Client" if senders else "Server"
    return soap_envelope(
        f"<soapenv:Fault><faultcode>soapenv:{code}</faultcode>"
        f"<faultstring>{escape(printable(reason))}</faultstring></soapenv:Fault>"
    )


def _check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    # For any other name the parser would run whichever of Python's codecs has it: rot13, idna, unicode_escape.
    if encoding is not None and encoding.casefold() not in _ENCODINGS:
        raise MalformedPayloadError(f"The body declares the encoding {quoted(encoding)}; send it in UTF-8")


_NO_ATTRIBUTES: Final[dict[str, str]] = {}
"""One for all elements without: the tree keeps none that is empty, and a new one for each is work for the collector."""


class _Names(dict[str, str]):
    """Names as the parser tells them, ``namespace}name``, and as a tree has them."""

    def __missing__(self, told: str) -> str:
        name = self[told] = "{" + told if "}" in told else told
        return name


class _BoundedTree(TreeBuilder):
    """A tree that refuses to grow beyond what a message can need, while it is being read.

    ``opened`` and ``closed`` take elements from the parser itself: a message has thousands, and each counts.
    """

    def __init__(self) -> None:
        super().__init__()
        self._nodes = 0
        self._depth = 0
        self._names = _Names()
        self._start, self._end = self.start, self.end

    def opened(self, told: str, attributes: list[str]) -> None:
        """An element begins; its attributes are names and values in turn."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise MalformedPayloadError(f"The body is nested more than {_DEEPEST} deep")
        self._count()
        names = self._names
        if attributes:
            pairs = zip(attributes[::2], attributes[1::2], strict=True)
            self._start(names[told], {names[name]: value for name, value in pairs})
        else:
            self._start(names[told], _NO_ATTRIBUTES)

    def closed(self, told: str) -> None:
        """An element ends."""
        self._depth -= 1
        self._end(self._names[told])

    def comment(self, text: str | None, /) -> Element:
        self._count()
        return super().comment(text)

    def pi(self, target: str, text: str | None = None, /) -> Element:
        self._count()
        return super().pi(target, text)

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise MalformedPayloadError(f"The body has more than {_MOST_NODES:,} elements and comments")
