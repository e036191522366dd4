"""Indirect injection: the request is an instruction in an ordinary text that the user asks about."""

from octarine.redteam.technique import Technique


def techniques() -> tuple[Technique, ...]:
    """Those of this group."""
    from octarine.redteam.structure.injection import (
        agents,
        listings,
        mail,
        pages,
        papers,
        software,
        web_data,
    )

    modules = (papers, listings, pages, web_data, mail, software, agents)
    return tuple(technique for module in modules for technique in module.TECHNIQUES)
