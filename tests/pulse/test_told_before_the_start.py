"""A coordinator reads which groups will have a result while groups can still be planned."""

from dataclasses import replace
from pathlib import Path

from bot.pulse.model import CellLevel
from handlers.pulse.form_views import before_the_start
from tests.support.draft_programme import draft_programme
from tests.support.workspace import all_text


async def test_home_says_before_the_start_that_small_groups_get_no_result(
    sqlite_template: Path, tmp_path: Path
) -> None:
    async with draft_programme(sqlite_template, tmp_path, mentors=2, mentees=8) as draft:
        before = all_text(await draft.slack.home(draft.carol))
        await draft.approve()
        await draft.slack.close(draft.carol)
        after = all_text(await draft.slack.home(draft.carol))
        template = draft.programme.template

    least, most = template.mentees_per_group_min, template.mentees_per_group_max
    assert "A group of fewer than six mentees gets no result of its own" in before
    assert f"Groups are planned with {least} to {most} mentees" in before
    assert "fewer than six mentees" not in after
    whole = replace(template, pulse_cell_level=CellLevel.PROGRAMME)
    assert "fewer than six people are asked" in all_text(before_the_start(whole))
