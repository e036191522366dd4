"""The checks of a model's files and metadata, as declared data: a name, a statement, a function."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from octarine.evaluate.artefacts import card_sections, file_checks, integrity_checks, licence_checks
from octarine.evaluate.artefacts.inventory import Check

_CHECKS: tuple[Check, ...] = (
    *card_sections.CHECKS,
    *licence_checks.CHECKS,
    *file_checks.CHECKS,
    *integrity_checks.CHECKS,
)

CHECKS: Mapping[str, Check] = MappingProxyType({check.name: check for check in _CHECKS})
"""Every check by name."""

ARTEFACT_CHECKS: Mapping[str, str] = MappingProxyType({check.name: check.statement for check in _CHECKS})
"""Name → the statement that holds when the check passes. The judge ``artefact`` takes ``{"check": name}``."""
