"""Inspect's own evaluation with a model that answers as a function of the prompt, offline."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any


def mock(answer: Callable[[str], str]) -> Any:
    """Inspect's mock, which counts its tokens with a file from the network unless it is told them."""
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    def said(messages: Any, *_: Any) -> Any:
        output = ModelOutput.from_content("mock", answer(messages[-1].text))
        output.usage = ModelUsage(input_tokens=7, output_tokens=3, total_tokens=10)
        return output

    return get_model("mockllm/model", custom_outputs=said, memoize=False)


def evaluated(task: Any, folder: Path, answer: Callable[[str], str], **options: Any) -> Any:
    """The log of ``inspect eval``, read back by Inspect."""
    from inspect_ai import eval as inspect_eval
    from inspect_ai.log import read_eval_log

    quiet = {"display": "none", "score_display": False, "log_realtime": False}
    logs = inspect_eval(task, model=mock(answer), log_dir=str(folder), **quiet, **options)
    log = read_eval_log(logs[0].location)
    gc.collect()  # what Inspect left open is told of here, and not in a later test
    return log
