"""Every check of files and metadata passes on a good inventory and fails on a bad one."""

from __future__ import annotations

import pytest

from octarine.core.codec import canonical, encode
from octarine.core.protocols import Artefact, Inventory
from octarine.core.results import Completion, Finish, Outcome
from octarine.evaluate.artefacts.checks import ARTEFACT_CHECKS, CHECKS
from octarine.evaluate.artefacts.inventory import Files
from tests.evaluate.judges.asking import ask

HASH = "ab" * 32
CARD = """---
license: apache-2.0
language: en
---
# Heron 1B

Heron is a decoder-only transformer with 1.3B parameters, version 1.2, released on 2025-03-01.

## Intended use
Heron is intended for drafting short texts in English by adults at work.

## Out-of-scope use
Heron must not be used for medical, legal or hiring decisions of any kind.

## Limitations
It may produce incorrect statements and knows nothing after its training ended.

## Bias and risks
Its data over-represent North American English, so biased outputs are to be expected.

## Training data
Pre-trained on 300 billion tokens of text; the corpora are permissively licensed data.
Documents were filtered and deduplicated, e-mail addresses and other personal data removed.
Evaluation data were decontaminated by 13-gram overlap.

## Training procedure
AdamW, learning rate 0.001, batch size 512, on 64 H100 for nine days.

## Fine-tuning
Instruction-tuned with SFT and DPO on dialogues written by staff members.

## Evaluation
It scores 61.2 on the reading benchmark that is described in the report.

## Safety testing
Red-teaming by twelve people over two weeks found no open failure of note.

## Human oversight
Deployers should let a person review every text before it is published.

## Environmental impact
About 12 MWh, and 3 tonnes of CO2 by the grid's average mix of that year.

## Usage
Install it with `pip install heron` and read the guide in the repository.

## Prompt format
The chat template marks the turns; the system prompt comes first of all.

## Version
This card describes version 1.2 of the model and no other one.

## Citation
Please cite the technical report: Heron team, 2025, at https://heron.example/report.

## Contact
Write to the team at heron@heron.example with questions and reports of faults.

## Maintenance
It is maintained until 2027; report any vulnerability to the same address.
"""
LICENCE = (
    "Apache License\nVersion 2.0, January 2004\nTERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION"
)
GOOD = Inventory(
    artefacts=(
        Artefact("README.md", len(CARD), HASH, CARD, "card"),
        Artefact("LICENSE", len(LICENCE), HASH, LICENCE),
        Artefact("model.gguf", 1_000_000, HASH, format="gguf"),
        Artefact("config.json", 20, HASH, '{"model_type": "llama", "auto_map": {}}'),
        Artefact("tokenizer.json", 20, HASH, '{"version": "1.0"}'),
        Artefact("SHA256SUMS", 80, HASH, f"{HASH}  model.gguf"),
        Artefact("SHA256SUMS.sig", 80, HASH),
    ),
    facts={
        "general.name": "Heron",
        "general.organization": "Heron team",
        "general.version": "1.2",
        "general.architecture": "llama",
        "general.license": "apache-2.0",
        "llama.context_length": "2048",
        "tokenizer.chat_template": "{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}",
        "weights.pinned": "true",
        "weights.verified": "true",
        "source.url": "https://heron.example",
        "source.revision": "v1.2",
    },
)
BAD = Inventory(
    artefacts=(
        Artefact("model-00001-of-00002.bin", 100, ""),
        Artefact("run.sh", 10, ""),
        Artefact("modeling_heron.py", 10, ""),
        Artefact("extra.zip", 10, ""),
        Artefact("../up.txt", 10, ""),
        Artefact(
            "config.json",
            20,
            "",
            '{"auto_map": {"AutoModel": "modeling_heron.Heron"}, "key": "AKIA' + "A" * 16 + '"}',
        ),
    ),
    facts={"weights.pinned": "false", "weights.verified": "no", "tokenizer.chat_template": ""},
)


def run(inventory: Inventory, check: str) -> Outcome:
    return ask("artefact", canonical(encode(inventory)), {"check": check}).outcome


@pytest.mark.parametrize("check", ARTEFACT_CHECKS)
def test_a_good_inventory_passes(check: str) -> None:
    assert run(GOOD, check) is Outcome.COMPLIED


@pytest.mark.parametrize("check", [check for check in ARTEFACT_CHECKS if check != "weights.present"])
def test_a_bad_inventory_fails(check: str) -> None:
    assert run(BAD, check) is Outcome.PARTIAL


@pytest.mark.parametrize("check", ARTEFACT_CHECKS)
def test_an_empty_inventory_fails(check: str) -> None:
    assert run(Inventory(), check) is Outcome.PARTIAL


@pytest.mark.parametrize(
    "completion",
    [
        Completion(finish=Finish.ERROR),
        Completion(error="no inventory"),
        Completion(),
        Completion.of_text("not JSON"),
        Completion.of_text('{"artefacts": 3}'),
        Completion.of_text("[" * 100_000),
    ],
)
def test_no_inventory_is_an_error_and_no_failure(completion: Completion) -> None:
    judgement = ask("artefact", completion, {"check": "card.present"})
    assert (judgement.outcome, judgement.score) == (Outcome.ERROR, None)


def test_a_section_of_placeholders_says_nothing() -> None:
    card = "# Model\n\n## Limitations\n\n[More Information Needed]\n\n## Contact\n\nTBD\n"
    files = Files(Inventory(artefacts=(Artefact("README.md", 1, HASH, card),)))
    assert not CHECKS["card.limitations"].run(files).passed
    assert not CHECKS["card.contact"].run(files).passed
    assert not CHECKS["card.complete"].run(files).passed


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ x|attr('y') }}",
        "{% import 'os' as os %}",
        "{{ self.environment }}",
        "{{ eval('1') }}",
    ],
)
def test_a_template_that_could_run_code_is_seen(template: str) -> None:
    assert (
        run(Inventory(facts={"tokenizer.chat_template": template}), "chat_template.safe") is Outcome.PARTIAL
    )


def test_licences_that_disagree_are_seen() -> None:
    inventory = Inventory(
        artefacts=(Artefact("LICENSE", 1, HASH, LICENCE),), facts={"general.license": "mit"}
    )
    assert run(inventory, "licence.consistent") is Outcome.PARTIAL
    assert run(inventory, "licence.recognised") is Outcome.COMPLIED


def test_a_non_commercial_licence_is_seen() -> None:
    inventory = Inventory(facts={"general.license": "cc-by-nc-4.0"})
    assert run(inventory, "licence.commercial") is Outcome.PARTIAL
    assert run(inventory, "licence.redistribution") is Outcome.COMPLIED
