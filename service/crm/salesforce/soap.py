"""XML from outside as a tree: without a document type, and bounded before anything is built of it."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from service.crm.payloads import MalformedPayloadError, printable, quoted

ENVELOPE_NAMESPACE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_LARGEST_BODY: Final = 8_000_000
_MOST_NODES: Final = 100_000
_MOST_ATTRIBUTES: Final = 100_000
_MOST_OF_AN_ELEMENT: Final = 64
_DEEPEST: Final = 16
_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "iso-8859-1", "us-ascii"})
_DECLARED_ENCODING = re.compile(rb"""<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"'>]*)""")
# A document type stands before the root, behind nothing but blanks, comments and processing instructions. No part of
# the pattern is tried again in another way, so that no prolog makes it slow.
_DOCUMENT_TYPE = re.compile(rb"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_ATTRIBUTE = re.compile(rb"""=\s*["']""")
# Whatever asks for the namespaces of an element looks through all declarations above it, for each of them. No part of
# this pattern either is tried again in another way.
_TOO_MANY_OF_AN_ELEMENT = re.compile(
    rb"""<[^\s<>"'=!?/]++(?>\s++[^\s<>"'=/]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+')){%d}""" % (_MOST_OF_AN_ELEMENT + 1)
)
_TOO_DEEP = etree.XPath(f"boolean({'/*' * (_DEEPEST + 1)})")


def parse_xml(body: bytes) -> Element:
    """The root of a document in UTF-8, or in UTF-16, ISO-8859-1 or ASCII where it declares that.

    Text holds together across comments and CDATA.

    Raises:
        MalformedPayloadError: it is not well-formed, has a document type, or is larger, deeper or of more elements,
            comments and attributes than any message.
    """
    if len(body) > _LARGEST_BODY:
        raise MalformedPayloadError(f"The body has {len(body):,} bytes; the most is {_LARGEST_BODY:,}")
    try:
        text = _in_utf8(body)
        _check_prolog_and_size(text)
        root = etree.fromstring(text, _parser())
    except (etree.XMLSyntaxError, UnicodeError) as error:
        raise MalformedPayloadError(f"The body is not XML: {printable(str(error))[:200]}") from None
    if _TOO_DEEP(root):
        raise MalformedPayloadError(f"The body is nested more than {_DEEPEST} deep")
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _in_utf8(body: bytes) -> bytes:
    """The body in UTF-8, without a byte-order mark, whatever it was sent in.

    Raises:
        MalformedPayloadError: it declares an encoding that no message has.
        UnicodeError: it is not in the encoding that it declares.
    """
    is_utf16 = body.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    text = body.decode("utf-16").encode() if is_utf16 else body.removeprefix(BOM_UTF8)
    found = _DECLARED_ENCODING.match(text)
    declared = "utf-8" if found is None else found[1].decode("ascii", "replace").casefold()
    if declared not in _ENCODINGS:
        raise MalformedPayloadError(f"The body declares the encoding {quoted(declared)}; send it in UTF-8")
    # The parser itself refuses what is not UTF-8.
    return text if is_utf16 or declared == "utf-8" else text.decode(declared).encode()


def _check_prolog_and_size(text: bytes) -> None:
    if not text.strip():
        raise MalformedPayloadError("The body is not XML: no element found")
    if _DOCUMENT_TYPE.match(text):
        raise MalformedPayloadError("The body has a document type, which no message has")
    # Each element, comment and instruction begins with a bracket of its own; what ends one, and CDATA, is none.
    if text.count(b"<") - text.count(b"</") - text.count(b"<![CDATA[") > _MOST_NODES:
        raise MalformedPayloadError(f"The body has more than {_MOST_NODES:,} elements and comments")
    if text.count(b"=") > _MOST_ATTRIBUTES and sum(1 for _ in _ATTRIBUTE.finditer(text)) > _MOST_ATTRIBUTES:
        raise MalformedPayloadError(f"The body has more than {_MOST_ATTRIBUTES:,} attributes")
    if _TOO_MANY_OF_AN_ELEMENT.search(text):
        raise MalformedPayloadError(f"An element of the body has more than {_MOST_OF_AN_ELEMENT} attributes")
