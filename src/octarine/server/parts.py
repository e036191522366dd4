"""What the parts of the application share: a service that is there from their start to their stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from octarine.server.audit import Audit
from octarine.server.metrics import Family
from octarine.server.refusals import busy

S = TypeVar("S")


class ServicePart(Generic[S]):
    """The beginning of a ``server.application.Part`` whose handlers share a service.

    Args:
        families: what it counts.
    """

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families
        self._service: S | None = None

    @property
    def families(self) -> Sequence[Family]:
        """What it counts."""
        return self._families

    @property
    def service(self) -> S:
        """What the handlers share.

        Raises:
            Refusal: 503, it has not started.
        """
        if self._service is None:
            raise busy("This server is starting or stopping.", code="not_ready")
        return self._service


def failing(audit: Audit | None) -> str:
    """Why nothing can be put on record; empty where it can."""
    return f"the audit log {audit.failure}" if audit is not None and audit.failure else ""
