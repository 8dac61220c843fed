"""What somebody has the service do, or takes away, as the act that is recorded of it: the same at every door."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from service.domain.acts import Act, ActKind
from service.store.applications import Application
from service.store.event_retries import RecordedRetry
from service.store.recording import Asked


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does something, and when; ``act_id`` is the identifier that its act gets."""

    act_id: UUID
    by: Asked
    at: datetime

    def changeover_requested(self, on: date) -> Act:
        """A quarter changeover is to be run, or to go on where it runs already."""
        return self._act(ActKind.CHANGEOVER_REQUESTED, on=on)

    def application_requested(self, application: Application) -> Act:
        """A revision is to be applied, or tried on the accounts."""
        told = ("policy_id", "policy_version", "effective_on", "dry_run")
        body = {name: getattr(application, name) for name in told}
        return self._act(ActKind.APPLICATION_REQUESTED, application_id=application.id, **body)

    def retry_requested(self, retry: RecordedRetry) -> Act:
        """All events are to be tried again that a filter finds."""
        wanted = {name: value for name, value in asdict(retry.wanted).items() if value is not None}
        return self._act(ActKind.RETRY_REQUESTED, retry_id=retry.id, filter=wanted)

    def exported(self, what: str, media_type: str, wanted: Mapping[str, Sequence[str]]) -> Act:
        """A whole list is taken away, by a filter: by the name of each parameter the values that were given."""
        return self._act(ActKind.EXPORTED, **{"what": what, "as": media_type, "filter": wanted})

    def _act(self, kind: ActKind, **body: object) -> Act:
        by = self.by
        return Act(id=self.act_id, kind=kind, actor=by.actor, at=self.at, request_id=by.request_id, body=body)
