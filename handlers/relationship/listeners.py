"""Answer how a relationship is, and look at one's own answers."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.relationship import store
from bot.relationship.model import SCALE, Domain, Wave
from bot.relationship.use_cases import NOT_OPEN, OpenWave, asked, put_off, rate
from handlers.blocks import View
from handlers.edge.answers import Answers, read_json, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.relationship import views

OLD_FORM = "This form is from an earlier version. Open it again from the Home tab."
NOBODY = "You are not asked about this person now. Open the Home tab for what you can do."


def register(edge: Edge) -> None:
    """Add the listeners. One's own answers stay within reach, whatever is used now."""
    edge.action("relationship.open", on_open)
    edge.action("relationship.later", on_later)
    edge.view("relationship.form", on_form, is_forgotten=True)
    always = replace(edge, guard=None)
    always.action("relationship.answers", on_answers)


@dataclass(frozen=True, slots=True)
class OpenRating:
    """The subject of a form; it travels in the form and holds no answers."""

    wave: Wave
    other_id: MemberId

    def pack(self) -> str:
        """Write the form's metadata."""
        return json.dumps({"w": self.wave, "o": self.other_id})


def _unpack(metadata: str) -> OpenRating:
    try:
        packed = read_json(metadata)
        return OpenRating(Wave(packed["w"]), MemberId(str(packed["o"])))
    except (ValueError, KeyError, TypeError):
        raise UserFacing(OLD_FORM) from None


async def on_open(call: Call, services: Services) -> None:
    """Open the form about the person whom the button names."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        found = await _asked(connection, member, services.clock.now())
        if found is None:
            raise UserFacing(NOT_OPEN)
        form = await _form(connection, member, found, MemberId(call.value or ""))
    await call.show(form)


async def _asked(connection: AsyncConnection, member: Member, now: datetime) -> OpenWave | None:
    programme = await programmes.programme_of(connection, member.workspace_id, member.id)
    return await asked(connection, member, programme, now=now)


async def _form(
    connection: AsyncConnection, member: Member, found: OpenWave, other_id: MemberId
) -> View:
    """Draw the form about one of the partners, filled in with what was answered at this wave."""
    partner = next((one for one in found.partners if one.member_id == other_id), None)
    if partner is None:
        raise UserFacing(NOBODY)
    answers = {
        domain: answer
        for one in await store.of_rater(connection, member)
        if (one.programme_id, one.wave, one.other_id) == (found.programme.id, found.wave, other_id)
        for domain, answer in one.answers.items()
    }
    others = [one for one in found.left if one.member_id != other_id]
    many, number = len(found.partners), len(found.partners) - len(others)
    return views.form(
        partner,
        title=views.title_of(number, many, partner.side),
        answers=answers,
        wave=found.wave,
        metadata=OpenRating(found.wave, other_id).pack(),
    )


async def on_form(call: Call, services: Services) -> None:
    """Keep the answers about one person, and go on to the next, if there is one."""
    opened, now = _unpack(call.metadata), services.clock.now()
    answers = read_answers(call.answers, opened.other_id)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        found = await rate(connection, member, opened.other_id, opened.wave, answers, now=now)
        after = (
            await _form(connection, member, found, found.left[0].member_id)
            if found.left
            else views.saved()
        )
    await call.ack_update(after)
    await services.refresh_home(call)


def read_answers(answers: Answers, other_id: MemberId) -> dict[Domain, int]:
    """Read what was chosen about one person. An option that does not exist counts as left out."""
    chosen = {one: answers.choice(views.block_of(one, other_id)) for one in Domain}
    found = {one: whole_number(each, most=SCALE[-1]) for one, each in chosen.items()}
    return {one: each for one, each in found.items() if each}


async def on_later(call: Call, services: Services) -> None:
    """Ask no more at this wave."""
    if call.value not in set(Wave):
        raise UserFacing(OLD_FORM)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        await put_off(connection, member, Wave(call.value), now=services.clock.now())
    await call.show(views.put_off())
    await services.refresh_home(call)


async def on_answers(call: Call, services: Services) -> None:
    """Show one's own answers."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        page = await _page(connection, member, services.clock.now())
    await call.show(page)


async def _page(connection: AsyncConnection, member: Member, now: datetime) -> View:
    found = await _asked(connection, member, now)
    ratings = await store.of_rater(connection, member)
    others = list({one.other_id for one in ratings})
    known = await people.members(connection, member.workspace_id, ids=others) if others else []
    partners = found.partners if found else ()
    return views.page(
        ratings,
        {one.member_id: one.name for one in partners} | {one.id: one.name for one in known},
        now_about=partners,
        tz=member.timezone,
    )
