"""A Slack workspace in a box: Web API, sockets, HTTP events, clock, faults, page."""
