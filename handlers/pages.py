"""Pages of a list that does not fit into one form."""


def nearest_page(page: int, count: int, size: int) -> int:
    """Give this page of `count` things, `size` on each, or the last there is. Pages count from 0.

    A list may have become shorter since a button led to its page.
    """
    return min(page, max(0, count - 1) // size)
