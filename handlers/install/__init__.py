"""Installing and uninstalling Cairn in workspaces."""
