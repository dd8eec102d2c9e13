"""The rows of the table: a new act is a new row of ACTS. Acts of one place stand together, so that it opens once."""

from typing import Final

from tests.benchmarks.acts import Act
from tests.benchmarks.rows import listing, moving, starting

ACTS: Final[tuple[Act, ...]] = (*starting.ACTS, listing.LIST, moving.TRANSITION, *listing.ELSEWHERE, *moving.BULK)
