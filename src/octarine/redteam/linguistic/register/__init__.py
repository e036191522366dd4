"""The same language as other people speak or write it."""
