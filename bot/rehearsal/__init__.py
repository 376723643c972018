"""Count what a rehearsed programme would send, and copy the programme that is rehearsed."""
