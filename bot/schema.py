"""Every table of Cairn, gathered from the rooms' `tables` modules."""

import importlib
import pkgutil

import sqlalchemy as sa

import bot
from bot.kernel.database import metadata


def all_tables() -> sa.MetaData:
    """Import every `tables` module of the core and give what they defined."""
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        if module.name.rpartition(".")[2] == "tables":
            importlib.import_module(module.name)
    return metadata
