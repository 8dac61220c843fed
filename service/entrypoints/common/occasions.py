"""The occasion on which somebody records something of their work."""

from service.entrypoints.common.context import ApiContext
from service.store.once import IdempotencyKey
from service.store.recording import Asked
from service.usecases.leads import Occasion


def occasion_of(context: ApiContext, asked: Asked, key: IdempotencyKey | None) -> Occasion:
    """Now, on today's day of the organisation, by whoever asks."""
    return Occasion(
        at=context.now(),
        today=context.today(),
        zone=context.zone,
        record_id=context.new_id(),
        asked=asked,
        key=key,
    )
