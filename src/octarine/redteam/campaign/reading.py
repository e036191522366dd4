"""From the store to the figures of a campaign."""

from __future__ import annotations

from octarine.core.results import Result
from octarine.redteam.campaign.figures import CampaignReport, Hit
from octarine.store import Store


def read_campaign(store: Store, id_or_prefix: str) -> CampaignReport:
    """The figures of a campaign, by its id, the beginning of it, or ``latest``; of one that was stopped, what
    there is so far.

    Raises:
        InputError: there is no such run, or it is no campaign.
    """
    raise NotImplementedError


def result_of(store: Store, hit: Hit) -> Result:
    """The result behind a hit, with its transcript: the sample's conversation (or the completion's
    ``exchange.turns``) and the answer."""
    raise NotImplementedError
