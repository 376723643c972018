"""A programme's own code of conduct: read, changed, accepted by its words, asked for once more."""

from dataclasses import replace

import sqlalchemy as sa

from bot.people.tables import conduct_acceptance, member_table
from tests.programme.setting_up import (
    ALICE,
    BOB,
    CAROL,
    accept,
    home_text,
    press,
    press_in_settings,
    set_up,
    slack,
)
from tests.support.workspace import SlackWorkspace, all_text, texts

__all__ = ["slack"]
OWN = {
    "introduction": "At St <Anna> we mentor each other & hold to this.",
    "promises": "- Keep what you hear in the group.\n\n• Leave patients out of what you write.",
}


async def open_text(slack: SlackWorkspace, user: str = CAROL) -> None:
    await press(slack, user, "programme.texts")
    await slack.click(user, "people.conduct_text", view_id=(await slack.view(user))["id"])


async def write(slack: SlackWorkspace, **changed: str) -> dict[str, object]:
    await open_text(slack)
    return await slack.submit(CAROL, (await slack.view(CAROL))["id"], OWN | changed)


async def test_a_coordinator_reads_the_usual_text_and_writes_their_own(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    assert "Done: the usual code of conduct" in await home_text(slack, CAROL)
    await open_text(slack)
    form = await slack.view(CAROL)
    assert "Mentors may have a duty to report" in all_text(form)
    assert "Night line" in all_text(form)

    await slack.submit(CAROL, form["id"], OWN)

    page = all_text(await slack.view(CAROL))
    assert "This is this programme's own text." in page
    assert "At St &lt;Anna&gt; we mentor each other &amp; hold to this." in page
    assert "Leave patients out of what you write." in page
    assert "Mentors may have a duty to report" in page
    assert "Done: your own code of conduct" in await home_text(slack, CAROL)
    await press(slack, BOB, "people.conduct")
    assert "At St &lt;Anna&gt;" in all_text(await slack.view(BOB))
    assert texts(await slack.messages(user=BOB)) == []


async def test_what_cannot_be_a_code_of_conduct_is_a_sentence(slack: SlackWorkspace) -> None:
    await set_up(slack)

    short = await write(slack, introduction="Be good.")
    nothing = await write(slack, promises=" \n - \n")
    many = await write(slack, promises="\n".join(["We keep what we hear to ourselves."] * 21))
    bare = await write(slack, promises="Kind.")
    marks = await write(slack, promises="We say & write: " + "&" * 900)

    assert "Write 20 to 600 characters" in str(short)
    assert "Write 1 to 20 promises" in str(nothing)
    assert "Write 1 to 20 promises" in str(many)
    assert "at least 8 characters for each promise" in str(bare)
    assert "Shorten this" in str(marks)
    assert "Done: the usual code of conduct" in await home_text(slack, CAROL)


async def test_what_somebody_accepted_stays_until_they_accept_other_words(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    await write(slack)
    await accept(slack, BOB)
    await write(slack, introduction="In our second year we hold to this as well.")
    page = await slack.view(CAROL)
    assert "1 person has accepted other words" in all_text(page)
    assert "Read the code of conduct" not in await home_text(slack, BOB)

    await slack.click(CAROL, "people.conduct_again", view_id=page["id"])
    preview = await slack.view(CAROL)
    assert "*1 person gets this message*" in all_text(preview)
    assert "has new words" in all_text(preview)
    assert texts(await slack.messages(user=BOB)) == []
    await slack.submit(CAROL, preview["id"], {})

    assert "has new words" in texts(await slack.messages(user=BOB))[-1]
    assert texts(await slack.messages(user=ALICE)) == []
    assert "The code of conduct has new words" in await home_text(slack, BOB)
    assert "1 of 5 have accepted" in await home_text(slack, CAROL)
    await press(slack, BOB, "people.conduct")
    changed = await slack.view(BOB)
    assert "*The words have changed since you accepted them" in all_text(changed)
    await slack.click(BOB, "people.conduct_accepted", view_id=changed["id"])
    assert "At St &lt;Anna&gt; we mentor" in all_text(await slack.view(BOB))

    await accept(slack, BOB)

    assert "has new words" not in await home_text(slack, BOB)
    await press_in_settings(slack, BOB, "people.conduct")
    assert "You accepted this on" in all_text(await slack.view(BOB))
    async with slack.cairn.database.reading() as connection:
        kept = (await connection.execute(sa.select(conduct_acceptance))).all()
        bob = sa.select(member_table.c.conduct_text).where(member_table.c.slack_user_id == BOB)
        last = (await connection.execute(bob)).scalar_one()
    assert len({one.digest for one in kept}) == 2
    assert last in {one.digest for one in kept}


async def test_words_that_changed_while_somebody_read_are_not_accepted(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    await press(slack, BOB, "people.conduct")
    read = await slack.view(BOB)
    await write(slack)

    answer = await slack.submit(BOB, read["id"], {"agree": ["yes"]})

    assert "The text has changed since you opened this" in str(answer)
    assert "0 of 5 have accepted" in await home_text(slack, CAROL)


async def test_two_coordinators_do_not_write_over_each_other(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await press(slack, CAROL, "people.coordinators")
    await slack.submit(CAROL, (await slack.view(CAROL))["id"], {"who": ALICE})
    await slack.submit(CAROL, (await slack.view(CAROL))["id"], {})
    await open_text(slack, ALICE)
    first = await slack.view(ALICE)
    await write(slack)

    answer = await slack.submit(ALICE, first["id"], OWN)

    assert "The text has changed since you opened this" in str(answer)


async def test_the_usual_text_comes_back_by_a_button(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await write(slack)

    page = await slack.view(CAROL)
    await slack.click(CAROL, "people.conduct_usual", view_id=page["id"])

    assert "This is the usual text." in all_text(await slack.view(CAROL))
    assert "Done: the usual code of conduct" in await home_text(slack, CAROL)


async def test_who_accepts_after_the_limits_in_the_files_have_changed_is_asked_no_more(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    await accept(slack, BOB)
    await write(slack)
    await slack.click(CAROL, "people.conduct_again", view_id=(await slack.view(CAROL))["id"])
    await slack.submit(CAROL, (await slack.view(CAROL))["id"], {})
    assert "has new words" in await home_text(slack, BOB)
    services = slack.cairn.services
    conduct = replace(services.catalogue.conduct, limits=("Mentors tell of danger to life.",))
    object.__setattr__(services, "catalogue", replace(services.catalogue, conduct=conduct))

    await accept(slack, BOB)
    await accept(slack, ALICE)

    assert "has new words" not in await home_text(slack, BOB)
    assert "has new words" not in await home_text(slack, ALICE)
