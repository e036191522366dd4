"""A model's files and metadata: what is there, and the checks of it that the governance samples name."""
