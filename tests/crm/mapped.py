"""The mapping that the service comes with."""

from importlib.resources import files

from service.crm.event_mapping import EventMapping, read_mapping

USUAL_TEXT = files("service.crm").joinpath("field_mapping.toml").read_text(encoding="utf-8")
USUAL: EventMapping = read_mapping(USUAL_TEXT)
