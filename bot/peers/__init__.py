"""Peer rounds: who meets whom, without repeats."""
