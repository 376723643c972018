"""Pairing: who mentors whom, and who meets whom in peer rounds. It proposes; people decide."""
