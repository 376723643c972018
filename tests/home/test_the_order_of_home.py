"""Home has its sections in one order, and leads to settings and to who sees what."""

from pathlib import Path

from handlers.capability import HomeSection
from handlers.register import CAPABILITIES
from tests.support.running_programme import running_programme
from tests.support.workspace import all_text


def test_whatever_a_programme_may_do_without_says_who_sees_it() -> None:
    assert [one.name for one in CAPABILITIES.every if one.optional and not one.privacy] == [
        "portfolio"  # it is made when asked for, and kept nowhere
    ]


async def test_home_is_in_order_and_leads_to_settings_and_to_who_sees_what(tmp_path: Path) -> None:
    async with running_programme(tmp_path) as here:
        home = await here.slack.home(here.bob)
        await here.slack.press(here.bob, "Settings")
        settings = all_text(await here.slack.view(here.bob))
        await here.slack.close(here.bob)
        await here.slack.press(here.bob, "Who sees what?")
        privacy = all_text(await here.slack.view(here.bob))

    headings = [one["text"]["text"] for one in home["blocks"] if one["type"] == "header"]
    assert headings[1:] == ["Now", "My path", "My people", "My goals", "My check-ins"]
    assert headings[2:] == [one for one in HomeSection if one in headings]
    for label in ("My profile", "Ask for another mentor", "Take a break", "Block somebody"):
        assert label in settings
        assert label not in all_text(home)
    assert "*Compass:* you alone." in privacy
    assert "In a crisis" in all_text(home)
    assert "A concern, or: please contact me" in all_text(home)
