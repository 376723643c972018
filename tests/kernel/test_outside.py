"""Long work leaves the event loop free, in a thread or in a process of its own."""

import asyncio
import os
import signal
from functools import partial

import pytest

from bot.kernel.errors import UserFacing
from bot.kernel.outside import LARGE, work_out


def process_id(*, plus: int = 0) -> int:
    return os.getpid() + plus


def ignores_ctrl_c() -> bool:
    return signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def refuse() -> None:
    raise UserFacing("Choose somebody else.")


async def test_a_usual_workspace_needs_no_process_of_its_own() -> None:
    assert await work_out(LARGE, partial(process_id, plus=1)) == os.getpid() + 1


async def test_a_large_one_is_worked_out_in_a_process_of_its_own() -> None:
    assert await work_out(LARGE + 1, process_id) != os.getpid()


@pytest.mark.parametrize("people", [1, LARGE + 1])
async def test_what_it_tells_a_member_comes_back(people: int) -> None:
    with pytest.raises(UserFacing) as told:
        await work_out(people, refuse)

    assert told.value.sentence == "Choose somebody else."


async def test_the_terminals_ctrl_c_is_left_to_the_process_that_asked() -> None:
    assert await work_out(LARGE + 1, ignores_ctrl_c)


async def test_two_at_once_are_not_in_each_others_way() -> None:
    both = await asyncio.gather(*(work_out(LARGE + 1, process_id) for _ in range(2)))

    assert len(set(both)) == 2
