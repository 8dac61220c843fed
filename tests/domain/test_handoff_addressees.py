"""The texts of a handoff name real people, as far as it is said who sells (HAND-4)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from service.domain.handoff.addressees import Addressees, addressees
from service.domain.handoff.state import Handoff
from service.domain.handoff.texts import chatter_post, customer_email
from service.domain.people import Period, Role
from tests.domain.handoffs import at_start

SINCE = date(2022, 2, 1)


def person(name: str, role: Role, manager_id: str | None = None) -> Period:
    return Period(name=name, role=role, manager_id=manager_id, active_from=SINCE)


PEOPLE: Mapping[str, Period] = {
    "seller": person("Sample Seller", Role.AE, "seller-asm"),
    "seller-asm": person("Sample Seller Lead", Role.ASM, "director"),
    "named": person("Sample Named", Role.AE, "named-asm"),
    "named-asm": person("Sample Named Lead", Role.ASM, "director"),
    "director": person("Sample Director", Role.GLOBAL_DIRECTOR),
}


def handoff(**changes: Any) -> Handoff:  # noqa: ANN401 - what the terms have
    return at_start(**{"first_order_ae": "seller", "named_ae": "named"} | changes)


def test_the_post_names_the_ae_both_managers_and_the_director() -> None:
    given = handoff()
    text = chatter_post(given, addressees(given, PEOPLE))

    assert text.splitlines()[1] == (
        "To: Named AE Sample Named, their ASM Sample Named Lead, the First Order ASM Sample Seller Lead, "
        "Sales-Support, the Mid-Market Global Director Sample Director"
    )
    assert "by Sample Seller." in text
    assert "Sample Named looks after your account" in customer_email(given, addressees(given, PEOPLE))


def test_whoever_nobody_knows_is_called_as_stated_and_by_role() -> None:
    given = handoff(first_order_ae="Somebody Else")

    assert addressees(given, {}) == Addressees(first_order_ae="Somebody Else", named_ae="named")
    assert "their ASM, the First Order ASM, Sales-Support" in chatter_post(given, addressees(given, {}))


@pytest.mark.parametrize(
    ("change", "asm", "director"),
    [
        (
            {"seller-asm": person("A Regional", Role.REGIONAL_DIRECTOR, "named-asm")},
            "Sample Named Lead",
            "Sample Director",
        ),
        ({"seller-asm": person("A Regional", Role.REGIONAL_DIRECTOR, "seller")}, None, "Sample Director"),
        ({"seller": person("Sample Seller", Role.AE, "gone")}, None, "Sample Director"),
        ({"another": person("Another Director", Role.GLOBAL_DIRECTOR)}, "Sample Seller Lead", None),
        ({"twin": person("seller", Role.AE)}, "Sample Seller Lead", "Sample Director"),
    ],
)
def test_the_first_asm_above_is_meant_and_the_director_where_there_is_one_alone(
    change: dict[str, Period], asm: str | None, director: str | None
) -> None:
    found = addressees(handoff(), {**PEOPLE, **change})

    assert (found.first_order_asm, found.global_director) == (asm, director)


def test_a_name_that_fits_several_names_nobody() -> None:
    twins = {**PEOPLE, "twin": person("Sample Seller", Role.AE, "named-asm")}

    assert addressees(handoff(first_order_ae="Sample Seller"), twins).first_order_asm is None
