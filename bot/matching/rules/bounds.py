"""What a proposal that was changed after the engine made it is measured by."""

from dataclasses import replace

from bot.matching.model import Proposal


def judged_by(earlier: Proposal, found: Proposal) -> Proposal:
    """`found`, changed since, measured by the bound that the engine proved for `earlier`."""
    net = found.total - found.balance_penalty
    bound = round(max(earlier.upper_bound, net), 9) if earlier.matches else found.upper_bound
    seats = max(earlier.most_seats, found.most_seats)
    return replace(found, upper_bound=bound, gap=round(bound - net, 6), most_seats=seats)
