"""Where the handbook says what the forecast calendar and the close dates go by.

Each pin is the SHA-256 of a sentence that the citation rests on.
"""

from service.domain.clauses import Citation

_CLOSE_DATES = "Close Date Conventions"

RED_GREEN_DAYS = Citation(
    "Red / Green Tactics",
    "item 1",
    "Red/Green meetings are in the middle of a month and on each of its last five work days",
    ("3839b8147ce8268490ce89b802803f3225f3600642b2cd01036aabdf198a357a",),
)
FORECAST_UPDATE = Citation(
    _CLOSE_DATES,
    "first paragraph",
    "on Wednesdays, by the end of business where one is, the values of the forecast are brought up to date",
    (
        "333fb7cad7e6267c6f3b38375350fd5af85e99c49332bacc72a27c7219e92dac",
        "f4f236edaab0a731b401221f5bb7f66ae82499a9acfe358a882952d85c6a6170",
    ),
)
MOST_LIKELY_MONTH = Citation(
    _CLOSE_DATES,
    "item 1",
    "a close date lies in the month in which the deal most likely closes",
    ("b89a6e3a438a1253076f3a66c85c4733379d0577d8dd73780307c1c37bc062c5",),
)
BY_THE_EVENT = Citation(
    _CLOSE_DATES,
    "The three close dates, items 1 and 3",
    "with a compelling event, the month's last day; without one, the first day of the month after",
    (
        "081bca790048e58737fd176d98635cc1420020cc80cbeb3144b082194a260732",
        "5731c8b6f590bce8089d3e97ccddfc85155adf73d4e555648f540dd060c6b322",
    ),
)
SIGNING_DAY = Citation(
    _CLOSE_DATES,
    "The three close dates, item 2",
    "once a quote is out, the very day on which it should be signed; so for every renewal",
    (
        "a3b1ee8472695f9925ec7035ad78ed11c6c232940668b1b094c68571970b1de5",
        "3481f5d5afd19e367567bbee547a6b99a8e048178543fe3f86ee4ffb23a0d7f1",
    ),
)
FRIDAY_OF_THE_WEEK = Citation(
    _CLOSE_DATES,
    "The three close dates, item 2",
    "where the signature does not come, that week's Friday",
    ("05451b7d2ebbf0277a8657ea0671198ffe002a209323573e6914136675991879",),
)
FOR_A_WHILE = Citation(
    _CLOSE_DATES,
    "The three close dates, item 3, first note",
    "such a date holds for two days at most, in which the event and the timeline are confirmed with the customer",
    (
        "818e9b563e23ad11ea0d55e114213b7948484efe0ddb2a0d1d3a0fafacd3cc4d",
        "8f5e2cab8666a677eb41917d67a2aef7f411067e3dda564d1a9fed05d942b470",
    ),
)
WINDOW = Citation(
    _CLOSE_DATES,
    "The three close dates, item 3, second note",
    "such a date stands for a window of some two months",
    ("18ac98c671dcc4f1ec510e9b83b15acf22306866098b743176e006e67badac55",),
)
