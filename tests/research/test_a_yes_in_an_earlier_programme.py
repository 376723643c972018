"""A yes to the words of a programme that has ended is not called none in the next."""

from dataclasses import replace

from bot.kernel.ids import ProgrammeId
from bot.programme import store as programmes
from bot.programme.model import ProgrammeState
from bot.research import store
from bot.research.participants import turnout
from tests.research.test_a_consent_of_ones_own import OWN, USUAL, here, say_yes, write
from tests.support.running_programme import Running
from tests.support.workspace import all_text

__all__ = ["here"]


async def test_settings_say_that_a_yes_to_an_earlier_programme_still_counts(here: Running) -> None:
    await write(here, OWN, sure=["yes"])
    for user in here.mentees:
        await say_yes(here, user)
    its = here.programme.workspace_id
    async with here.slack.cairn.database.writing() as connection:
        old = await programmes.programme(connection, its, here.programme.id)
        assert old
        closed = replace(old, state=ProgrammeState.CLOSED)
        new = replace(old, id=ProgrammeId("programme_new"), consent_text=None)
        for one in (closed, new):
            await programmes.put_programme(connection, its, one)
        await programmes.enrol_everybody(connection, its, new.id)
        text = await store.consent_of(connection, closed, USUAL)
        counted = await turnout(connection, closed, text.version)
    assert counted.is_enough

    await here.slack.press(here.bob, "Settings")

    shown = all_text(await here.slack.view(here.bob))
    assert "It may use what you noted where it was asked in those words" in shown
    assert "it does not" not in shown
