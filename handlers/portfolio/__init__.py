"""The portfolio of a mentee and the letter of a mentor, for them to take along."""

from bot.people.model import MENTORING, Role
from bot.programme.model import ProgrammeState, Use
from handlers.blocks import Block
from handlers.capability import Capability, HomeSection, Viewer
from handlers.portfolio import listeners, views


async def take_along(viewer: Viewer) -> list[Block]:
    """Offer the portfolio and the letter that this member's roles have."""
    if viewer.programme is None or viewer.programme.state is ProgrammeState.DRAFT:
        return []
    roles = viewer.member.roles
    return views.take_along(
        has_portfolio=Role.MENTEE in roles, has_letter=not roles.isdisjoint(MENTORING)
    )


CAPABILITY = Capability(
    name="portfolio",
    optional=Use.CLOSING,
    listeners=listeners.register,
    home={HomeSection.CLOSE: take_along},
    looking_back={HomeSection.CLOSE: take_along},
)
