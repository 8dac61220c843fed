import pytest
from pydantic_core import PydanticCustomError

from service.domain.account_ids import checked_id, forms_of, full_id, in_all_forms, is_account_id

BOTH_FORMS = {
    "0018a00001XyZaB": "0018a00001XyZaBAAV",
    "001000000000000": "001000000000000AAA",
    "001AAAAAAAAAAAA": "001AAAAAAAAAAAAY55",
    "001aaaaaaaaaaaa": "001aaaaaaaaaaaaAAA",
}
OTHERS = (
    *("", "001", "acc-1", "0018a00001XyZa", "0018a00001XyZaBA", "0018a00001XyZaBAA", "0018a00001XyZaBAAVA"),
    *("0038a00001XyZaB", "0038a00001XyZaBAAX", "0018a00001XyZ-B", "0018a00001XyZ-BAAV", "0018a00001XyZ\u00c4B"),
)
"""Ids that are none of an account of Salesforce: of another length, another prefix, or another character."""


@pytest.mark.parametrize(("short", "full"), BOTH_FORMS.items())
def test_both_forms_of_an_id_come_to_the_longer_one(short: str, full: str) -> None:
    assert full_id(short) == full_id(full) == checked_id(short) == checked_id(full) == full
    assert is_account_id(short)
    assert is_account_id(full)
    assert forms_of(full) == (full, short)


@pytest.mark.parametrize("other", OTHERS)
def test_other_ids_stand_as_they_are(other: str) -> None:
    assert full_id(other) == checked_id(other) == other
    assert forms_of(other) == (other,)
    assert not is_account_id(other)


@pytest.mark.parametrize(
    "slip", ["0018a00001xyzabAAV", "0018A00001XYZABAAV", "0018a00001XyZaBaav", "0018a00001XyZaBZZZ"]
)
def test_an_id_that_does_not_fit_its_case_is_refused_by_whom_it_is_checked_and_has_no_shorter_form(slip: str) -> None:
    with pytest.raises(PydanticCustomError, match="its last three characters should be"):
        checked_id(slip)
    assert full_id(slip) == slip
    assert forms_of(slip) == (slip,)
    assert not is_account_id(slip)


def test_the_forms_of_several_accounts_come_in_their_order() -> None:
    assert in_all_forms(["acc-1", "0018a00001XyZaBAAV"]) == ["acc-1", "0018a00001XyZaBAAV", "0018a00001XyZaB"]
