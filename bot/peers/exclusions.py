"""Keep people apart in peer rounds: a round never seats two together who must not meet."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from bot.kernel.arrays import Numbers, Rng

_TRIES = 40
"""How often a round is dealt anew before it is said to be impossible."""
_STEPS = 4
"""Swaps that are tried in each try, for each person."""


class ImpossibleRounds(ValueError):
    """Nobody found rounds of this size in which all of these people are kept apart."""


def barriers(ordered: Sequence[str], apart: Iterable[Collection[str]]) -> Numbers:
    """Mark who must not meet whom: found[p, q] is 1. Names that are no members are left out."""
    at = {name: k for k, name in enumerate(ordered)}
    found = np.zeros((len(ordered), len(ordered)), dtype=np.int64)
    for pair in apart:
        here = [at[one] for one in pair if one in at]
        if len(here) == 2:
            found[here[0], here[1]] = found[here[1], here[0]] = 1
    return found


def keep_apart(seats: Numbers, met: Numbers, barred: Numbers, *, rng: Rng) -> Numbers:
    """Swap people within each round until nobody sits with somebody they are barred from.

    seats[r, p] is p's group, met[p, q] 1 where they met before. Of the swaps that part people, the
    one with the fewest repeats is made. Raises ImpossibleRounds; never gives rounds that break it.
    """
    done, known = seats.copy(), met.copy()
    heavy = len(met) * len(met)
    for turn in done:
        weights = barred * heavy + known
        for _ in range(_TRIES):
            if _parted(turn, weights, barred, rng=rng):
                break
            for k in range(len(turn) - 1, 0, -1):
                other = rng.randrange(k + 1)
                turn[k], turn[other] = turn[other], turn[k]
        else:
            raise ImpossibleRounds
        together = turn[:, None] == turn[None, :]
        known = np.maximum(known, together.astype(np.int64))
    if any((barred * (turn[:, None] == turn[None, :])).any() for turn in done):
        raise ImpossibleRounds
    return done


def _parted(turn: Numbers, weights: Numbers, barred: Numbers, *, rng: Rng) -> bool:
    """Swap people of one round, in place, until nobody is with whom they must not be."""
    for _ in range(_STEPS * len(turn)):
        wrong = np.flatnonzero((barred * (turn[:, None] == turn[None, :])).any(axis=1))
        if not len(wrong):
            return True
        one = int(wrong[rng.randrange(len(wrong))])
        price = _prices(turn, weights, one)
        options = np.flatnonzero(price == price.min())
        other = int(options[rng.randrange(len(options))])
        turn[one], turn[other] = turn[other], turn[one]
    return False


def _prices(turn: Numbers, weights: Numbers, one: int) -> Numbers:
    """Price each swap of `one` with somebody of another group, by who would sit with whom."""
    mates = weights @ (turn[:, None] == np.arange(int(turn.max()) + 1)[None, :])
    own = turn[one]
    joins = mates[one, turn] - weights[one] + mates[:, own] - weights[:, one]
    leaves = mates[one, own] + mates[np.arange(len(turn)), turn]
    price: Numbers = joins - leaves
    price[turn == own] = np.iinfo(np.int64).max
    return price
