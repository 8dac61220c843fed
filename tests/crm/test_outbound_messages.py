from time import monotonic
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.crm.payloads import MalformedPayloadError
from service.crm.salesforce.outbound_messages import ACKNOWLEDGEMENT, read_outbound_message
from service.crm.salesforce.soap import parse_xml
from tests.crm.xml_attacks import ATTACKS, WITH_A_DOCUMENT_TYPE

ACCOUNT = "0018a00001XyZaBAAV"
SF = 'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"'


def notification(fields: str = "", number: int = 0, record: str = ACCOUNT) -> str:
    return f"""<Notification><Id>04l8a000000{number:04d}AAA</Id>
      <sObject xsi:type="sf:Account" {SF}>
        <sf:Id>{record}</sf:Id>{fields}</sObject></Notification>"""


def message(notifications: str, declaration: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f"""{declaration}
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
    xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">
    <OrganizationId>00D8a000000AbCdEAK</OrganizationId><ActionId>04k8a000000AbCdEAK</ActionId>
    <SessionId xsi:nil="true"/><EnterpriseUrl>https://x.example/c</EnterpriseUrl><PartnerUrl/>
    {notifications}
  </notifications></soapenv:Body>
</soapenv:Envelope>"""


def fields_of(body: bytes) -> dict[str, str | None]:
    (only,) = read_outbound_message(body).notifications
    return dict(only.fields)


def test_a_message_is_read_with_its_organisation_and_every_notification() -> None:
    body = message("".join(notification("<sf:Type>Customer</sf:Type>", number) for number in range(100)))
    read = read_outbound_message(body.encode())
    assert read.organization_id == "00D8a000000AbCdEAK"
    assert [each.id for each in read.notifications] == [f"04l8a000000{number:04d}AAA" for number in range(100)]
    assert {(each.object_type, each.record_id, each.deleted) for each in read.notifications} == {
        ("Account", ACCOUNT, False)
    }


def test_a_byte_order_mark_before_the_message_is_passed_over() -> None:
    body = message(notification("<sf:Type>Customer</sf:Type>"))
    assert fields_of(b"\xef\xbb\xbf" + body.encode()) == fields_of(body.encode())


def test_a_nil_field_and_an_empty_one_have_no_value_and_an_absent_one_is_not_there() -> None:
    fields = '<sf:Type xsi:nil="true"/><sf:Name>  </sf:Name><sf:LAM_Dev_Count__c>100.0</sf:LAM_Dev_Count__c>'
    assert fields_of(message(notification(fields)).encode()) == {
        "Id": ACCOUNT,
        "Type": None,
        "Name": None,
        "LAM_Dev_Count__c": "100.0",
    }


@pytest.mark.parametrize(
    ("data", "record"),
    [
        ("", None),
        ('<sObject xsi:nil="true"/>', None),
        (f"<sObject {SF}><sf:Id>{ACCOUNT}</sf:Id></sObject>", ACCOUNT),
        (f"<sObject {SF}><sf:Id>{ACCOUNT}</sf:Id><sf:IsDeleted>true</sf:IsDeleted></sObject>", ACCOUNT),
    ],
)
def test_a_record_without_data_is_deleted(data: str, record: str | None) -> None:
    body = message(f"<Notification><Id>04l8a0000000001AAA</Id>{data}</Notification>")
    (only,) = read_outbound_message(body.encode()).notifications
    assert (only.deleted, only.record_id) == (True, record)


def test_text_holds_together_across_comments_and_cdata() -> None:
    fields = "<sf:Name>Acme<!-- not --> &amp; <![CDATA[<Sons>]]><?pi?>, Ltd</sf:Name>"
    assert fields_of(message(notification(fields)).encode())["Name"] == "Acme & <Sons>, Ltd"


def test_a_related_record_within_a_record_is_no_value() -> None:
    fields = "<sf:Owner><sf:Name>Ann</sf:Name></sf:Owner><sf:Name>Acme</sf:Name>"
    assert fields_of(message(notification(fields)).encode()) == {"Id": ACCOUNT, "Name": "Acme"}


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\x85")))
def test_any_text_comes_back_as_it_was_written(name: str) -> None:
    fields = f"<sf:Name>{escape(name)}</sf:Name>"
    assert fields_of(message(notification(fields)).encode())["Name"] == (name.strip() or None)


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "us-ascii"])
def test_a_message_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    body = message(notification("<sf:Name>Müller</sf:Name>"), f'<?xml version="1.0" encoding="{encoding}"?>')
    assert fields_of(body.encode(encoding, "xmlcharrefreplace"))["Name"] == "Müller"


@pytest.mark.parametrize(
    "encoding",
    ["UTF-7", "no-such", "punycode", "idna", "rot13", "base64", "undefined", "unicode_escape", "windows-1252"],
)
def test_a_message_in_any_other_encoding_is_refused(encoding: str) -> None:
    body = message(notification("<sf:Name>Müller</sf:Name>"), f'<?xml version="1.0" encoding="{encoding}"?>')
    with pytest.raises(MalformedPayloadError, match="encoding"):
        read_outbound_message(body.encode())


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "The body is not XML: no element found"),
        (b"\xff\xfe\x00", "The body is not XML"),
        (b"<a>\x00</a>", "The body is not XML"),
        (b"<a>&#0;</a>", "The body is not XML"),
        (b"<a>", "The body is not XML"),
        (b"<a/>", 'The body is no SOAP envelope: its root is "a"'),
        (b"<!DOCTYPE a><a/>", "The body has a document type, which no message has"),
        (b"<a>" * 20 + b"</a>" * 20, "The body is nested more than 16 deep"),
        (b"<a>" + b"<b/>" * 100_000 + b"</a>", "The body has more than 100,000 elements and comments"),
        (b"<a>" + b"x<!---->" * 100_000 + b"</a>", "The body has more than 100,000 elements and comments"),
        (b"<a>" + b"x<?p?>" * 100_000 + b"</a>", "The body has more than 100,000 elements and comments"),
        (b"<a " + b"b=''" * 100_001 + b"/>", "The body has more than 100,000 attributes"),
        (b" " * 8_000_001, "The body has 8,000,001 bytes; the most is 8,000,000"),
        (message("").encode(), "The message has 0 notifications; it takes 1 to 100"),
        (message(notification() * 101).encode(), "The message has 101 notifications; it takes 1 to 100"),
    ],
)
def test_what_is_no_outbound_message_is_refused_with_a_plain_sentence(body: bytes, says: str) -> None:
    with pytest.raises(MalformedPayloadError) as error:
        read_outbound_message(body)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("sent", "says", "about"),
    [
        (notification("<Name>A</Name>"), "which is no field of Salesforce's", ("Account", ACCOUNT)),
        (
            notification("<sf:Name>A</sf:Name><sf:Name>B</sf:Name>"),
            'The record has the field "Name" more than once',
            ("Account", ACCOUNT),
        ),
        (
            notification(f"<sf:Id>{ACCOUNT}</sf:Id>"),
            'The record has the field "Id" more than once',
            ("Account", ACCOUNT),
        ),
        (notification("<x xmlns='a'/>").replace("sf:Account", "sf:Lead"), "no field of Salesf", ("Lead", ACCOUNT)),
        ("<Notification><Id/></Notification>", "Id is empty", ("", None)),
        ("<Notification/>", "Notification has 0 elements Id", ("", None)),
        (f"<Notification><sObject {SF}/></Notification>", "Notification has 0 elements Id", ("", None)),
    ],
)
def test_a_notification_that_is_none_stands_apart_from_the_others(sent: str, says: str, about: tuple[str, str]) -> None:
    read = read_outbound_message(message(notification(number=1) + sent + notification(number=2)).encode())
    assert len(read.notifications) == 2
    (only,) = read.unreadable
    assert says in only.reason
    assert (only.object_type, only.record_id) == about


@pytest.mark.shared
def test_every_attack_is_refused_at_once() -> None:
    began = monotonic()
    for attack in ATTACKS.values():
        with pytest.raises(MalformedPayloadError):
            read_outbound_message(attack)
    assert monotonic() - began < 2


@pytest.mark.parametrize("name", WITH_A_DOCUMENT_TYPE)
def test_attacks_with_entities_are_refused_for_their_document_type(name: str) -> None:
    with pytest.raises(MalformedPayloadError, match="document type"):
        parse_xml(WITH_A_DOCUMENT_TYPE[name])


@pytest.mark.parametrize(
    "prolog", ["\n", "<!-- <a> -->", "<?pi <a> ?>", "<!----><?p?> <!-- ?> -->", '<?xml version="1.0"?>\n<!-- x -->']
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_document_type_is_found_behind_whatever_may_stand_before_it(prolog: str, encoding: str) -> None:
    with pytest.raises(MalformedPayloadError, match="document type"):
        parse_xml(f"{prolog}<!DOCTYPE a><a/>".encode(encoding))


def test_a_document_type_that_is_only_spoken_of_is_none() -> None:
    fields = "<sf:Name><!-- <!DOCTYPE a> --><![CDATA[<!DOCTYPE html>]]></sf:Name>"
    body = message(notification(fields), '<?xml version="1.0"?><!-- <!DOCTYPE a> --><?pi <!DOCTYPE a> ?>')
    assert fields_of(body.encode())["Name"] == "<!DOCTYPE html>"


@pytest.mark.parametrize("prolog", [b"<?p?>" * 90_000, b"<!---->" * 90_000, b" " * 1_000_000, b"<!-- " * 200_000])
def test_no_prolog_is_slow_to_read(prolog: bytes) -> None:
    began = monotonic()
    with pytest.raises(MalformedPayloadError):
        read_outbound_message(prolog + b"<a>")
    assert monotonic() - began < 1


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(body: bytes) -> None:
    with pytest.raises(MalformedPayloadError):
        read_outbound_message(body)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("one", [' xmlns:a{}="urn:{}"', " a{}='{}'", '\n\ta{}\n=\n"{}"', " a{}='>&quot;={}'"], ids=repr)
def test_an_element_has_at_most_64_attributes_and_declarations(one: str, encoding: str) -> None:
    def parsed(count: int) -> None:
        attributes = "".join(one.format(number, number) for number in range(count))
        parse_xml(f"<a><b{attributes}/><b{attributes}>a='1' b='2'</b></a>".encode(encoding))

    parsed(64)
    with pytest.raises(MalformedPayloadError, match="An element of the body has more than 64 attributes"):
        parsed(65)


def test_text_that_looks_like_attributes_is_none() -> None:
    text = " a='1'" * 100 + ' b="2"' * 100
    assert fields_of(message(notification(f"<sf:Name>{text}</sf:Name>")).encode())["Name"] == text.strip()


def test_the_acknowledgement_says_that_all_is_recorded() -> None:
    root = parse_xml(ACKNOWLEDGEMENT)
    path = "{http://schemas.xmlsoap.org/soap/envelope/}Body/{http://soap.sforce.com/2005/09/outbound}"
    assert root.findtext(f"{path}notificationsResponse/{{http://soap.sforce.com/2005/09/outbound}}Ack") == "true"
