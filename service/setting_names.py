"""Names of settings: what is named like one and is none is said, and a near miss is refused."""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from service.domain.near_names import edits

PREFIX = "CHALKLINE_"
_SET_FOR_OTHERS = {"SHARED", "EXAMPLES", "KEY", "LEDGER_PUBLIC_KEY"}
"""What tests and clients of the service are told by variables of the same prefix."""
_SERVICE_LINK = re.compile(r"(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
"""What Kubernetes sets in every container of a namespace that has a service named chalkline, or chalkline-something."""
LINKED_ADDRESS = re.compile(r"(tcp|udp|sctp)://")
_SHORT = 8


class UnknownSettingError(ValueError):
    """A variable is so nearly named like a setting that it has to be meant for one. The message is a sentence."""


def check_names(environment: Mapping[str, str], settings: Collection[str]) -> list[str]:
    """A sentence about each variable that is named like a setting and is none, so that it changes nothing.

    Raises:
        UnknownSettingError: one is a near miss of a setting: two letters or fewer are missing, too many, others, or
            swapped with their neighbours; of a name with fewer than eight letters, one.
    """
    said = []
    for variable, value in environment.items():
        name = variable.upper().removeprefix(PREFIX)
        if not variable.upper().startswith(PREFIX) or name in settings or _is_for_others(name, value):
            continue
        missed = min(settings, key=lambda setting: edits(name, setting))
        if edits(name, missed) <= (1 if len(missed) < _SHORT else 2):
            raise UnknownSettingError(f"There is no setting {variable}; {PREFIX}{missed} is near. Rename or remove it")
        nearest = [f"; {PREFIX}{setting} is the nearest" for setting in get_close_matches(name, settings, n=1)]
        said.append(f"There is no setting {variable}, and it changes nothing{''.join(nearest)}")
    return said


def _is_for_others(name: str, value: str) -> bool:
    linked = name.endswith("_PORT") and LINKED_ADDRESS.match(value)
    return name in _SET_FOR_OTHERS or bool(linked or _SERVICE_LINK.fullmatch(name))
