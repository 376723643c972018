"""`python -m tests.reference_pages`: writes generated pages anew.

They are the pages of docs/reference that `tests/reference_pages/pages.py` lists.
"""

from tests.reference_pages.pages import FOLDER, PAGES

if __name__ == "__main__":
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), encoding="utf-8")
