"""``chalkline ranks``: list an account executive's accounts by rank, and give an account its rank."""

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from service.domain.errors import DomainError
from service.domain.fields import AccountId, Frozen
from service.domain.ranks import Rank, StatedRank
from service.domain.terms import Segment
from service.domain.wording import SEGMENT_NAMES
from service.entrypoints.cli.context import AsJson, CliContext, printed, record_export, refused, stated
from service.entrypoints.cli.keys import By
from service.entrypoints.cli.listing import plain_console, print_wrapped
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.ranks import meaning_of, render_book, render_rank
from service.store.database import Database
from service.store.once import Answer
from service.store.recording import Asked
from service.usecases.rank_books import Book, RankFilter, book_of
from service.usecases.ranks import Now, StandingRank, give_rank

_ON_A_PAGE = 200
_OPTIONS = {"account_id": "ACCOUNT", "sources": "--source"}
Whose = Annotated[str, typer.Argument(metavar="PERSON", help="Whose: a person's id, CRM user id, email or name.")]


class _Whose(Frozen):
    """Whose rank it is."""

    account_id: AccountId


def add_commands(cli: typer.Typer, context: CliContext) -> None:
    """Add the commands about account ranks to the command line."""

    @cli.command("list")
    def list_ranks(
        person: Whose,
        *,
        rank: Annotated[list[Rank] | None, typer.Option(help="The rank; may be given several times.")] = None,
        segment: Annotated[list[Segment] | None, typer.Option(help="The account's segment; the same.")] = None,
        stale: Annotated[bool | None, typer.Option("--stale/--current", help="Only what is stale, or is not.")] = None,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """List an account executive's accounts by rank, with how many of the top places are taken (RANK-3)."""
        wanted = RankFilter(rank=rank or (), segment=segment or (), stale=stale)
        console = plain_console()
        with context.database() as database, refused(DomainError):
            asked = {"account_executive": person, "rank": rank, "segment": segment, "stale": stale}
            record_export(context, database, by, "ranks", printed(as_json=as_json), **asked)
            first = None
            for book in _pages(database, person, wanted, context):
                if as_json:
                    typer.echo(
                        "\n".join(to_json(each).decode() for each in render_book(book)["items"]), nl=bool(book.ranks)
                    )
                    continue
                first = first or book
                for each in book.ranks:
                    print_wrapped(console, _line(each), indent=4)
            if first is not None:
                print_wrapped(console, _counted(first), indent=4)

    @cli.command("set")
    def set_rank(  # noqa: PLR0913 - its options
        account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")],
        rank: Annotated[Rank, typer.Argument(help="The rank.")],
        *,
        account_executive: Annotated[str, typer.Option(metavar="PERSON", help="Who gives it.")],
        source: Annotated[list[str], typer.Option(help="Where it is known from; may be given several times.")],
        reason: Annotated[str | None, typer.Option(help="Why; without one, the note says so.")] = None,
        note: Annotated[str | None, typer.Option(help="A note; an unchanged rank needs one.")] = None,
        potential_users: Annotated[str | None, typer.Option(help="How many might use it.")] = None,
        by: By,
        as_json: AsJson = False,
    ) -> None:
        """Give an account its rank. What stands word by word is not recorded again."""
        said = {"rank": rank, "account_executive": account_executive, "sources": source, "reason": reason, "note": note}
        account_id, rank_said = _read(account, {**said, "potential_users": potential_users})
        now = Now(context.now(), context.today(), context.new_id)
        asked = Asked(by, "cli", context.new_id().hex)
        with context.database() as database, refused(DomainError):
            done = give_rank(database, account_id, rank_said, asked, now, None, lambda _: Answer(b""))
        if done.made is None:
            raise TypeError("Without a key nothing is remembered")
        _tell(done.made, as_json=as_json)


def _pages(database: Database, person: str, wanted: RankFilter, context: CliContext) -> Iterator[Book]:
    after, today = None, context.today()
    while True:
        book = book_of(database, person, wanted, today, limit=_ON_A_PAGE, after=after)
        yield book
        if len(book.ranks) < _ON_A_PAGE:
            return
        after = book.ranks[-1].record.id


def _read(account: str, said: Mapping[str, object]) -> tuple[str, StatedRank]:
    account_id = stated(_Whose, {"account_id": account}, _OPTIONS).account_id
    return account_id, stated(StatedRank, said, _OPTIONS)


def _tell(standing: StandingRank, *, as_json: bool) -> None:
    if as_json:
        typer.echo(to_json(render_rank(standing)))
        return
    console = plain_console()
    print_wrapped(console, _line(standing), indent=4)
    if citation := meaning_of(standing.held):
        print_wrapped(console, f"It means: {citation.gist}.", indent=4)
    for each in standing.checks:
        if each.outcome is not True:
            print_wrapped(console, f"{each.rule} is unknown: {each.text}.", indent=4)


def _line(standing: StandingRank) -> str:
    held, given, name = standing.held, standing.given, standing.name
    account = held.account_id if name is None else f"{name} ({held.account_id})"
    segment = "no segment" if held.segment is None else SEGMENT_NAMES[held.segment]
    place = ", one of the top places" if standing.has_place else ""
    stale = "".join(f" Stale: {why}" for why in standing.stale)
    return f"{held.rank}  {account}: {segment}{place}, since {held.ranked_on}. {given.reason or given.note}{stale}"


def _counted(book: Book) -> str:
    counts = ", ".join(f"{count} of rank {rank}" for rank, count in book.counts.items())
    return (
        f"Accounts: {counts}. Stale: {book.stale}. Places taken: {book.taken} of {book.policy.parameters.top_places}."
    )
