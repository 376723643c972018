"""What of the pulse is kept. Ballots stand apart from everything that names a person."""

from bot.pulse.store import ballots, rounds, tables, vaults

__all__ = ["ballots", "rounds", "tables", "vaults"]
