"""Run the pulse: sealed ballots, release rules, and no link from a person to an answer.

Imports only the kernel, and no logging. Who is asked and who is told is decided in
bot/flows/pulse_rounds.py.
"""
