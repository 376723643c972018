"""Rehearsing a programme that is prepared, for its coordinators."""

import random
import time
from functools import partial

from bot.rehearsal.model import Rates
from bot.rehearsal.source import copy_draft
from handlers.blocks import View
from handlers.edge.answers import WrongAnswer, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.files import send_files
from handlers.edge.services import Services
from handlers.rehearsal import views

SEEDS = 1_000_000
DRAWN_EVERY_S = 3.0
"""How often the progress is drawn anew at most: Slack takes some hundred views a minute."""


def register(edge: Edge) -> None:
    """Add the listeners of rehearsals."""
    edge.action("rehearsal.open", on_open)
    edge.view("rehearsal.form", on_form)


async def on_open(call: Call, services: Services) -> None:
    """Ask how many of a hundred do what they are asked."""
    await services.coordinator(call)
    await call.show(views.form())


async def on_form(call: Call, services: Services) -> None:
    """Play the programme, and show what everybody would get."""
    response = whole_number(call.answers.choice("response"), most=100)
    if response is None:
        raise WrongAnswer(response="Choose one of these.")
    work = partial(_rehearse, call, services, Rates.of(response))
    await see_through(call, work, meanwhile=views.under_way(0.0, ""))


async def _rehearse(call: Call, services: Services, rates: Rates) -> View:
    coordinator = await services.coordinator(call)
    async with services.database.reading() as connection:
        asked = await copy_draft(
            connection,
            call.workspace_id,
            by=coordinator.id,
            rates=rates,
            seed=random.randrange(SEEDS),  # noqa: S311 - decides who would do what
            now=services.clock.now(),
        )
    drawn_at = time.monotonic()

    async def told(share: float, month: str) -> None:
        nonlocal drawn_at
        if call.acked and time.monotonic() - drawn_at > DRAWN_EVERY_S:
            drawn_at = time.monotonic()
            await call.update(views.under_way(share, month), view_id=call.view_id)

    summary = await services.rehearse(asked, told)
    await send_files(call, {views.FILE: summary.page}, comment=views.sent(summary))
    return views.result(summary)
