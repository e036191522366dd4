"""Adapters of moderation services: each asks only the address that its name stands for, with a key from the
environment."""
