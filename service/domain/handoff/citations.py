"""Where the handbook asks for each item of a handoff. Each pin is the SHA-256 of what the citation rests on."""

from service.domain.clauses import Citation

_PROCESS = "First Order Handoff Process"
_FIRST_ORDER = "MMKAFO Team, item {}"
_NAMED = "MMKAN Team, item {}"

FIND_NAMED_AE = Citation(
    _PROCESS,
    _FIRST_ORDER.format(1),
    "once the deal is won, look up who takes the account over",
    "49b00ff70ac4361028171f08ac0baa524e27ceae8dafab4c962dafa2bcda9442",
)
LICENSE_INSTALLED = Citation(
    _PROCESS,
    _FIRST_ORDER.format(2),
    "the license has reached the customer and is in use",
    "36844b8f468c060777700f7925c53c38f549420d4c45a083f26f2afc485c946c",
)
CHATTER_POSTED = Citation(
    _PROCESS,
    _FIRST_ORDER.format(3),
    "a Chatter post asks for the account and its renewal to be put in the new AE's name",
    "d63d5801e84e26f3488fe66fd38ec6e698cca4efd3cb17dcfab2f657128c2175",
)
ACCOUNT_ACTIVITY = Citation(
    _PROCESS,
    _FIRST_ORDER.format(4),
    "an activity on the account sums it up in six parts, under a fixed name",
    "13135384575bda0e62bc42ea9c5cbc46db008097df39660ede8fb9ac6afe1530",
)
HANDOFF_CONTACT = Citation(
    _PROCESS,
    _FIRST_ORDER.format("5 and 6"),
    "the new AE meets the customer in a call; an email does for small accounts",
    "fd7dd07775c2fce9c57ff5c572847ee56d8f655883b8b98e99b487d97c2c6cce",
)
MATERIAL_EDITABLE = Citation(
    _PROCESS,
    _FIRST_ORDER.format(7),
    "nobody is locked out of what was made for the customer",
    "9cfd6ed795b80cc49814d0b8e4540c087cd037f41bc414062ef66786a5bdd98c",
)
CONTACT_SCHEDULED = Citation(
    _PROCESS,
    _NAMED.format(1),
    "both AEs find a day for the call or email",
    "762f431c369dd769d06d9112712a9d5a8f9ebe8a34883a79618a96b09a2f820d",
)
INTRODUCED = Citation(
    _PROCESS,
    _NAMED.format("1, second note"),
    "the new AE answers the email or invitation, and so introduces themselves",
    "50d839fdb3781f16b9b65fa2ecb428381648a291edf716c56c2d8d715167d302",
)
GROWTH_OPPORTUNITY = Citation(
    _PROCESS,
    _NAMED.format(2),
    "the First Order AE's notes lead to a growth opportunity",
    "16438673ed5123ed71640a9e290e0f3af8de49485a2bbe744e9a4ab3ae39ef6e",
)
TAGGED_NOTES_READ = Citation(
    _PROCESS,
    _NAMED.format(3),
    "the notes tagged (ii) are read for what the account may become",
    "22b636b10c2ec2bdf1ca958fbd905e2cf17923a759129ce6259e02ca0d32878d",
)
TAM_DETERMINED = Citation(
    _PROCESS,
    _NAMED.format(4),
    "below 50,000 USD nARR, near-term growth tells whether the account gets a TAM",
    "3785648dcb4415f515d9e11dc00538e15b298f98e811fb91002beca762d0dec6",
)
GROWTH_BEFORE_RENEWAL = Citation(
    _PROCESS,
    _NAMED.format(5),
    "growth expected ahead of the first renewal has its own opportunity",
    "ecd31c42d2ab80ee74b50ff502f9f58e8119f4183756001bf99611c505cb7e1e",
)
BILLING_REASSIGNMENT = Citation(
    _PROCESS,
    "Note 1",
    "a billing issue of the initial order may go back to the First Order AE",
    "87ba5bbb06318f7ccea9038c494052ce30624066dd62447a09e6d7cedfbc199d",
)
