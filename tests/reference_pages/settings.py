"""The page of all settings, from `config/settings.py`."""

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from config.settings import Settings
from tests.reference_pages import markdown

INTRODUCTION = """\
Cairn reads them from the environment and from a file `.env` in its folder; the environment goes
first. Each may also be given as the path of a file that holds the value, under its name and
`_FILE`, as container platforms hand out secrets (`SLACK_BOT_TOKEN_FILE=/run/secrets/bot`).
Under systemd a credential `cairn_` and the name does the same
(`LoadCredential=cairn:/etc/cairn/secrets` makes them of a folder); the other two go before it."""
IN_THE_END = """\
A value that cannot be right is refused at the start, with a sentence that names the variable and
what to do. No secret is ever printed. What goes into `CONFIG_DIR` is in
[Bring your own frameworks](../how-to/bring-your-own-frameworks.md)."""


def page() -> str:
    """Write the page."""
    rows = [
        (f"`{name.upper()}`", _default(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    table = markdown.table(("Variable", "Default", "What it is"), rows)
    return markdown.page("Settings", INTRODUCTION, table, IN_THE_END)


def _default(field: FieldInfo) -> str:
    return "none" if field.default in (None, PydanticUndefined) else f"`{field.default}`"
