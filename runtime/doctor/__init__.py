"""The doctor: looks at this machine, the database, the keys and Slack, and changes nothing."""
