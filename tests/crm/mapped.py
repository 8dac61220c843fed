"""The mapping that the service comes with."""

from importlib.resources import files

from service.crm.mapping import FieldMapping, read_mapping

USUAL_TEXT = files("service.crm").joinpath("field_mapping.toml").read_text(encoding="utf-8")
USUAL: FieldMapping = read_mapping(USUAL_TEXT)
