"""News of channels, letter by letter."""

from dataclasses import replace

from handlers.channels import views
from tests.support.cast import BOB, GROUP
from tests.support.golden import Golden

IN_SLACK = replace(GROUP, slack_channel="C0GROUP")


def test_news_of_channels(golden: Golden) -> None:
    golden("channel_shut", views.shut(IN_SLACK, why="is_archived", may_reopen=True))
    golden("channel_shut_mentor", views.shut(IN_SLACK, why="is_archived", may_reopen=False))
    golden("channel_share_waits", views.share_waits())
    why = "user_is_restricted"
    golden("channel_refused", views.refused(BOB, IN_SLACK, why=why, place="place_1"))
    golden("channel_left", views.left(BOB, IN_SLACK, place="place_1"))
