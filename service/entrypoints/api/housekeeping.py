"""What the application does in the background: it forgets old idempotency keys, at its start and every hour."""

import asyncio

from service.entrypoints.api.services import Services
from service.store.errors import StoreError
from service.usecases.forget_keys import forget_old_keys

EVERY_SECONDS = 3600


async def keep_house(services: Services) -> None:
    """Go on until cancelled. What goes wrong is logged, and tried again an hour later."""
    while True:
        try:
            await _forget(services)
        except StoreError as error:
            services.log("housekeeping_put_off", code=error.code)
        except Exception as error:  # noqa: BLE001 - housekeeping must not end because of one fault
            services.log_fault("housekeeping", error)
        await asyncio.sleep(EVERY_SECONDS)


async def _forget(services: Services) -> None:
    before = services.now()
    forgotten = 0
    while some := await asyncio.to_thread(forget_old_keys, services.database, before):
        forgotten += some
    if forgotten:
        services.log("idempotency_keys_forgotten", keys=forgotten)
