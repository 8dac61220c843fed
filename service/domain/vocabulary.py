"""The facts that clauses may speak of, by name: those of the account, and those that the source walk derives."""

from service.domain.clauses import Choice, Flag, Quantity
from service.domain.terms import Source

PRIMARY_SOURCES = (Source.DATAFOX, Source.ZOOMINFO, Source.LINKEDIN)
"""The sources that can lead, in the order in which the handbook asks them (SEG-2)."""

region = Choice("region")
crm_segment = Choice("crm_segment")
crm_created_on = Quantity("crm_created_on")
first_order_available = Flag("first_order_available")
customer = Flag("customer")
key_account = Flag("key_account")
max_family_employees = Quantity("max_family_employees")
lam_dev_count = Quantity("lam_dev_count")
linkedin_engineering_it = Quantity("linkedin_engineering_it")
motion = Choice("motion")

vp_segment = Choice("vp_segment")
"""The segment that the VP decided on these very counts."""
segment = Choice("segment")
"""The segment that segmentation arrived at."""
leading_employees = Quantity("leading_employees")
"""The employee count that leads (SEG-2)."""
counts_given = Flag("counts_given")
"""Some source has data: a number from a primary source, or third-party evidence."""
linkedin_verifying_employees = Quantity("linkedin_verifying_employees")
"""LinkedIn's number, unless it is wholly wrong: what an SMB result is verified with (SEG-7)."""


def employees_of(source: Source) -> Quantity:
    """The number that a primary source has."""
    return Quantity(f"{source}_employees")


def wholly_wrong(source: Source) -> Flag:
    """That a primary source's number was found to be wholly wrong."""
    return Flag(f"{source}_wholly_wrong")


ASK_FOR: dict[str, str] = {leading_employees.name: "employee_counts"}
"""What a caller would state to make a derived fact known; every other fact is stated under its own name."""


def asked_as(fact: str) -> str:
    """The name under which a caller can state ``fact``."""
    return ASK_FOR.get(fact, fact)
