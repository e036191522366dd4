"""The same language in another script, or in another spelling of its own."""
