"""The tools that ``speed.py`` measures: how each is imported, made ready and called.

Imports the standard library alone, for it runs in the environments of the others too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

TOKENS = (16, 64, 128, 256)
BATCH = 8


@dataclass(frozen=True)
class Inputs:
    """What is checked: texts of 400 characters and of 2,400, and expressions for tools that bring none.

    ``weights`` is a folder for Octarine's model tier, or None for those of the package.
    """

    texts: Sequence[str]
    long: Sequence[str]
    patterns: Sequence[str]
    weights: str | None


@dataclass(frozen=True)
class Task:
    """``call`` on each of ``items``; each holds ``texts`` texts."""

    call: Callable[[Any], object]
    items: Sequence[Any]
    texts: int = 1

    @property
    def bytes(self) -> int:
        """UTF-8 bytes of all items."""
        return sum(
            len(text.encode()) for item in self.items for text in ([item] if isinstance(item, str) else item)
        )


Builders = Mapping[str, Callable[[], Task]]


class Tool(Protocol):
    """Import it, make it ready, measure it. A builder that raises is skipped with the error's text."""

    package: str

    def imports(self) -> None: ...

    def ready(self) -> Callable[[str], object]: ...

    def tasks(self) -> Builders: ...


def ordinary(per_language: int) -> Iterator[tuple[str, str]]:
    """(400 characters, 2,400 characters) of the suite's ordinary requests, the languages in turn."""
    joined = []
    for path in sorted(Path(__file__).parents[2].glob("src/octarine/evaluate/suite/*/ordinary.jsonl")):
        _, *rows = path.read_text("utf-8").splitlines()
        joined.append(" ".join(json.loads(row)["prompt"] for row in rows))
    for index in range(per_language):
        for text in joined:
            at = 400 * index % (len(text) - 2400)
            yield text[at : at + 400], text[at : at + 2400]


def rule_patterns() -> list[str]:
    """The expressions of Octarine's rules in Python's syntax; none where the rules cannot be imported."""
    try:
        from octarine.guard.rules import builtin_rules
    except ImportError:
        return []
    point = re.compile(r"\\x\{([0-9A-Fa-f]+)\}")
    return [
        point.sub(lambda found: f"\\u{int(found[1], 16):04x}", rule.pattern)
        for rule in builtin_rules()
        if rule.pattern
    ]


def ordinary_inputs(per_language: int, weights: str | None) -> Inputs:
    """What every tool is given."""
    short, long = zip(*ordinary(per_language), strict=True)
    return Inputs(short, long, rule_patterns(), weights)


class Octarine:
    """Rule tier, model tier and both, with nothing cached between calls."""

    package = "octarine"

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs

    def imports(self) -> None:
        import octarine.guard.guard  # noqa: F401

    def ready(self) -> Callable[[str], object]:
        return self._guard("default")

    def tasks(self) -> Builders:
        texts = self.inputs.texts
        found: dict[str, Callable[[], Task]] = {
            "normalise": lambda: Task(self._normalise(), texts),
            "rules": lambda: Task(self._matcher().find, texts),
            "rule tier": lambda: Task(self._rule_tier(), texts),
            "engine, 1 MB": lambda: Task(self._matcher().find, [self._mixed()]),
            "engine, 1 MB, RE2 alone": lambda: Task(self._matcher("re2").find, [self._mixed()]),
        }
        found["tokenise, 64 tokens"] = lambda: Task(self._tokeniser().encode, self._cut(64))
        found["tokenise, 100 kB"] = lambda: Task(self._tokeniser().encode, [self._mixed()[:100_000]])
        for count in TOKENS:
            found[f"model tier, {count} tokens"] = lambda count=count: Task(self._score, self._cut(count))
        found[f"model tier, {BATCH} x 64 tokens"] = self._batches
        found["check_input, rules only"] = lambda: Task(self._guard("personal-data"), texts)
        found["check_input"] = lambda: Task(self._guard("default"), texts)
        found["check_input, seen before"] = lambda: Task(self._seen(), texts)
        return found

    def _normalise(self) -> Callable[[str], Any]:
        from octarine.guard.normalise import normalise

        return normalise

    def _matcher(self, engine: str = "auto") -> Any:
        from octarine.guard.rules import Matcher, builtin_rules

        return Matcher(builtin_rules(), engine)

    def _rule_tier(self) -> Callable[[str], object]:
        normalise, find = self._normalise(), self._matcher().find
        return lambda text: [find(view.text) for view in normalise(text).views]

    def _mixed(self) -> str:
        from engine import mixed_text

        return mixed_text(1_000_000, seed=7)

    def _classifier(self) -> Any:
        from octarine.guard.classifier import Classifier

        return Classifier.load(Path(self.inputs.weights) if self.inputs.weights else None)

    def _score(self, text: str) -> object:
        return self._loaded.score_inputs([text])

    def _cut(self, count: int) -> list[str]:
        """The long texts, each cut to ``count`` tokens with the two special ones; loads the classifier."""
        self._loaded = self._classifier()
        tokeniser = self._tokeniser()
        ends = [tokeniser.encode(text).offsets for text in self.inputs.long]
        if any(len(end) < count - 2 for end in ends):
            raise ValueError(f"a text of {len(self.inputs.long[0])} characters has fewer than {count} tokens")
        return [text[: end[count - 3][1]] for text, end in zip(self.inputs.long, ends, strict=True)]

    def _tokeniser(self) -> Any:
        from octarine.guard.classifier.classifier import packaged_weights
        from octarine.guard.classifier.tokeniser import Tokeniser

        folder = Path(self.inputs.weights) if self.inputs.weights else packaged_weights()
        return Tokeniser.read(folder / "tokenizer.json")

    def _batches(self) -> Task:
        texts = self._cut(64)
        items = [texts[at : at + BATCH] for at in range(0, len(texts) - BATCH + 1, BATCH)]
        return Task(self._loaded.score_inputs, items, BATCH)

    def _guard(self, policy: str, **options: int) -> Callable[[str], object]:
        from octarine.guard.guard import Guard
        from octarine.guard.policy import read_policy

        classifier = self._classifier() if self.inputs.weights and policy == "default" else None
        check: Callable[[str], object] = Guard(
            read_policy(policy), classifier, **({"cache": 0} | options)
        ).check_input
        return check

    def _seen(self) -> Callable[[str], object]:
        check = self._guard("default", cache=len(self.inputs.texts) * 8)
        for text in self.inputs.texts:
            check(text)
        return check


class RulesOnly(Octarine):
    """The same without the model tier, for its start alone."""

    def ready(self) -> Callable[[str], object]:
        return self._guard("personal-data")

    def tasks(self) -> Builders:
        return {}


class Presidio:
    """All recognisers that it registers for English and that need no model, on a blank spaCy pipeline."""

    package = "presidio-analyzer"

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs

    def imports(self) -> None:
        import presidio_analyzer
        import spacy  # noqa: F401

        self.module = presidio_analyzer

    def ready(self) -> Callable[[str], object]:
        import spacy
        import tldextract
        from presidio_analyzer.nlp_engine import SpacyNlpEngine

        # Otherwise the first e-mail address waits for a download.
        tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
        engine = SpacyNlpEngine()
        engine.nlp = {"en": spacy.blank("en")}
        registry = self.module.RecognizerRegistry(supported_languages=["en"])
        registry.load_predefined_recognizers(languages=["en"])
        registry.remove_recognizer("SpacyRecognizer")
        analyzer = self.module.AnalyzerEngine(
            registry=registry, nlp_engine=engine, supported_languages=["en"]
        )
        if not analyzer.analyze("Write to ana.quill@example.org", language="en"):
            raise RuntimeError("it finds no e-mail address")
        self.recognisers = len(analyzer.registry.recognizers)
        return lambda text: analyzer.analyze(text, language="en")

    def tasks(self) -> Builders:
        call = self.ready()
        return {f"{self.recognisers} recognisers": lambda: Task(call, self.inputs.texts)}


class LlmGuard:
    """Its rule scanners one by one and together, and its models where their weights are on this machine."""

    package = "llm-guard"

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs

    def imports(self) -> None:
        from llm_guard import input_scanners
        from llm_guard.util import configure_logger

        configure_logger("ERROR")
        self.scanners = input_scanners

    def ready(self) -> Callable[[str], object]:
        return self._together(
            [self._regex([r"Bearer [A-Za-z0-9-._~+/]+"]), self._words(), self.scanners.InvisibleText()]
        )

    def tasks(self) -> Builders:
        texts, scanners = self.inputs.texts, self.scanners
        patterns = self.inputs.patterns
        found: dict[str, Callable[[], Task]] = {
            "Regex (1) + BanSubstrings + InvisibleText": lambda: Task(self.ready(), texts),
            "BanSubstrings": lambda: Task(self._words().scan, texts),
            "InvisibleText": lambda: Task(scanners.InvisibleText().scan, texts),
            "Secrets": lambda: Task(scanners.Secrets().scan, texts),
            "PromptInjection (model)": lambda: Task(scanners.PromptInjection().scan, texts),
            "Toxicity (model)": lambda: Task(scanners.Toxicity().scan, texts),
        }
        if patterns:
            found[f"Regex (the {len(patterns)} patterns of Octarine)"] = lambda: Task(
                self._regex(patterns).scan, texts
            )
        return found

    def _regex(self, patterns: Sequence[str]) -> Any:
        return self.scanners.Regex(patterns=list(patterns), is_blocked=True, redact=True)

    def _words(self) -> Any:
        return self.scanners.BanSubstrings(substrings=["forbidden phrase", "another one", "and a third"])

    def _together(self, scanners: Sequence[Any]) -> Callable[[str], object]:
        from llm_guard import scan_prompt

        return lambda text: scan_prompt(list(scanners), text)


class Nemo:
    """One input rail with one Python action that looks for a phrase; no language model."""

    package = "nemoguardrails"
    colang = """
define subflow check words
  $allowed = execute check_words
  if not $allowed
    bot refuse to respond
    stop

define bot refuse to respond
  "I can't answer that."
"""
    config = "{models: [], rails: {input: {flows: [check words]}}}"

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs

    def imports(self) -> None:
        import nemoguardrails

        self.module = nemoguardrails

    def ready(self) -> Callable[[str], object]:
        import asyncio

        async def check_words(context: Mapping[str, str]) -> bool:
            return "forbidden phrase" not in context["user_message"]

        config = self.module.RailsConfig.from_content(colang_content=self.colang, yaml_content=self.config)
        rails = self.module.LLMRails(config)
        rails.register_action(check_words, "check_words")
        self.rails, self.run = rails, asyncio.new_event_loop().run_until_complete
        if self._check("a forbidden phrase").status.value != "blocked":
            raise RuntimeError("its rail does not block")
        return self._generate

    def _generate(self, text: str) -> Any:
        messages = [{"role": "user", "content": text}]
        return self.run(self.rails.generate_async(messages=messages, options={"rails": ["input"]}))

    def _check(self, text: str) -> Any:
        return self.run(self.rails.check_async([{"role": "user", "content": text}]))

    def tasks(self) -> Builders:
        self.ready()
        return {
            "one rail, generate": lambda: Task(self._generate, self.inputs.texts),
            "one rail, check": lambda: Task(self._check, self.inputs.texts),
        }


TOOLS: Mapping[str, Callable[[Inputs], Tool]] = {
    "octarine": Octarine,
    "octarine, rules only": RulesOnly,
    "presidio-analyzer": Presidio,
    "llm-guard": LlmGuard,
    "nemoguardrails": Nemo,
}
