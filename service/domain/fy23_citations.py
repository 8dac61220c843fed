"""Where the handbook says what ``fy23`` decides, and what is to be done for a handoff.

Each pin is the SHA-256 of a sentence that the citation rests on.
"""

from collections.abc import Callable

from service.domain.clauses import Citation


def _under(heading: str) -> Callable[..., Citation]:
    return lambda item, gist, *pins: Citation(heading, item, gist, pins)


_smb = _under("SMB Account Executives")
_mid_market = _under("Mid Market Account Executive")
_roles = _under("Mid Market Roles")
_process = _under("Account Ownership Rules of Engagement for Commercial Sales")
_pipeline = _under("Salesforce Pipeline Activity")
_moves = _under("Fiscal Year 2023 Account Moves")
_throughout = _under("Account Moves Throughout Fiscal Year 2023")
_handoff = _under("First Order Handoff Process")
_new_accounts = _under("New Accounts to SalesForce.com after Feb 24, 2022")

SMB_BAND = _smb(
    "first paragraph", "SMB is 1 to 99 employees", "55a80f628ee38ca13761b2fa1c2e3a3ade3e64c1077970b6613ca8e0495ea117"
)
MID_MARKET_BAND = _mid_market(
    "first paragraph",
    "Mid-Market is 100 to 1,999 employees; larger companies are outside Commercial",
    "6f38de9e9edb785f3a341123ece921b557b097f6cbc9e3d6e63cdeedc7fe0c86",
)
DATAFOX_FIRST = _process(
    "Process to follow, step 1",
    "ask Datafox first; pass it only when its number is wholly wrong",
    "b2fd3fdb8a26b01fdf91690e5ee1147e5b000586798c2dd32fcce7632aaa363c",
)
ZOOMINFO_SECOND = _process(
    "Process to follow, step 2",
    "ask Zoominfo second; pass it only when its number is wholly wrong",
    "b1e8c19cc90c316d45704073dd75ba37b36dfa5fe5c51db794a5d46c274b1ff1",
)
LINKEDIN_THIRD = _process(
    "Process to follow, step 3",
    "ask LinkedIn third; pass it only when its number is wholly wrong",
    "b78af20012b8d5b9bd9fdbb0cc7d6ce8191041e805eb5b0dff0d59e617731b52",
)
THIRD_PARTIES = _process(
    "Process to follow, step 4",
    "look for third parties only when none of the three leads",
    "957e0e53e85cb8ab61b9f526eb787f2a483757e3d552b8d9ed848e67e3f92105",
)
POST_THE_GAPS = _process(
    "Process to follow, step 5",
    "post the sources and their gaps to Chatter on the account, with the VP of Commercial Sales in copy",
    "b87937b24908f04e85e06bd9e4795041ed9f1ffa642ef260ebc55b69c9b09d80",
)
VP_LEADS = _process(
    "Process to follow, step 6",
    "the VP of Commercial Sales gives the leading decision",
    "948467cf4384b039b2beb3d8c57560186dc205e6a4326404192e2bd76f3f6211",
)
SOURCE_PRIORITY = _process(
    "note, priority order",
    "a later source is asked only when the number of the one before it is wholly wrong",
    "5d8faf80bfc0f0bc36600cf15f85fc26db77d2dd8f3acd664b8500a8925fdde5",
)
MARKED_IN_THE_CRM = _process(
    "no sentence: our reading",
    "the handbook is silent on an account of which no source has data; the segment marked in the CRM is taken as it is",
)
NEVER_ASK_THE_CUSTOMER = _process(
    "note, required",
    "the size of the company never comes from the customer or prospect",
    "728d862238f19dfa85b79f19e8f9a6ea005c5d53c4201bb91baf5574d23454a4",
)
FEBRUARY_CLEANUP = _process(
    "note, currently",
    "the segment at the size clean-up of February 2019 guides the leading decision",
    "f1b1e77c6f0c0f5686d3f7bf5a67bc40d2d2d14c523ff44a60ee8d709af39d4b",
)
NOVEMBER_CLEANUP = _process(
    "note, from Q4 on",
    "from the fourth quarter on, the clean-up of November 2019 does",
    "054d5684480bf5f640d99854588322bab3a8f080f4eb517435de9cd32396286c",
)
DOUBLE_CHECK = _pipeline(
    "Opportunity Management in Salesforce",
    "check an SMB account's segment and size before working it, with LinkedIn above all outside the Americas",
    "3f3e179c66cc2e7e7f4fbde1e4bfa1de7255f68121270ef00a85434c3fc564b6",
)
CURRENT_CUSTOMERS = _roles(
    "MM Key Accounts First Order AE and MM Territory AE",
    "First Order has no current customers; Territory sells to prospects and customers that nobody vetted",
    "e72e87165539b2eda3b81df2d965698409b5bbe7c3579d2c9520ecb14477db3e",
    "5c5f324b172f7f63c2033dacf9d2818c8f818b8c4b1176727897077c4c66b78a",
    "3c463bf0cc643651eae60ce260d90190daacd73e7adeaf643bef9d71f7fa5814",
)
NAMED_ROLE = _roles(
    "MM Key Accounts Named AE",
    "Named works the current customers deemed high-spending, or potentially so",
    "0739173f7eb416cde10ac65bf311b6f5afbb37e44a95ae0ba71d599f126cfb1b",
)
IN_THE_CRM = _moves(
    "introduction",
    "the moves concern accounts in the CRM as of 24 February 2022",
    "62dfe5c56792da17f720a3f907615714ac53e8b5281ca747441a18e44abc71ed",
)
MOVES_1 = _moves(
    "condition 1", "Mid-Market, in NORAM or EMEA", "65e5c9f37a825b9be533b633829594d6f1d062dc7fed5d72059dabbc9016f671"
)
MOVES_2 = _moves(
    "condition 2",
    "marked First Order Available in the CRM",
    "235a82b9bc0dd12b0f4a1149b3cd1a754f8bb651696a3cf4e30ea1e117388b08",
)
MOVES_3 = _moves(
    "condition 3",
    "at least 500 full-time employees by Max Family Employees",
    "f6ccd09abdf10b351bf9b5e2259e8ed48dd276a9679985449672d222a8930963",
)
MOVES_4 = _moves(
    "condition 4",
    "at least 100 potential users by LAM Dev Count",
    "fa6d524d1b220be0a9739910040111126bd58525c392eeb459b2c877eae67aa6",
)
MOVES_LOGIC = _moves(
    "the logic", "conditions 1 and 2, with 3 or 4", "f559cd77ba796c172e5e423fe4273184e4006fe3be231e8ba20439f9aaf8c9c3"
)
INBOUND = _new_accounts(
    "item 1",
    "an inbound MQL without an account is routed on employee count alone",
    "35e156f31ab82cf624430120a55e6477efcea96c059cd88d08b77f9a5d6cfbba",
)
ENOUGH_EMPLOYEES = _new_accounts(
    "item 1, first case",
    "500 and more employees go to Key Accounts First Order",
    "9288950943089e4a3da727360ab1c8bba4b140d0ad7c92e086b4a3ca8bf07852",
    "ac57289cd417209fac0a3597e082d225b1e70494ce04cbf3b55a369f4136df71",
)
OUTBOUND = _new_accounts(
    "item 2",
    "Key Accounts First Order may go outbound to new accounts that fit its definition",
    "089c8290309d5df149b7c1ddaee8c9d1e2527269ffa1cd5623d424d005593ca0",
)
KEY_ACCOUNT_DEFINITION = _new_accounts(
    "item 2, definition",
    "Mid-Market with at least 500 employees, or 100 in engineering and IT by LinkedIn",
    "f588904220a0b3909c50c72b1b4ef08559214e20ce8d29df87f94be727fdcace",
)
ASK_SALES_OPERATIONS = _new_accounts(
    "item 3",
    "Sales Operations moves an account created outbound into the AE's name",
    "12e4a25c9eeca044cc6a8f6c04f31fc8035ff1802e3ab99d50c1256868c4e8d4",
)
DEDUPLICATION = _new_accounts(
    "item 3, note",
    "whoever has an account deduplicated so as to work it is disciplined",
    "db9e1dff72d691f2a2e1071699ec8c60fbe5e55fd2bc92730387d8cd3d14d698",
)
AUTOMATION = _throughout(
    "item 3",
    "the automation for new accounts goes by 500 employees",
    "ede82b81a00c176f208d865bc933ba449a590abcb3caa083786dd4c2c1ec9e08",
)
GUIDELINE = _under("Mid-Market Key Accounts First Order")(
    "Tactics and Definitions",
    "roughly, First Order accounts have 500 to 1,999 employees and more than 100 in engineering and IT",
    "786767551cace77c5be8db4178d05d6aa9305e0ba9891c33fa5776316450121d",
)
UNVETTED = _roles(
    "MM Territory AE",
    "accounts that have not been vetted are worked by Territory",
    "5c5f324b172f7f63c2033dacf9d2818c8f818b8c4b1176727897077c4c66b78a",
)
MOVE_TO_TERRITORY = _throughout(
    "item 1",
    "a discovery of fewer than 500 employees and 100 potential users moves a First Order account to Territory",
    "8445bed72d0f4c5fe6392072c9cf09423155b21f1a2c9c895c511dedad603f23",
)
MOVE_TO_FIRST_ORDER = _throughout(
    "item 2",
    "a discovery of more than 500 employees moves a First Order Available account from Territory to First Order",
    "d6862ca2e6af510f1969d6fda027afff6c0236a8a5d41029c86fa3a1a5c5398a",
)
IGNORED_MOVES = _throughout(
    "item 4",
    "an AE who knowingly passes over a due move more than twice in a fiscal year is likely to be disciplined",
    "5ce04ef34d2445a8bc852b0244bb9629db5e37b8f082140f99d178a14d940ef4",
)
DUE_DILIGENCE = _moves(
    "note",
    "who keeps working an account found to be the other team's loses it to that team",
    "4c6c4a28a8826b039d68298cd0ae6e18f165cf7914e85d38768486c494b4f0d8",
)
HANDOVER_BEGINS = _handoff(
    "introduction",
    "once the first transaction is closed, the First Order AE has the handover begin",
    "25cbaac46f2092bdac96fe4949d6fbbb28e7e6da5afcc18bcac449da46be6bc9",
)
LOW_POTENTIAL = _handoff(
    "note 2",
    "a won account with fewer than 100 total users goes to a Territory AE",
    "b7e2f46de136de5b49fe24929dbb7d3e55ff8e9e74b7190e7227aac2af340d51",
)
IN_QUESTION = _handoff(
    "note 2, in question",
    "in doubt, the ASM, the Regional Director and the VP of Commercial settle who receives the account",
    "cd565382d9892a09323a18f524e29e22de3a33e7d6abd670e9605cfa8af72937",
)
EMAIL_WILL_DO = _handoff(
    "MMKAFO Team, item 6",
    "below 20,000 USD of initial amount and immediate potential together an email may replace the call",
    "1f5f7ea79550f54ef362851c8d2b631e77c0dea6824eaf3f850fd02e1866a345",
    "be057813efcc81929528e50fc6a88a781c8d5095cac80b11b9854464a7182212",
)
WITHIN_THE_WEEK = _handoff(
    "MMKAN Team, item 1",
    "customer and team should be talking to each other within a week of the close",
    "dce1b8285b6a9c5d0f6ff4d041493eca612b73a1737ad497d3e20568f0953281",
)
ASK_FOR_A_TAM = _handoff(
    "MMKAN Team, item 4",
    "under 50,000 USD of nARR it is to be settled whether a TAM fits",
    "3785648dcb4415f515d9e11dc00538e15b298f98e811fb91002beca762d0dec6",
)
FIND_NAMED_AE = _handoff(
    "MMKAFO Team, item 1",
    "once the deal is won, look up who takes the account over",
    "49b00ff70ac4361028171f08ac0baa524e27ceae8dafab4c962dafa2bcda9442",
)
LICENSE_INSTALLED = _handoff(
    "MMKAFO Team, item 2",
    "the license has reached the customer and is in use",
    "36844b8f468c060777700f7925c53c38f549420d4c45a083f26f2afc485c946c",
)
CHATTER_POSTED = _handoff(
    "MMKAFO Team, item 3",
    "a Chatter post asks for the account and its renewal to be put in the new AE's name",
    "d63d5801e84e26f3488fe66fd38ec6e698cca4efd3cb17dcfab2f657128c2175",
)
ACCOUNT_ACTIVITY = _handoff(
    "MMKAFO Team, item 4",
    "an activity on the account sums it up in six parts, under a fixed name",
    "13135384575bda0e62bc42ea9c5cbc46db008097df39660ede8fb9ac6afe1530",
    "b20e3c39dba8a41024bec23ca37cca40b343dbfa2ba41366a04b6a6193996d4f",
    "d56aed7c416498d57843cef7bbd403185f61e6498f84c8e21bdf0edeb21df700",
    "318c350f1d4b4f0101f5f89d582717ec0d692879c38dccb1f7b5bc2209e8da4b",
    "b69dc220ff5c490f6434bca845d394a1d543d59acb085bed58c478c54246419b",
    "da64b4dab486776c5dee873c3fae77132c368b1b95002a01d00bffe9616d4c89",
    "700e4ea1560ebf8b1eaa050cd6c03fcc6b3f9c50392bc9254dc4192c6ebb1942",
    "73129a783079e514ce7ec5b4d3e94e7168d7b974bf894dc4694dedade63640be",
)
HANDOFF_CONTACT = _handoff(
    "MMKAFO Team, item 5 and 6",
    "the new AE meets the customer in a call; an email does for small accounts",
    "fd7dd07775c2fce9c57ff5c572847ee56d8f655883b8b98e99b487d97c2c6cce",
    "1f5f7ea79550f54ef362851c8d2b631e77c0dea6824eaf3f850fd02e1866a345",
    "be057813efcc81929528e50fc6a88a781c8d5095cac80b11b9854464a7182212",
)
MATERIAL_EDITABLE = _handoff(
    "MMKAFO Team, item 7",
    "nobody is locked out of what was made for the customer",
    "9cfd6ed795b80cc49814d0b8e4540c087cd037f41bc414062ef66786a5bdd98c",
)
CONTACT_SCHEDULED = _handoff(
    "MMKAN Team, item 1",
    "both AEs find a day for the call or email",
    "762f431c369dd769d06d9112712a9d5a8f9ebe8a34883a79618a96b09a2f820d",
)
INTRODUCED = _handoff(
    "MMKAN Team, item 1, second note",
    "the new AE answers the email or invitation, and so introduces themselves",
    "50d839fdb3781f16b9b65fa2ecb428381648a291edf716c56c2d8d715167d302",
)
GROWTH_OPPORTUNITY = _handoff(
    "MMKAN Team, item 2",
    "the First Order AE's notes lead to a growth opportunity",
    "16438673ed5123ed71640a9e290e0f3af8de49485a2bbe744e9a4ab3ae39ef6e",
)
TAGGED_NOTES_READ = _handoff(
    "MMKAN Team, item 3",
    "the notes tagged (ii) are read for what the account may become",
    "22b636b10c2ec2bdf1ca958fbd905e2cf17923a759129ce6259e02ca0d32878d",
)
TAM_DETERMINED = _handoff(
    "MMKAN Team, item 4",
    "below 50,000 USD nARR, near-term growth tells whether the account gets a TAM",
    "3785648dcb4415f515d9e11dc00538e15b298f98e811fb91002beca762d0dec6",
)
GROWTH_BEFORE_RENEWAL = _handoff(
    "MMKAN Team, item 5",
    "growth expected ahead of the first renewal has its own opportunity",
    "ecd31c42d2ab80ee74b50ff502f9f58e8119f4183756001bf99611c505cb7e1e",
)
BILLING_REASSIGNMENT = _handoff(
    "Note 1",
    "a billing issue of the initial order may go back to the First Order AE",
    "87ba5bbb06318f7ccea9038c494052ce30624066dd62447a09e6d7cedfbc199d",
)
