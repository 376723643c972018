"""A programme at a glance: what needs a coordinator, the figures of a week, what comes next."""
