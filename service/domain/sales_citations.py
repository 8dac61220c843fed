"""Where the handbook says how leads, inbound requests, web direct purchases and co-selling calls are worked.

Each pin is the SHA-256 of a sentence that the citation rests on.
"""

from service.domain.clauses import Citation

_LEADS, _QUEUE = "First Order Prospecting Guidelines", "Inbound Queue Management"
_WEB_DIRECT = "Web Direct Oppty Management in Salesforce"

WITHIN_AN_HOUR = Citation(
    _LEADS,
    "Inbound Leads, item 1, first bullet",
    "an SDR gets in touch with each MQL in the hour after it was assigned",
    ("61bb9cdbcb7c8d9acfab6fbe27c19053e57ecd50bd2c748a9ae9cc25814bf9ae",),
)
PHONE_FIRST = Citation(
    _LEADS,
    "Inbound Leads, item 1, second bullet",
    "a call comes first where a number is known",
    ("5ceb640c59212cd1b74b88fce4380c3e4737b06c212a5bcfaf3a33776257e0c4",),
)
EMAIL_SEQUENCE = Citation(
    _LEADS,
    "Inbound Leads, item 1, third bullet",
    "an email follows: by one sequence to who asked for a trial or for contact, by another to every other MQL",
    ("1cd9a5da080ec3d0d21040625e4c358a2263f272024bf7c24f6965a037f9407e",),
)
AE_MAY_STEP_IN = Citation(
    _LEADS,
    "Inbound Leads, item 1, fourth bullet",
    "a lead that its SDR leaves alone for two weeks may be contacted by the AE",
    ("29ec90045c6f07c4823ba00f1fd1ff32c7182b381f51ce90a9df59f63adc4e7f",),
)
TO_THE_SALES_OWNER = Citation(
    _QUEUE,
    "second paragraph and its items",
    "Support keeps a request, but for a customer's Net ARR at stake, or what a sales manager has to approve",
    (
        "4ec0bf72ac834b25fa425f143f4a50477521a15322c5e834f2d6d241861da734",
        "ad430a75e8def499bb48fa3720da44ec1ce6ad4688c9579498a0a575333f7351",
        "e8cd21fd2f567a336b631cf27a69620fcaa09f3655d29d620390bb6af71117e6",
    ),
)
OUT_OF_HOURS = Citation(
    _QUEUE,
    "first paragraph",
    "Support leads in its hours; out of them the SMB team takes what would breach meanwhile",
    (
        "3b59f52acdae37ff9433e54cf5ed6d361d4501e92fadb3970a78d7cbfd81248f",
        "1147e62863506a776178ac0b0ff6609e841bcefd35676eb88c31c55a485076fa",
    ),
)
OPEN_OPPORTUNITIES_FIRST = Citation(
    _WEB_DIRECT,
    "item 1",
    "the account's open opportunities are looked through for one that the purchase repeats",
    ("d459b1378e352497d52008e0ae11f03c676dbb7db12392b1e8889ce90269fb93",),
)
OUTREACH = Citation(
    _WEB_DIRECT,
    "items 2 and 3",
    "else the main contact goes on the outreach sequence, or somebody reaches out, logs it and dates the next step",
    (
        "6d15230a8e595f573b01e492f8b7976159921e134ae5f0fd63854e32c53473d4",
        "155327622b8fff953a630d6a7ca4a2b9adbc0bd7cdac948b3014a408e756ecf4",
    ),
)
CO_SELLING = Citation(
    "Co-Selling",
    "second paragraph",
    "an ASM logs five co-selling calls or more in any seven days, and aims at ten to twelve",
    ("9db2eabef1a62c3e67c56a6546d166ab3241d7af89588396d7615d455799a4e1",),
)
