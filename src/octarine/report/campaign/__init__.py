"""A campaign of the red team as one HTML file."""

from octarine.report.campaign.page import write

__all__ = ["write"]
