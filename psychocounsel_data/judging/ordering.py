"""In which orders principles are asked, and which response gets which. Pure.

A judge that rates several principles in one reply reads its own earlier ratings before it gives the
next, so the place of a principle moves its rating. A few balanced orders even that out and let it
be measured. They are few because the words up to the case, and the schema of the reply, are what
providers keep in their prompt caches, and both follow the order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def balanced_orders(ids: Sequence[str], seed: int) -> tuple[tuple[str, ...], ...]:
    """A Williams design over the principles, dealt out by a seed.

    Every principle stands in every place equally often, and every principle follows every other
    equally often: n orders for an even number of principles, 2n for an odd one (Williams, E. J.
    (1949). Experimental designs balanced for the estimation of residual effects of treatments.
    Australian Journal of Scientific Research A, 2, 149-168).

    Args:
        ids: the principles in the rubric's order.
        seed: which principle takes which place in the design.
    """
    count = len(ids)
    dealt = sorted(ids, key=lambda one: (_lot(seed, one), one))
    first = [_zigzag(place, count) for place in range(count)]
    rows = [[dealt[(place + shift) % count] for place in first] for shift in range(count)]
    mirrored = [row[::-1] for row in rows] if count % 2 and count > 1 else []
    return tuple(tuple(row) for row in [*rows, *mirrored])


def _zigzag(place: int, count: int) -> int:
    """0, 1, n-1, 2, n-2, …: neighbours differ by every amount once."""
    return (place + 1) // 2 if place % 2 else (count - place // 2) % count


def drawn_order(response_id: str, repeat: int, *, count: int, seed: int) -> int:
    """Which of `count` orders a response is asked in.

    It depends on the response alone, so all judges of a panel are asked in the same order; the
    next repeat takes the next order.
    """
    return (_lot(seed, response_id) + repeat) % count


def _lot(seed: int, text: str) -> int:
    digest = hashlib.blake2b(f"{seed}\0{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest)
