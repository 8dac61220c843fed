"""What every code means, in our words, and which rules there are."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.domain.decision import Status
from service.domain.terms import Segment, Team
from service.entrypoints.common.context import context_of
from service.entrypoints.console.clauses import expression_words
from service.entrypoints.console.pages import PageRoute, page
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import BASES, FACTS, KINDS, MOTIONS, STATUSES, segment_words, team_words
from service.store.policies import current_policies

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_TEAMS = {
    Team.SMB: "Sells to small and medium businesses.",
    Team.MM_TERRITORY: "Sells to Mid-Market accounts that neither Key Accounts team owns.",
    Team.MMKAFO: "Wins the first order of large Mid-Market accounts, then hands the account over.",
    Team.MMKAN: "Sells on to Key Accounts that are customers.",
    Team.OUTSIDE_COMMERCIAL: "Accounts too large for Commercial Sales.",
}
_SEGMENTS = {
    Segment.SMB: "Small and medium business, by its number of employees.",
    Segment.MM: "Mid-Market, by its number of employees.",
    Segment.LARGE: "Larger than Mid-Market.",
}
_STATUSES = {
    Status.FINAL: "Nothing that is not known could change the team.",
    Status.PROVISIONAL: "A fact that is not known could change the team; the page of the account says which.",
    Status.PENDING_REVIEW: "No source settles the size, so the VP of Commercial Sales decides. No team owns it yet.",
}
_ABBREVIATIONS = (
    ("AE", "Account executive, who sells"),
    ("ASM", "Area sales manager, who leads account executives"),
    ("VP", "The VP of Commercial Sales"),
    ("CRM", "Where sales keeps its accounts, such as Salesforce"),
    ("LAM Dev Count", "The developers that an account has, as the CRM estimates them: its potential users"),
    ("Max Family Employees", "The employees of the whole family of companies that an account belongs to"),
    ("MQL", "Marketing qualified lead: somebody whom marketing found ready to talk to sales"),
    ("nARR", "Net annual recurring revenue"),
    ("TAM", "Technical account manager"),
)


@router.get("/console/glossary")
def get_glossary(request: Request, _: Annotated[Visitor, Depends(Needs())]) -> Response:
    """Every code, with what it means."""
    context = context_of(request)
    policy = current_policies(context.database.engine).on(context.today())
    rules: dict[str, list[tuple[str, str, str]]] = {}
    for step in policy.steps.values():
        place = f"{step.citation.heading}, {step.citation.item}"
        rules.setdefault(step.rule, []).append((step.title, expression_words(step.expression, whole=True), place))
    view = {
        "sections": [
            ("Teams", [(team, team_words(team), says) for team, says in _TEAMS.items()]),
            ("Segments", [(each, segment_words(each), says) for each, says in _SEGMENTS.items()]),
            ("Statuses", [(each, STATUSES[each].text, says) for each, says in _STATUSES.items()]),
            ("What happened", [(kind, says, "") for kind, says in KINDS.items()]),
            ("What a segment rests on", [(basis, says, "") for basis, says in BASES.items()]),
            ("How an account comes", [(motion, says, "") for motion, says in MOTIONS.items()]),
            ("Abbreviations", [("", short, says) for short, says in _ABBREVIATIONS]),
            ("Facts", [(fact, says, "") for fact, says in FACTS.items()]),
        ],
        "rules": list(rules.items()),
        "policy": f"{policy.id} revision {policy.version}",
    }
    return page(request, "glossary.html", "Glossary", view)
