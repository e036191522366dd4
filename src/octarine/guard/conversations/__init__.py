"""Conversations and answers through the guard, piece by piece."""
