"""Where the handbook asks for the duties of an opportunity. Each pin is the SHA-256 of a sentence that one rests on."""

from service.domain.clauses import Citation


def _required(item: str, gist: str, *pins: str) -> Citation:
    return Citation("Required 7", item, gist, pins)


def _deck(item: str, gist: str, *pins: str) -> Citation:
    return Citation("Custom Deck Requirements", item, gist, pins)


def _meeting(item: str, gist: str, *pins: str) -> Citation:
    return Citation("Red / Green Tactics", item, gist, pins)


_CONSULTS = (
    "[Opportunity Consults](https://about.gitlab.com/handbook/sales/command-of-the-message/opportunity-consults/) "
    "(OCF) and Lightweight Deal Review (LDR) Process"
)
OPEN = Citation(
    "Salesforce Pipeline Activity", "no sentence: our reading", "what is won or lost has no duties left", ()
)
COMMERCIAL = Citation("Required 7", "no sentence: our reading", "bounds are given for SMB and Mid-Market alone", ())
DECK = Citation(
    "Opportunity-Specific Slide Deck",
    "first paragraph, first sentence",
    "an Amount above the bound of its segment calls for a deck of its own",
    ("8538c05425ad65cadd9f3bbb7e4b6efab07f365618fcc0fc58a48917b1729cf2",),
)
DECK_LINK = Citation(
    "Opportunity-Specific Slide Deck",
    "first paragraph, second sentence",
    "its link stands in the field for it",
    ("449ea80bcc45f61bdbb93fbeddf88b412ad61b4800cb766f51f3ab9b97080b79",),
)
DECK_LOOK = _deck(
    "item 1", "it looks like the customer's own", "748aa3342b980bd95fbdf29c740ccf8f73ef117a94998bd0aed9d02f65dfbd26"
)
DECK_AGENDA = _deck(
    "item 2", "an agenda that both agreed on", "a5299d754003afabec3c9af929c5e2f36ef707e9b0ac39b2f0763a38880ef418"
)
DECK_ROI = _deck(
    "item 3",
    "the return is set beside that of the next best choice",
    "87722eb2266adec98bb45fb2ff711fdbb19e85dfb71bd3711d007e74e01d1a42",
    "0fe36be8c56cbecdf36435c7f636e5fd6ec8cf25b26d6955cfb0850c7e539807",
)
DECK_OPTIONS = _deck(
    "item 4",
    "two rough plans to choose from",
    "4caf9f756fd24935ba17c5b1e8a8c18f7abd89c67b2318d37b405214b0b6c954",
    "3e2aa38c0ca2985a58253261029f663a8f6d54b962bb844797a63b423c39d72b",
)
DECK_PITCH = _deck(
    "item 5",
    "one slide shows everything in a single application",
    "2d0216bf9e4485da908a859ebfbbf87da87a87442e445db9b25f90bc76990740",
    "55f9222b9c291afc5db72ea926f69b9bc2c35da503e3621975ac0716039ebcdf",
)
DECK_FEEDBACK = _deck(
    "item 6",
    "what the customer says to that slide is noted as said",
    "96e1740661a3b7362740c59e8554b2019fa015f66612f47415f74b4699037842",
    "5b249640a3436a8a91a1a41dfa4857b2df461fbdbcb08b19345c124ef7ab3071",
)
OVERVIEW = _required(
    "item 6, by Amount",
    "above the bound of Amount the whys and the close plan are filled in",
    "ef541f01da862f68b93418f364abd093109c1615618fd18297fc3e118f28bd57",
)
FULL_PLAN = _required(
    "item 6, by Net ARR",
    "above the bound of Net ARR the whole plan is filled in",
    "6cd5cde37e5f8da6693e99abfeae3596e4ea6827c7116e215e84a5a395674669",
)
TO_FIND_OUT = _required(
    "item 6, third point",
    "what is not known yet is filled in with how it will be found out",
    "dace95159ac27a1647b69f8fecd734140aae760744c03640714007a69b477c57",
)
CHANNEL_MANAGED = _required(
    "item 6, fourth point",
    "an opportunity of a channel partner is excepted where its title says so",
    "34d938c2aaff62f41d71bbc61b2909280273e79ba8b6cd04588164253fdf4475",
)
CONSULT = Citation(
    _CONSULTS,
    "SMB and Mid-Market, first points",
    "account executive and manager go through a deal from its bound of Net ARR on",
    (
        "da8e34be97345216266111b899f962cf5ecf5b8b6486c1413c3564ddb10b0ae6",
        "e1f69d9d9d071581cb3b2b98e2ca79c91865bd2c0f63b6d63d169b5c6633c8c4",
    ),
)
DEAL_REVIEW = Citation(
    _CONSULTS,
    "SMB and Mid-Market, second points",
    "a short review of what may close this month or the one after",
    (
        "74a42130bee4a3c7ef353dfe8a5c6a3e1455135123c209f345376f196af6c033",
        "ef0932f10239c72cfc42c3c5ef18fdd8f6b2804c47896c50e76fafa602b33600",
    ),
)
RED_GREEN = Citation(
    "Red / Green Definition",
    "the bounds",
    "what could close in the month is called red or green, from its bound of Net ARR on",
    (
        "678ec568bef45c54847b7d6ca90afb0124dbb03b2e1003d1d4e40db1d06a6173",
        "0008f1fcb5f13a02bae62772cdc7abb72f4d5eb98ff1d1e240b6a41c96780942",
    ),
)
IN_ORDER = _meeting(
    "item 2",
    "a question is asked when the one before it has a confident answer",
    "0a5eb4db61a725bc90cba7bcc5941c08dfa7100e1ad4cef4ad20b1d2637838d7",
)
COLOUR = _meeting(
    "item 2, question 1", "which colour it has", "cbbb14fdcff31ff9959bdb9d8314e30a617f2020dc1be0d23fb971327a942904"
)
WHY_ANYTHING = _meeting(
    "item 2, question 2", "why the customer acts", "fcca557a4d23710016c5eccf745ac0730eb101d3eeffd1baa16375172bed1409"
)
WHY_GITLAB = _meeting(
    "item 2, question 3", "why it chooses us", "84607123106ad16b707b9ebe42fe4acd612817f9558a7cdf7d3170529128b253"
)
WHY_NOW = _meeting(
    "item 2, question 4", "what sets the date", "275a5fb7afe2005a6d9e467ab29e02ca27b87f1c20f2fc9e49c17be7a38ce8a8"
)
RELATIONSHIP = _meeting(
    "item 2, question 5",
    "how high the contact stands",
    "8c7f6bc8dca717d8e40011a7f0b07364f8f3a820924fa5f9b38fe34af85a15fd",
)
HELP_TIMING = _meeting(
    "item 2, question 6, first part",
    "whether the contact can tell when it would buy",
    "40235be56bae98f2ee7406515efb5a83b6b44371d93d2c0d088b26d1c8557ed0",
)
HELP_ACCESS = _meeting(
    "item 2, question 6, second part",
    "whether the contact can bring in who can",
    "5fcd6022ba09a92c64dac14e3e1b689982d5210b3e294460ec5a698b840a59f3",
)
NEXT_STEP = _meeting(
    "item 2, question 7", "what is done next", "d7f3d5185a04c1dc752eb1706316344fede87463524f9e3f294873142e689f3f"
)
LOOKBACK = Citation(
    "Red / Green Lookback Process",
    "first sentence",
    "the first meeting of a period sets what closed beside what was committed",
    ("32840484b5f57dd1d191eefeaeecc3ba9ba0fcd0e84c1714b82865ccd0758f25",),
)
STEPS_CURRENT = Citation(
    "Opportunity Management in Salesforce",
    "item 3",
    "next steps, their date and their owner are kept up to date",
    ("4943d7df8c499f3fceb104fde7ee9f91775af45bc0f17a9b48c15d84e4bc9011",),
)
STEPS_FAR = Citation(
    "Opportunity Management in Salesforce",
    "item 4",
    "an action that lies more than a month ahead is described in them",
    ("09e5771aa2345d11b646c5ab9f9eca279978160225b432f25fea49a1128c76e8",),
)
STEPS_ALONE = Citation(
    "Opportunity Next Steps Best Practices",
    "item 5, first point",
    "they hold what is done next, and neither days nor history",
    ("d72bc1a3279bbc1801208bc5a75eb7750173d52a0a3e2d6df2c1217e496947ab",),
)
