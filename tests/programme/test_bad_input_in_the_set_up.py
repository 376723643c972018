"""What cannot be is a sentence, and nothing is half done."""

from bot.kernel.ids import WorkspaceId
from bot.programme import store
from bot.programme.model import Programme
from tests.programme.setting_up import (
    CAROL,
    CAST,
    home_text,
    import_pasted,
    press,
    set_up,
    slack,
)
from tests.support.workspace import SlackWorkspace, all_text

__all__ = ["slack"]


async def the_draft(slack: SlackWorkspace) -> Programme:
    async with slack.cairn.database.reading() as connection:
        workspace_id = WorkspaceId(slack.cairn.workspace_id)
        return (await store.programmes(connection, workspace_id))[0]


async def filled_in(slack: SlackWorkspace, **changed: object) -> tuple[dict[str, object], str]:
    """Open the form of a new programme and hand it in; the answer, and what Home then says."""
    await press(slack, CAROL, "people.begin")
    await import_pasted(slack, CAST.roster)
    await press(slack, CAROL, "programme.edit")
    usual: dict[str, object] = {
        "template": "term_12",
        "name": "Autumn",
        "starts_on": "2026-09-07",
        "channel": await slack.private_channel("mentoring-coordinators"),
    }
    answer = await slack.submit(CAROL, (await slack.view(CAROL))["id"], usual | changed)
    return answer, await home_text(slack, CAROL)


async def test_a_last_day_of_ones_own_is_kept_and_shown(slack: SlackWorkspace) -> None:
    _, home = await filled_in(slack, ends_on="2026-11-12")

    assert "10 weeks from Monday 7 September to Sunday 15 November" in home
    draft = await the_draft(slack)
    await slack.click(
        CAROL, "programme.edit", value=draft.id, view_id=(await slack.home(CAROL))["id"]
    )
    form = await slack.view(CAROL)
    end = next(one for one in form["blocks"] if one.get("block_id") == "ends_on")
    assert end["element"]["initial_date"] == "2026-11-15"


async def test_an_end_before_the_first_pulse_is_a_sentence(slack: SlackWorkspace) -> None:
    answer, home = await filled_in(slack, ends_on="2026-09-13")

    assert "It would end before its first pulse" in str(answer)
    assert "Set up the programme" in home


async def test_an_end_before_the_start_or_years_later_is_a_sentence(slack: SlackWorkspace) -> None:
    before, _ = await filled_in(slack, ends_on="2026-09-01")
    form = await slack.view(CAROL)
    answers = {"template": "term_12", "name": "Autumn", "starts_on": "2026-09-07"}
    channel = await slack.channel_id("mentoring-coordinators")

    later = answers | {"channel": channel, "ends_on": "2032-09-01"}
    far = await slack.submit(CAROL, form["id"], later)

    assert "This is before the first day" in str(before)
    assert "lasts at most 104 weeks" in str(far)
    assert "Set up the programme" in await home_text(slack, CAROL)


async def test_a_template_that_is_gone_is_said_and_another_chosen(slack: SlackWorkspace) -> None:
    await set_up(slack)
    templates = slack.cairn.services.catalogue.templates
    gone = templates.pop("term_12")  # type: ignore[attr-defined]
    try:
        await press(slack, CAROL, "programme.edit")
        assert "is not in Cairn's files any more" in all_text(await slack.view(CAROL))
    finally:
        templates["term_12"] = gone  # type: ignore[index]


async def test_a_first_day_that_passed_while_it_was_prepared_is_said(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)

    await slack.advance(days=14)

    home = await home_text(slack, CAROL)
    assert "The week of the first day has passed: choose another day." in home


async def test_a_channel_that_was_removed_is_a_sentence_beside_it(slack: SlackWorkspace) -> None:
    answer, home = await filled_in(slack, channel="C0GONE")

    assert "Cairn is not in this channel" in str(answer) or "Slack did not say" in str(answer)
    assert "Set up the programme" in home


async def test_who_lost_the_role_meanwhile_changes_nothing(slack: SlackWorkspace) -> None:
    await set_up(slack)
    await press(slack, CAROL, "people.coordinators")
    await slack.submit(CAROL, (await slack.view(CAROL))["id"], {"who": CAST.mentors[0]})
    await slack.submit(CAROL, (await slack.view(CAROL))["id"], {})
    alice = CAST.mentors[0]
    await press(slack, CAROL, "programme.hours")
    form = await slack.view(CAROL)
    await press(slack, alice, "people.list")
    await slack.submit(alice, (await slack.view(alice))["id"], {"member": CAROL})
    await slack.submit(alice, (await slack.view(alice))["id"], {"roles": ["mentor"]})

    await slack.submit(CAROL, form["id"], {"hours": "22-6"})

    assert "Only coordinators can do this" in all_text(await slack.view(CAROL))
    assert (await the_draft(slack)).quiet_from.hour == 20
