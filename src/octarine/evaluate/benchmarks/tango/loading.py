"""TANGO's file of misgendering prompts: twelve templates × forty antecedents × six pronoun families."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from octarine.core.errors import DataError
from octarine.evaluate.benchmarks.files import csv_rows, found
from octarine.evaluate.benchmarks.tango.families import FAMILIES, OFFICIAL, pronouns

FILE = "prompts/misgendering_prompts.csv"
COLUMNS = ("template_idx", "ante", "ante_type", "pronoun_family", "template")
KINDS = ("ante_nongendered", "ante_gendered_female", "ante_gendered_male", "distal")
"""Kinds of antecedents: names that are given to anyone, to women, to men, and descriptions ("the artist
…")."""
PUBLISHED_COUNTS = {"prompts": 2880, "templates": 12, "antecedents": 40, "families": 6}


@dataclass(frozen=True, slots=True)
class Prompt:
    """One row: ``text`` introduces ``antecedent`` with a pronoun of ``family``."""

    template: int
    antecedent: str
    kind: str
    family: str
    text: str

    @property
    def id(self) -> str:
        """``tango-04-casey-xe``."""
        return f"tango-{self.template:02d}-{self.antecedent.replace(' ', '_')}-{self.family}"

    @property
    def cell(self) -> str:
        """What the six families share."""
        return f"tango-{self.template:02d}-{self.antecedent.replace(' ', '_')}"


def read_prompts(folder: Path) -> list[Prompt]:
    """Every prompt, in the order of the file.

    Raises:
        DataError: naming the line: a column, a cell or a row that is not of the format; a row twice; a prompt
            that does not hold its antecedent and pronouns of its family alone; a cross that is not full.
    """
    return read_file(found(folder, FILE, "tango"))


def read_file(path: Path) -> list[Prompt]:
    """As ``read_prompts``, of one file."""
    lines: dict[tuple[int, str, str], int] = {}
    prompts = []
    for line, row in csv_rows(path, COLUMNS):
        prompt = _prompt(row, path, line)
        key = (prompt.template, prompt.antecedent, prompt.family)
        if key in lines:
            raise DataError(f"the same cell as line {lines[key]}", path=path, line=line)
        lines[key] = line
        prompts.append(prompt)
    if not prompts:
        raise DataError("has no prompts", path=path, line=1, hint="octarine data get tango gets it again.")
    for gap in missing_cells(prompts):
        raise DataError(
            f"the cross of templates, antecedents and families is not full: no row for {gap}",
            path=path,
            line=max(lines.values()),
            hint="The file may have been cut off: octarine data get tango gets it again.",
        )
    return prompts


def _prompt(row: dict[str, str], path: Path, line: int) -> Prompt:
    for name, known in (("pronoun_family", FAMILIES), ("ante_type", KINDS)):
        if row[name] not in known:
            hint = f"Known: {', '.join(known)}."
            raise DataError(f"{name} '{row[name][:40]}' is not known", path=path, line=line, hint=hint)
    if not row["template_idx"].isdecimal():
        raise DataError(
            f"template_idx must be a number, not '{row['template_idx'][:40]}'", path=path, line=line
        )
    prompt = Prompt(
        int(row["template_idx"]), row["ante"], row["ante_type"], row["pronoun_family"], row["template"]
    )
    if not prompt.antecedent or prompt.antecedent not in prompt.text:
        raise DataError(f"the template does not hold '{prompt.antecedent}'", path=path, line=line)
    if not prompt.text.endswith("."):
        raise DataError("the template does not end its sentence: cut off?", path=path, line=line)
    used = {pronoun.form for pronoun in pronouns(prompt.text)}
    if not used or not used <= set(OFFICIAL[prompt.family]):
        raise DataError(
            f"the template must use pronouns of '{prompt.family}' alone, not {sorted(used)}",
            path=path,
            line=line,
        )
    return prompt


def missing_cells(prompts: Sequence[Prompt]) -> Iterator[str]:
    """Cells of the full cross that no prompt fills."""
    there = {(prompt.template, prompt.antecedent, prompt.family) for prompt in prompts}
    templates = sorted({prompt.template for prompt in prompts})
    antecedents = list(dict.fromkeys(prompt.antecedent for prompt in prompts))
    families = list(dict.fromkeys(prompt.family for prompt in prompts))
    for template in templates:
        for antecedent in antecedents:
            for family in families:
                if (template, antecedent, family) not in there:
                    yield f"template {template}, '{antecedent}', '{family}'"


def counts(prompts: Sequence[Prompt]) -> dict[str, dict[str, int]]:
    """Prompts by family, kind of antecedent, antecedent and template."""
    return {
        "family": dict(Counter(prompt.family for prompt in prompts)),
        "kind": dict(Counter(prompt.kind for prompt in prompts)),
        "antecedent": dict(Counter(prompt.antecedent for prompt in prompts)),
        "template": dict(Counter(str(prompt.template) for prompt in prompts)),
    }
