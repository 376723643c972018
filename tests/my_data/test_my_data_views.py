"""The way to one's own data, letter by letter."""

from handlers import blocks as ui
from handlers.my_data import views
from tests.support.golden import Golden


def test_ones_own_data(golden: Golden) -> None:
    golden("my_data_settings", ui.home(views.settings()))
    golden("my_data_sent", views.sent())
