"""The way of a request through Cairn: checks, dispatch, answers, errors."""
