"""Which column of a table states which fact. Another CRM, or another spelling, is another mapping."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.crm.facts_by_name import FACTS_BY_NAME


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Column names of a CRM, each with the plain name of the fact that it states.

    Where two columns of a table state one fact, the one named first here does. ``not_used`` are columns that are known
    and play no part. Every plain name is understood beside them.
    """

    facts: Mapping[str, str]
    not_used: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        strangers = sorted(set(self.facts.values()) - FACTS_BY_NAME.keys())
        if strangers:
            raise ValueError(f"The mapping names facts that do not exist: {', '.join(strangers)}")


SALESFORCE = FieldMapping(
    facts={
        "Id": "salesforce_id",
        "Name": "name",
        "Account_Demographics_Region__c": "region",
        "Account_Demographics_Geo__c": "region",
        "Account_Demographics_Sales_Segment__c": "crm_segment",
        "Account_Demographic_Max_Family_Employees__c": "max_family_employees",
        "LAM_Dev_Count__c": "lam_dev_count",
        "First_Order_Available__c": "first_order_available",
        "Type": "customer_type",
        "Key_Account__c": "key_account",
        "Account_Owner_Team__c": "current_team",
        "DataFox_Employees__c": "datafox_employees",
        "ZI_Employees__c": "zoominfo_employees",
        "LinkedIn_Employees__c": "linkedin_employees",
        "Decision_Maker_Count_LinkedIn__c": "linkedin_engineering_it",
        "Lead_Motion__c": "motion",
        "CreatedDate": "crm_created_on",
        "LastActivityDate": "last_activity_on",
    },
    not_used=frozenset(
        {
            # Finer than a region: "Eastern Europe" would not be recognised as EMEA.
            "Account_Demographics_Area__c",
            "Account_Demographics_Territory__c",
            "Website",
            "OwnerId",
            "note",
        }
    ),
)
"""The Salesforce fields of the handbook's company."""
