"""The tiles of the tree in the database: one row each, grown in place until it is full."""

from collections.abc import Mapping

from sqlmodel import Session, col, insert, select, update

from service.domain.ledger.merkle import HASH_BYTES
from service.domain.ledger.tiles import HEIGHT, WIDTH, Tile
from service.store.tables.ledger import LedgerTileRow


class KeptTiles:
    """The tiles that a session reads, each once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[tuple[int, int], bytes] = {}

    def at(self, tile: Tile) -> bytes:
        """The hashes of a tile, as wide as is asked for; fewer where there are not as many."""
        name = (tile.level, tile.index)
        if name not in self._read:
            is_it = (col(LedgerTileRow.level) == tile.level, col(LedgerTileRow.place) == tile.index)
            self._read[name] = self._session.exec(select(LedgerTileRow.hashes).where(*is_it)).first() or b""
        return self._read[name][: tile.width * HASH_BYTES]


def write_tiles(session: Session, size: int, grown: Mapping[Tile, bytes]) -> None:
    """Keep the tiles that change where a tree of that size grows."""
    begun = {tile: hashes for tile, hashes in grown.items() if tile.index * WIDTH < size >> HEIGHT * tile.level}
    for tile, hashes in begun.items():
        is_it = (col(LedgerTileRow.level) == tile.level, col(LedgerTileRow.place) == tile.index)
        session.exec(update(LedgerTileRow).where(*is_it).values(hashes=hashes))
    new = [
        {"level": tile.level, "place": tile.index, "hashes": hashes}
        for tile, hashes in grown.items()
        if tile not in begun
    ]
    if new:
        session.execute(insert(LedgerTileRow), new)
