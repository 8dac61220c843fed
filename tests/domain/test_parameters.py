"""Changes of parameters as they are written on a command line."""

import pytest

from service.domain.fy23 import FY23_PARAMETERS
from service.domain.parameters import UnusableChangeError, changed, changes_from_text


@pytest.mark.parametrize(
    ("written", "regions"),
    [("apac, Latam", ("APAC", "LATAM")), ("NORAM", ("NORAM",)), ("Dach,emea", ("Dach", "EMEA")), ("", ())],
)
def test_regions_are_parted_by_commas_and_known_in_whatever_case(written: str, regions: tuple[str, ...]) -> None:
    changes = changes_from_text({"first_order_regions": written})
    assert changed(FY23_PARAMETERS, changes).first_order_regions == regions


@pytest.mark.parametrize("written", ["APAC;LATAM", '["NORAM"]', "APAC|EMEA", "(APAC)"])
def test_regions_that_are_parted_by_anything_else_are_refused(written: str) -> None:
    with pytest.raises(UnusableChangeError, match="parted by commas alone"):
        changes_from_text({"first_order_regions": written})
