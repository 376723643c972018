"""`PYTHONPATH=sandbox/src:sandbox/tests python -m tests.messages_page`: writes the page anew.

It writes docs/reference/messages.md and a picture of each message, form and part of Home into
docs/images/messages; pictures of what is gone are deleted. With `--new` only those that are missing
are drawn, and with `--text` none.
"""

import asyncio
import sys

from tests.messages_page.page import PAGE, entries, page, unknown
from tests.messages_page.pictures import draw

if __name__ == "__main__":
    if missing := unknown():
        sys.exit(f"tests/messages_page/table.py does not say for whom these are: {missing}")
    if "--text" not in sys.argv:
        asyncio.run(draw(entries(), only_new="--new" in sys.argv))
    PAGE.write_text(page(), encoding="utf-8")
