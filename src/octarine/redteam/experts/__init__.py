"""What people and other tools found: brought in, shown, put to a model again, passed on."""

from octarine.redteam.experts.exporting import Exported, export
from octarine.redteam.experts.formats import Source, read_source
from octarine.redteam.experts.importing import Imported, Judges, import_findings, read_all
from octarine.redteam.experts.mapping import said as categories_said
from octarine.redteam.experts.masking import without_secrets
from octarine.redteam.experts.replaying import Replay, attack_of, replay
from octarine.redteam.experts.sampling import Options
from octarine.redteam.experts.showing import all_visible, row, standing, visible, whole
from octarine.redteam.experts.verdicts import is_confirmed, stands, works

__all__ = [
    "Exported",
    "Imported",
    "Judges",
    "Options",
    "Replay",
    "Source",
    "all_visible",
    "attack_of",
    "categories_said",
    "export",
    "import_findings",
    "is_confirmed",
    "read_all",
    "read_source",
    "replay",
    "row",
    "standing",
    "stands",
    "visible",
    "whole",
    "without_secrets",
    "works",
]
