"""Campaigns: techniques × the seeds that a model deflects. For models that you are entitled to test.

::

    report = await run_campaign(model, open_benchmark("octarine"), Asked(budget=2000), store)
    report.found, report.hits
"""

from octarine.redteam.campaign.design import Asked
from octarine.redteam.campaign.reading import campaigns, read_campaign, result_of
from octarine.redteam.campaign.session import Prepared, Tools, prepare, run_campaign

__all__ = [
    "Asked",
    "Prepared",
    "Tools",
    "campaigns",
    "prepare",
    "read_campaign",
    "result_of",
    "run_campaign",
]
