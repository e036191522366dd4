"""What lm-evaluation-harness (0.4) wrote: ``results_DATE.json`` and, beside it, ``samples_TASK_DATE.jsonl``.

The format is what ``lm_eval/loggers/evaluation_tracker.py`` and ``lm_eval/result_schema.py`` of 0.4.13 write
and describe; earlier 0.4 releases lack some fields, which are then not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from octarine.core.codec import Json
from octarine.core.errors import DataError
from octarine.evaluate.interop.imported import Answered, ForeignLog, Reported, SourceFile
from octarine.evaluate.interop.lm_eval_samples import read_samples, settings_of
from octarine.evaluate.interop.sources import is_number, number_of, source_file

TOOL = "lm-eval"
_DATE = re.compile(r"_(\d{4}-\d\d-\d\dT[\d.-]+)$")
_ABOUT = frozenset({"name", "alias", "sample_len", "sample_count"})
"""What stands among a task's metrics and is none."""
_NOTHING = ("N/A", " ", "")
_KEPT = ("model", "model_args", "gen_kwargs", "limit", "random_seed", "fewshot_seed", "model_revision")
_KEPT_OF_ALL = ("git_hash", "transformers_version", "chat_template_sha", "system_instruction_sha")


def is_results(data: Json) -> bool:
    """Whether a JSON value is what lm-eval writes as results, of any version."""
    return isinstance(data, dict) and isinstance(data.get("results"), dict) and "versions" in data


def read_results(path: Path, data: Mapping[str, Any]) -> list[ForeignLog]:
    """Every task and group of a results file, with samples where their file lies beside it.

    Raises:
        DataError: another version, or a metric that is no number: each is named.
    """
    version = str(data.get("lm_eval_version") or "")
    if (version and not version.startswith("0.4.")) or "configs" not in data:
        raise DataError(
            f"results of lm-eval {version or 'before 0.4'}",
            path=path,
            hint="Those of 0.4 can be read: run the tasks again with it.",
        )
    return [
        _log(path, data, task, metrics)
        for task, metrics in data["results"].items()
        if any("," in name for name in _table(metrics, task, path))
    ]


def _log(path: Path, data: Mapping[str, Any], task: str, metrics: Mapping[str, Any]) -> ForeignLog:
    samples = _samples_file(path, task)
    reported = tuple(_reported(path, data, task, metrics))
    names = {item.metric for item in reported}
    answers: tuple[Answered, ...] = read_samples(samples, task, names) if samples else ()
    found: list[SourceFile] = [source_file(file) for file in (path, samples) if file]
    config = _table(data.get("config") or {}, "config", path)
    shots = (data.get("n-shot") or {}).get(task)
    details = {name: config.get(name) for name in _KEPT} | {name: data.get(name) for name in _KEPT_OF_ALL}
    details |= {"n_shot": shots, "task_hash": (data.get("task_hashes") or {}).get(task)}
    return ForeignLog(
        tool=TOOL,
        tool_version=str(data.get("lm_eval_version") or "0.4"),
        task=task,
        task_version=str((data.get("versions") or {}).get(task, "")),
        model=_model(data, config),
        created=_created(data),
        files=tuple(found),
        settings=settings_of(samples),
        details={name: value for name, value in details.items() if value is not None},
        reported=reported,
        answers=answers,
    )


def _table(value: Any, name: str, path: Path) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise DataError(f"'{name}' is no object", path=path)
    return value


def _reported(
    path: Path, data: Mapping[str, Any], task: str, metrics: Mapping[str, Any]
) -> Iterator[Reported]:
    better = (data.get("higher_is_better") or {}).get(task) or {}
    counts = metrics.get("sample_count") or {}
    n = metrics.get("sample_len") or ((data.get("n-samples") or {}).get(task) or {}).get("effective")
    for key, value in metrics.items():
        name, _, filtered = key.partition(",")
        if key in _ABOUT or name.endswith("_stderr"):
            continue
        number = number_of(value)
        if number is None:
            if value in _NOTHING or is_number(value):  # not told, or NaN: there is no figure
                continue
            raise DataError(f"the metric '{key}' of '{task}' is no number: {value!r:.60}", path=path)
        error = metrics.get(f"{name}_stderr,{filtered}")
        yield Reported(
            label(name, filtered),
            number,
            stderr=None if error in _NOTHING else number_of(error),
            n=counts.get(key, n),
            higher_is_better=better.get(name),
        )


def label(metric: str, filtered: str) -> str:
    """A metric as it is named here: with its filter, unless it is ``none``."""
    return metric if filtered in ("", "none") else f"{metric},{filtered}"


def _samples_file(path: Path, task: str) -> Path | None:
    dated = _DATE.search(path.stem)
    file = path.with_name(f"samples_{task}_{dated[1]}.jsonl") if dated else None
    return file if file and file.is_file() else None


def _model(data: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """``lm-eval:SOURCE/NAME``; a model of no name gets a random one from lm-eval, which names nothing."""
    source = str(data.get("model_source") or config.get("model") or "unknown")
    return f"{TOOL}:{source}/{data['model_name']}" if data.get("model_name") else f"{TOOL}:{source}"


def _created(data: Mapping[str, Any]) -> str:
    date = number_of(data.get("date"))
    return datetime.fromtimestamp(date, UTC).isoformat(timespec="seconds") if date else ""
