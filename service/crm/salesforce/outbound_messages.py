"""Outbound Messages of Salesforce: SOAP of up to a hundred notifications, each with the latest state of a record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from service.crm.payloads import MalformedPayloadError, quoted
from service.crm.salesforce.soap import ENVELOPE_NAMESPACE, parse_xml
from service.crm.unreadable import UnreadableEvent

_MESSAGE_NAMESPACE: Final = "http://soap.sforce.com/2005/09/outbound"
_RECORD_NAMESPACES: Final = ("urn:sobject.enterprise.soap.sforce.com", "urn:sobject.partner.soap.sforce.com")
_INSTANCE_NAMESPACE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_NIL: Final = f"{{{_INSTANCE_NAMESPACE}}}nil"
_MOST_NOTIFICATIONS: Final = 100
ACKNOWLEDGEMENT: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE_NAMESPACE}"><soapenv:Body>'
    f'<notificationsResponse xmlns="{_MESSAGE_NAMESPACE}"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
).encode()
"""The one answer that Salesforce takes for all being recorded; after any other it sends the message again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One record, as it was when the message was sent.

    ``fields`` holds None for a field that is nil; a field without a value may be absent as well. A deleted record
    comes with no data: nothing but its id, and perhaps not even that.
    """

    id: str
    object_type: str
    record_id: str | None
    fields: Mapping[str, str | None]
    deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """A message of one organisation. It is acknowledged as a whole, so only once every notification is recorded.

    ``kept`` is what may be kept of it: byte for byte what was sent, unless that has a SessionId, which would let who
    reads it act as the user whom it was sent as. Then it is the same message, written anew without that.
    """

    organization_id: str
    notifications: tuple[Notification, ...]
    unreadable: tuple[UnreadableEvent, ...] = ()
    kept: bytes = b""


def read_outbound_message(body: bytes) -> OutboundMessage:
    """Read the SOAP of a message, with or without a byte-order mark.

    A notification that is none, or contradicts itself, stands apart from those that can be read.

    Raises:
        MalformedPayloadError: it is not an Outbound Message.
    """
    envelope = parse_xml(body)
    if envelope.tag != f"{{{ENVELOPE_NAMESPACE}}}Envelope":
        raise MalformedPayloadError(f"The body is no SOAP envelope: its root is {quoted(envelope.tag)}")
    message = _only(_only(envelope, ENVELOPE_NAMESPACE, "Body"), _MESSAGE_NAMESPACE, "notifications")
    notifications = _named(message, _MESSAGE_NAMESPACE, "Notification")
    if not 1 <= len(notifications) <= _MOST_NOTIFICATIONS:
        raise MalformedPayloadError(
            f"The message has {len(notifications)} notifications; it takes 1 to {_MOST_NOTIFICATIONS}"
        )
    read = [_notification(notification) for notification in notifications]
    return OutboundMessage(
        organization_id=_text(_only(message, _MESSAGE_NAMESPACE, "OrganizationId")),
        notifications=tuple(each for each in read if isinstance(each, Notification)),
        unreadable=tuple(each for each in read if isinstance(each, UnreadableEvent)),
        kept=_without_session(body, envelope, message),
    )


def _without_session(body: bytes, envelope: Element, message: Element) -> bytes:
    sessions = [element for element in message.iterchildren("{*}SessionId") if element.text or len(element)]
    for element in sessions:
        element.text = None
        del element[:]
        element.attrib.clear()
        element.set(_NIL, "true")
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True) if sessions else body


def _notification(element: Element) -> Notification | UnreadableEvent:
    record = next(iter(_named(element, _MESSAGE_NAMESPACE, "sObject")), None)
    try:
        return _of_record(_text(_only(element, _MESSAGE_NAMESPACE, "Id")), record)
    except MalformedPayloadError as error:
        return UnreadableEvent(
            reason=str(error),
            content=etree.tostring(element, with_tail=False),
            record_id=None if record is None else _first_id(record),
            object_type="" if record is None else _object_type(record),
        )


def _of_record(identifier: str, record: Element | None) -> Notification:
    if record is None or _is_nil(record):
        return Notification(id=identifier, object_type="", record_id=None, fields={}, deleted=True)
    fields = dict(_fields(record))
    return Notification(
        id=identifier,
        object_type=_object_type(record),
        record_id=fields.get("Id"),
        fields=fields,
        deleted=fields.keys() <= {"Id"} or fields.get("IsDeleted") == "true",
    )


def _object_type(record: Element) -> str:
    return record.get(f"{{{_INSTANCE_NAMESPACE}}}type", "").rpartition(":")[2]


def _first_id(record: Element) -> str | None:
    found = (_named(record, namespace, "Id") for namespace in _RECORD_NAMESPACES)
    return next((_trimmed(element) for elements in found for element in elements), None)


def _fields(record: Element) -> Iterator[tuple[str, str | None]]:
    seen = set()
    for element in record:
        namespace, _, name = element.tag.removeprefix("{").rpartition("}")
        if namespace not in _RECORD_NAMESPACES:
            raise MalformedPayloadError(f"The record has {quoted(element.tag)}, which is no field of Salesforce's")
        if name in seen:
            raise MalformedPayloadError(f"The record has the field {quoted(name)} more than once")
        seen.add(name)
        # A related record is not a value; what it holds is not asked for.
        if len(element) == 0:
            yield name, _trimmed(element) if not element.attrib or not _is_nil(element) else None


def _named(parent: Element, namespace: str, name: str) -> list[Element]:
    tag = f"{{{namespace}}}{name}"
    return [child for child in parent if child.tag == tag]


def _only(parent: Element, namespace: str, name: str) -> Element:
    match _named(parent, namespace, name):
        case [only]:
            return only
        case found:
            within = parent.tag.rpartition("}")[2]
            raise MalformedPayloadError(f"{within} has {len(found)} elements {name} ({namespace}); it takes one")


def _is_nil(element: Element) -> bool:
    return element.get(_NIL, "").strip() in {"true", "1"}


def _trimmed(element: Element) -> str | None:
    return (element.text or "").strip() or None


def _text(element: Element) -> str:
    text = _trimmed(element)
    if text is None or len(element):
        raise MalformedPayloadError(f"{element.tag.rpartition('}')[2]} is empty")
    return text
