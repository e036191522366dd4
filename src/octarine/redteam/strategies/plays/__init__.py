"""The strategies of ours, one a file."""
