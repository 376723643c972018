"""The web page of the sandbox: a small workspace in the browser."""
