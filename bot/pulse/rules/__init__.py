"""Pure decisions of the pulse: what is asked, what may be published, when a round may open."""
