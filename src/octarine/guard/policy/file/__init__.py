"""Policies as YAML: reading with a place for every error, and writing."""
