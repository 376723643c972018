"""What is done about something that has fallen due."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.schedule.model import Due

AfterCommit = Callable[[], Awaitable[None]]
Duty = Callable[[AsyncConnection, Due, datetime], Awaitable[AfterCommit | None]]
"""What to do when something falls due, inside the claim's transaction.

It may return what must wait until that has committed (destroying keys, emptying a log).
"""
