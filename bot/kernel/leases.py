"""The time for which a process may hold a claim before others think it dead.

Each is longer than whatever is done under it can take: nothing may be done by two at once.
"""

from datetime import timedelta

OUTBOX = timedelta(seconds=90)
"""A message is rendered and posted within 30 s each, and looked up within 60 s."""
INBOX = timedelta(minutes=1)
ERRANDS = timedelta(minutes=2)
"""An attempt is a few calls to Slack of 15 s each."""
