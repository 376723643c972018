"""Tell failures that a member can fix from those that an operator must."""

import secrets
import traceback


class UserFacing(Exception):
    """Something the member can fix.

    `sentence` says what happened and what to do; they alone see it.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class OperatorFacing(Exception):
    """Something the operator must fix. The member is given an apology and `incident`.

    `permanent` means that trying again cannot help. `reason` is for logs: it never holds what a
    member wrote, a name or a token.
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        self.incident = secrets.token_hex(4)
        super().__init__(f"{reason} [incident {self.incident}]")
        self.reason = reason
        self.permanent = permanent


def origin_of(failure: BaseException) -> str:
    """Say where the failure arose: file, line and function, and no value of any variable."""
    frames = traceback.extract_tb(failure.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or list(frames)
    if not ours:
        return "unknown:0 <module>"
    last = ours[-1]
    return f"{'/'.join(last.filename.split('/')[-2:])}:{last.lineno} {last.name}"
