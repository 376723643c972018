"""Write a compass, look at it, compare its versions, put it off and delete it."""

import json
from dataclasses import dataclass, replace

from bot.compass import rules, store
from bot.compass.model import Movement, Occasion, Principle, Ring
from bot.compass.tables import compass_table
from bot.compass.use_cases import (
    delete,
    may_look_again,
    phase_to_write,
    put_off,
    save,
    state_of,
    writers_programme,
)
from bot.flows.erasure import clear_traces
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId, new_id
from bot.people.permissions import may_write_compass
from bot.people.use_cases import the_member
from bot.programme import store as programmes
from bot.programme.model import Use, in_use
from handlers.blocks import View
from handlers.compass import views
from handlers.edge.answers import Answers, WrongAnswer, read_json
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.patient_details import asked_again

OLD_FORM = "This form is from an earlier version. Copy what you wrote and open your compass again."
NOTHING_THERE = "This version of your compass is not there any more. Open your compass again."


def register(edge: Edge) -> None:
    """Add the listeners of the compass. One's own words stay within reach, whatever is used."""
    edge.action("compass.write", on_change)
    edge.action("compass.change", on_change)
    edge.action("compass.again", on_again)
    edge.action("compass.later", on_later)
    edge.view("compass.form", on_form, is_forgotten=True)
    always = replace(edge, guard=None)
    always.action("compass.open", on_open)
    always.action("compass.compare", on_compare)
    always.action("compass.delete", on_delete)


@dataclass(frozen=True, slots=True)
class OpenCompass:
    """The subject of a form; it travels in the form and holds no words.

    Slack's own id of the form stays the same when a form takes the place of a page, so each has a
    `key`.
    """

    key: str
    programme_id: ProgrammeId
    phase: Occasion

    def pack(self) -> str:
        """Write the form's metadata."""
        return json.dumps({"k": self.key, "p": self.programme_id, "o": self.phase})


def _unpack(metadata: str) -> OpenCompass:
    try:
        packed = read_json(metadata)
        programme_id = ProgrammeId(str(packed["p"]))
        return OpenCompass(str(packed["k"]), programme_id, Occasion(packed["o"]))
    except (ValueError, KeyError, TypeError):
        raise UserFacing(OLD_FORM) from None


async def on_open(call: Call, services: Services) -> None:
    """Show one's own compass, the newest version beside the first."""
    await call.show(await _page(call, services))


async def on_compare(call: Call, services: Services) -> None:
    """Show the newest version beside the one that was chosen."""
    await call.show(await _page(call, services, beside=call.value))


async def _page(
    call: Call, services: Services, *, beside: str | None = None, note: str = ""
) -> View:
    """Draw one's own compass. Raises UserFacing for a version that is not there."""
    now = services.clock.now()
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        versions = await store.versions(connection, member)
        programme = await programmes.programme_of(connection, call.workspace_id, member.id)
    if not versions:
        return views.empty()
    earlier = (
        next((one for one in versions if one.id == beside), None)
        if beside
        else next(one for one in versions if one.programme_id == versions[-1].programme_id)
    )
    if earlier is None:
        raise UserFacing(NOTHING_THERE)
    may_write = programme is not None and in_use(programme, Use.COMPASS, now)
    may_write = may_write and may_write_compass(member)
    again = may_write and may_look_again(versions, programme, now=now)
    return views.page(
        versions,
        earlier,
        tz=member.timezone,
        may_write=may_write,
        may_look_again=again,
        note=note,
    )


async def on_change(call: Call, services: Services) -> None:
    """Open the form for the first version, or to change the newest."""
    await _open_form(call, services, again=False)


async def on_again(call: Call, services: Services) -> None:
    """Open the form to look back at the compass, half way or at the close."""
    await _open_form(call, services, again=True)


async def _open_form(call: Call, services: Services, *, again: bool) -> None:
    now = services.clock.now()
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await writers_programme(connection, member)
        versions = await store.versions(connection, member)
        state = await state_of(connection, member, programme, now)
    phase = phase_to_write(versions, programme, again=again, now=now)
    form = views.form(
        versions[-1] if versions else None,
        phase=phase,
        is_due=state.due is phase,
        metadata=OpenCompass(new_id("form"), programme.id, phase).pack(),
        crisis_contact=programme.crisis_contact,
        tz=member.timezone,
    )
    await call.show(form)


async def on_form(call: Call, services: Services) -> None:
    """Keep what was written, and show what is different now."""
    opened, principles = _unpack(call.metadata), read_principles(call.answers)
    if await asked_again(call, *(text for one in principles for text in (one.text, one.note))):
        return
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        await save(
            connection,
            member,
            opened.programme_id,
            opened.phase,
            principles,
            form_key=opened.key,
            now=services.clock.now(),
        )
    await call.ack_update(await _page(call, services, note="Saved."))
    await services.refresh_home(call)


def read_principles(answers: Answers) -> list[Principle]:
    """Read what was filled in. Raises WrongAnswer beside what is missing or too long."""
    found = []
    for number in range(1, rules.MOST + 1):
        text, note = (answers.text(f"{name}_{number}") for name in ("principle", "note"))
        if len(text or "") > rules.MAX_PRINCIPLE_CHARS:
            short = f"Shorten this to {rules.MAX_PRINCIPLE_CHARS} characters."
            raise WrongAnswer(**{f"principle_{number}": short})
        if note and not text:
            raise WrongAnswer(**{f"note_{number}": "Write the principle, or clear this."})
        if text:
            movements = answers.choices(f"movements_{number}")
            one = Principle(
                number=number,
                text=text,
                ring=answers.choice_of(f"ring_{number}", Ring),
                movements=tuple(each for each in Movement if each in movements),
                note=note or "",
            )
            found.append(one)
    if len(found) < rules.FEWEST:
        numbers = {one.number for one in found}
        first = next(each for each in range(1, rules.MOST + 1) if each not in numbers)
        few = f"Write at least {rules.FEWEST} principles. A few words each are enough."
        raise WrongAnswer(**{f"principle_{first}": few})
    return found


async def on_later(call: Call, services: Services) -> None:
    """Ask no more for this phase."""
    if call.value not in set(Occasion):
        raise UserFacing(OLD_FORM)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        await put_off(connection, member, Occasion(call.value), now=services.clock.now())
    await call.show(views.put_off())
    await services.refresh_home(call)


async def on_delete(call: Call, services: Services) -> None:
    """Delete one's own compass; Slack has asked for confirmation."""
    now = services.clock.now()
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        await delete(connection, member, now=now)
    is_cleared = await clear_traces(
        services.database, call.workspace_id, [compass_table.name], now=now
    )
    await call.show(views.deleted(is_cleared=is_cleared))
    await services.refresh_home(call)
