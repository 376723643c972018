"""The core of Cairn. It knows no Slack, no settings and no scheduler."""
