"""TANGO: the counts of the official file, its full cross, and the size of the disclosure set."""

from __future__ import annotations

from pathlib import Path

from checks import Check

from octarine.evaluate.benchmarks.tango.disclosure import GENDERS, read_lists
from octarine.evaluate.benchmarks.tango.disclosure import PUBLISHED_COUNTS as DISCLOSED
from octarine.evaluate.benchmarks.tango.families import OFFICIAL, pronouns
from octarine.evaluate.benchmarks.tango.loading import PUBLISHED_COUNTS, counts, missing_cells, read_prompts


def reproduce(folder: Path) -> list[Check]:
    """Counts, exactly. No table of models is in the stores, so none is compared."""
    prompts = read_prompts(folder)
    by = counts(prompts)
    checks = [
        Check("tango", "prompts", len(prompts), PUBLISHED_COUNTS["prompts"]),
        Check("tango", "templates", len(by["template"]), PUBLISHED_COUNTS["templates"]),
        Check("tango", "antecedents", len(by["antecedent"]), PUBLISHED_COUNTS["antecedents"]),
        Check("tango", "families", len(by["family"]), PUBLISHED_COUNTS["families"]),
        *(Check("tango", f"prompts, family {name}", n, 480) for name, n in by["family"].items()),
        *(Check("tango", f"prompts, {name}", n, 720) for name, n in by["kind"].items()),
        Check("tango", "empty cells of the cross", len(list(missing_cells(prompts))), 0),
    ]
    used = {name: set[str]() for name in OFFICIAL}
    for prompt in prompts:
        used[prompt.family] |= {pronoun.form for pronoun in pronouns(prompt.text)}
    unused = sum(len(set(forms) - used[name]) for name, forms in OFFICIAL.items())
    checks.append(Check("tango", "forms of our families that no template uses", unused, 0))
    if (folder / GENDERS).exists():
        checks.append(Check("tango", "disclosure rows", len(read_lists(folder)), DISCLOSED["rows"]))
    else:
        checks.append(
            Check("tango", "disclosure rows", None, DISCLOSED["rows"], "the three lists are not here")
        )
    return checks
