"""Each pair of role and action: who reads and writes profiles, and who is told why not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, SlackUserId, WorkspaceId
from bot.people import store as people
from bot.people.permissions import NO_PROFILE, NOT_OF_THIS_GROUP, STRANGER
from bot.programme import store as programmes
from handlers.edge.answers import Answers
from handlers.edge.call import Call
from handlers.edge.dispatch import Listener
from handlers.profiles import listeners
from tests.support.draft_programme import Draft, draft_programme

ALLOWED = "This cannot be opened from here"
"""Said at the very end, since these calls bring no trigger along."""
SAVED = "saved"
LISTENERS: dict[str, Listener] = {
    "read": listeners.on_people,
    "open": listeners.on_open,
    "save": listeners.on_form,
    "wishes": listeners.on_wishes,
    "choose": listeners.on_wishes_form,
}


@pytest.fixture
async def here(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Draft]:
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=8) as draft:
        yield draft


async def said(
    here: Draft, who: str, action: str, value: str = "", *, workspace_id: str = "", **typed: Any
) -> str:
    """Do this as somebody would who makes up the request; the sentence that comes of it."""
    call = Call(
        workspace_id=WorkspaceId(workspace_id or here.workspace_id),
        slack_user_id=SlackUserId(who),
        client=AsyncWebClient(base_url=f"{here.slack.url}/api/"),
        value=value,
        answers=Answers({name: {"value": text} for name, text in typed.items()}),
    )
    try:
        await LISTENERS[action](call, here.slack.cairn.services)
    except UserFacing as refusal:
        return refusal.sentence
    return SAVED


async def group_of(here: Draft, who: str) -> GroupId:
    """The group in which somebody sits."""
    async with here.slack.cairn.database.reading() as connection:
        its = connection, here.workspace_id
        member = await people.member_by_slack_id(*its, SlackUserId(who))
        assert member
        group = await programmes.group_of(*its, here.programme.id, member.id)
    assert group
    return group.id


async def test_each_role_and_action(here: Draft) -> None:
    bob = here.cast.mentees[0]
    await here.approve()
    await here.slack.close(here.carol)
    await here.slack.advance(minutes=6)
    mentor, group = await here.mentor_of(bob), await group_of(here, bob)
    (other_mentor,) = set(here.cast.mentors) - {mentor}
    sit_with = {one: await here.mentor_of(one) for one in here.cast.mentees}
    colleague, pausing = [one for one, its in sit_with.items() if its == mentor and one != bob][:2]
    other_mentee, leaving = [one for one, its in sit_with.items() if its == other_mentor][:2]
    in_private = {who: await said(here, who, "read", group) for who in (bob, mentor)}
    await here.slack.advance(days=1)
    await here.slack.press(pausing, "Take a break", settings=True)
    form = await here.slack.view(pausing)
    await here.slack.submit(pausing, form["id"], {})
    await here.slack.press(leaving, "Leave the programme", settings=True)
    other_group = await group_of(here, other_mentee)

    own = (bob, mentor, pausing)
    rights: list[tuple[str, str, str]] = [
        *((who, f"read {group}", ALLOWED) for who in (bob, colleague, mentor, pausing)),
        *((who, f"read {group}", NOT_OF_THIS_GROUP) for who in (other_mentee, other_mentor)),
        *((who, f"read {other_group}", NOT_OF_THIS_GROUP) for who in (leaving, bob, mentor)),
        *((here.carol, f"read {one}", NOT_OF_THIS_GROUP) for one in (group, other_group)),
        *((bob, f"read {made_up}", NOT_OF_THIS_GROUP) for made_up in ("", "group_no", "|9")),
        *((who, action, ALLOWED) for who in own for action in ("open", "wishes")),
        *((who, action, SAVED) for who in own for action in ("save", "choose")),
        *(
            (who, action, NO_PROFILE)
            for who in (here.carol, leaving)
            for action in ("open", "save", "wishes", "choose")
        ),
        *(("U0MALLORY", action, STRANGER) for action in LISTENERS),
    ]
    for who, did, expected in rights:
        action, _, value = did.partition(" ")
        assert expected in await said(here, who, action, value), (who, did)
    for action in LISTENERS:
        elsewhere = await said(here, bob, action, group, workspace_id="T0OTHER")
        assert elsewhere == STRANGER
    assert set(in_private.values()) == {NOT_OF_THIS_GROUP}


async def test_words_that_nobody_would_read_are_refused_whatever_the_form_allowed(
    here: Draft,
) -> None:
    bob, alice = here.cast.mentees[0], here.cast.mentors[0]

    assert await said(here, bob, "save", about="x" * 1_000) == SAVED
    for text in ("x" * 1_001, "x" * 3_001):
        assert "Shorten this" in await said(here, bob, "save", about=text)
    assert "from 0 to 20" in await said(here, alice, "save", capacity="")
    assert await said(here, bob, "save", capacity="99") == SAVED, "a mentee is not asked for it"
