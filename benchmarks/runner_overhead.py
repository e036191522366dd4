"""What the runner costs: CPU and memory a sample with a model that answers at once.

    python benchmarks/runner_overhead.py                  Octarine alone, 100,000 samples
    python benchmarks/runner_overhead.py --peers PYTHON   beside inspect-ai and lm-eval, 1,000 samples

PYTHON is an interpreter in whose environment `inspect-ai` and `lm-eval` are installed (an environment of
their own: they bring about a hundred packages). Every measurement is a process of its own; the marginal cost
is the slope between a small and a large run, so start-up is not in it. Figures are medians; on a noisy
machine compare the ratios, not the figures.

All do the same work: a one-sentence question, the answer "4.", an exact check, every sample stored. lm-eval
gets a model that does not sleep, as its own dummy does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SMALL = 100

OURS = """
import asyncio, sys
from octarine.core.content import Conversation
from octarine.core.dimensions import Dimension
from octarine.core.samples import Behaviour, Expectation, Sample
from octarine.evaluate import Benchmark, Job, Limits, evaluate
from octarine.models.scripted import ScriptedModel
from octarine.store import open_store

n = int(sys.argv[1])
samples = [
    Sample(f"s{i}", Conversation.user(f"What is {i} plus {i}?"),
           Expectation(Behaviour.COMPLY, "answer", {"accept": ["4"]}),
           Dimension.VERACITY_ROBUSTNESS, ("veracity_robustness.accurate",))
    for i in range(n)
]
benchmark = Benchmark("overhead", "1", "overhead", "none", lambda _languages=(): samples)
with open_store("results.sqlite") as store:
    found = asyncio.run(evaluate(ScriptedModel("4."), Job(benchmark, limits=Limits()), store))
score = found.scorecard.objective("veracity_robustness.accurate")
assert score is not None and score.n == n and score.estimate.value == 1.0, score
"""

INSPECT = """
import sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match

n = int(sys.argv[1])
def answers():
    while True:
        output = ModelOutput.from_content("mockllm/model", "4.")
        output.usage = ModelUsage(input_tokens=10, output_tokens=2, total_tokens=12)
        yield output
task = Task(dataset=[Sample(input=f"What is {i} plus {i}?", target="4") for i in range(n)],
            scorer=match(numeric=True))
logs = eval(task, model=get_model("mockllm/model", custom_outputs=answers()), display="none", log_dir="logs")
assert logs[0].status == "success", logs[0].error
assert logs[0].results.completed_samples == n
"""

LM_EVAL = """
import json, sys
from pathlib import Path
from lm_eval import simple_evaluate
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

n = int(sys.argv[1])
class Fast(LM):
    def generate_until(self, requests, disable_tqdm=False): return ["4."] * len(requests)
    def loglikelihood(self, requests, disable_tqdm=False): raise NotImplementedError
    def loglikelihood_rolling(self, requests, disable_tqdm=False): raise NotImplementedError
rows = [json.dumps({"q": f"What is {i} plus {i}?", "a": "4"}) for i in range(n)]
Path("rows.jsonl").write_text("\\n".join(rows))
Path("task.yaml").write_text('''
task: overhead
dataset_path: json
dataset_kwargs: {data_files: {test: rows.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{q}}"
doc_to_target: "{{a}}"
generation_kwargs: {until: ["\\\\n"], max_gen_toks: 8}
metric_list:
  - {metric: exact_match, regexes_to_ignore: ["[.]"]}
''')
found = simple_evaluate(model=Fast(), tasks=["overhead"], task_manager=TaskManager(include_path="."),
                        bootstrap_iters=0, log_samples=True)
Path("results.json").write_text(json.dumps(found, default=str))
assert found["results"]["overhead"]["exact_match,none"] == 1.0, found["results"]
"""


def measure(python: str, code: str, n: int) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak MB of one process."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "run.py").write_text(code, "utf-8")
        environment = dict(os.environ, INSPECT_DISPLAY="none", HF_HOME=folder)
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        environment |= dict.fromkeys(("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"), "1")
        watch = (
            "import json,resource,subprocess,sys,time;t=time.monotonic();"
            "p=subprocess.run(sys.argv[1:],capture_output=True,text=True);"
            "u=resource.getrusage(resource.RUSAGE_CHILDREN);"
            "print(json.dumps([p.returncode,u.ru_utime+u.ru_stime,time.monotonic()-t,u.ru_maxrss/1024,"
            "p.stderr[-2000:]]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", watch, python, "run.py", str(n)],
            cwd=folder, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
    code_, cpu, wall, rss, error = json.loads(done.stdout)
    if code_:
        raise SystemExit(f"the measured process failed:\n{error}")
    return cpu, wall, rss


def slope(python: str, code: str, n: int, times: int) -> dict[str, float]:
    """The marginal cost of a sample and the fixed cost, medians over ``times``."""
    small = [measure(python, code, SMALL) for _ in range(times)]
    large = [measure(python, code, n) for _ in range(times)]
    cpu_small, cpu_large = (statistics.median(run[0] for run in runs) for runs in (small, large))
    return {
        "n": n,
        "cpu_ms_per_sample": 1000 * (cpu_large - cpu_small) / (n - SMALL),
        "cpu_s_start": cpu_small,
        "wall_s": statistics.median(run[1] for run in large),
        "peak_mb": statistics.median(run[2] for run in large),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=100_000, help="samples for Octarine alone")
    parser.add_argument("--peers", metavar="PYTHON", help="interpreter with inspect-ai and lm-eval")
    parser.add_argument("--peer-n", type=int, default=1000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = {f"octarine ({arguments.n})": slope(sys.executable, OURS, arguments.n, 1)}
    if arguments.peers:
        plans = [("octarine", sys.executable, OURS), ("inspect-ai", arguments.peers, INSPECT),
                 ("lm-eval", arguments.peers, LM_EVAL)]  # fmt: skip
        for name, python, code in plans:
            rows[f"{name} ({arguments.peer_n})"] = slope(python, code, arguments.peer_n, arguments.times)
    else:
        print(
            "peers skipped: name an interpreter that has inspect-ai and lm-eval with --peers", file=sys.stderr
        )
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'':22}{'CPU ms/sample':>15}{'start CPU s':>13}{'wall s':>9}{'peak MB':>9}")
    for name, row in rows.items():
        print(
            f"{name:22}{row['cpu_ms_per_sample']:15.3f}{row['cpu_s_start']:13.2f}{row['wall_s']:9.1f}{row['peak_mb']:9.0f}"
        )


if __name__ == "__main__":
    main()
