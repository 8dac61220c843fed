"""Where the handbook has the ranks of accounts. Each pin is the SHA-256 of a sentence that one rests on.

The gist of a rank's own citation is what the rank means.
"""

from service.domain.clauses import Citation


def _smb(item: str, gist: str, pin: str) -> Citation:
    return Citation("Small Business Account Executive Definitions for Account Ranking", item, gist, (pin,))


def _mid_market(item: str, gist: str, pin: str) -> Citation:
    return Citation("Mid-Market Account Executive Definitions for Account Ranking", item, gist, (pin,))


def _required(gist: str, *pins: str) -> Citation:
    return Citation("Required 7", "item 1", gist, pins)


SMB_ONE = _smb(
    "item 1",
    "one of the ten accounts that may buy, or buy more, in the coming twelve months",
    "0c0c9ade20e704a0623f19add6c176dba4b057dbd736bdc9b4b30b9e2658ed29",
)
SMB_ONE_AND_A_HALF = _smb(
    "item 2",
    "something can be sold, nobody knows when, and it must not be forgotten",
    "dbc2a49b497ff88354bdbd203a228954d4b3fd62a5378c8b881715cf3f29e1e6",
)
SMB_TWO = _smb(
    "item 3",
    "there seems to be something to sell, after more work before a sales cycle begins",
    "5e739a5c7a473fe7c9c848c4e494bd6b49e18882550c5045a351e3ecc9dbf8a5",
)
SMB_THREE = _smb(
    "item 4",
    "untouched so far: left to an SDR, or to a series of emails",
    "414e5738ca365fb19a0fab93848ae624dcfcdfdd1a9823ca54c546d61c925674",
)
MID_MARKET_ONE = _mid_market(
    "item 1",
    "an account to get the most Net ARR from within the fiscal year",
    "750c824a0f586011326113ac3839dc631b2cfedbbb7cc660c51497731a9dab33",
)
MID_MARKET_ONE_AND_A_HALF = _mid_market(
    "item 2",
    "among those of rank 2 the best, on the way to rank 1",
    "f2730290aa088d00457a42f66e1b9f158e3819077b057d3b48f6ea0170f76088",
)
MID_MARKET_TWO = _mid_market(
    "item 3",
    "an account to grow, spoken with every month or more often",
    "483ece75d74e5d698ab4acfdc5e1af5f2091e402af2f843566dfdf6ca6eff1d7",
)
MID_MARKET_THREE = _mid_market(
    "item 4",
    "an account that hears of the product every month",
    "84496f952177facbd3762b28a301c01469983804dcf34967de0171b1cfab261d",
)
POTENTIAL_USERS = _smb(
    "item 5",
    "the two upper ranks need the number of potential users",
    "307f65ed93007a11dd1f9fea736b0a5d1d46727daf4eda4458a4ce66287bbef4",
)
NOTE = _smb(
    "item 6",
    "the two lower ranks need a note that says why",
    "e10edc3d9935f336bbfd47b6580c48a59d783a2558a6e49bc6b8a2479fd11e85",
)
CURRENT = _required(
    "a rank is given by who owns the account now, and anew in each fiscal year",
    "0dd68a155123c5604dd1194a3ab25e1f3bc105dd9cafdd2f2fadf996d6abf051",
)
REASONS = _required(
    "each rank comes with why and where that is known from; one that stays says so, and why",
    "0dd68a155123c5604dd1194a3ab25e1f3bc105dd9cafdd2f2fadf996d6abf051",
    "2fc415a99532805623d68c43f75a5bfb21bec57bea25724636398d16b118a964",
)
