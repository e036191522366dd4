# ruff: noqa: E501  (regular expressions read better unbroken)
"""What a model card has to say, section by section."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from octarine.evaluate.artefacts.inventory import Check, Files, Found

MIN_CARD_WORDS = 50
MIN_SECTION_WORDS = 6

_HEADING = re.compile(r"^(?:(#{1,6})[ \t]+(.+?)[ \t]*#*|(\S[^\n]{0,79})\n([=\-~^])\4{2,}[ \t]*)$", re.M)
_LABEL = re.compile(r"^[ \t]*[-*+]?[ \t]*(?:\*\*|__)([^*_\n]{2,60}?)[:.]?(?:\*\*|__)[:.]?", re.M)
_PLACEHOLDER = re.compile(
    r"\[?more information needed\]?|\bto be (?:done|added|written|completed|announced)\b|\bTBD\b|\bTODO\b|\bFIXME\b"
    r"|\bcoming soon\b|\blorem ipsum\b|\[insert[^\]]*\]|\{\{[^}]*\}\}|<your[^>]*>",
    re.I,
)
_CODE = re.compile(r"```.*?```", re.S)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Section:
    """Something that a card has to say: under a heading that matches ``headings``, in at least
    ``MIN_SECTION_WORDS`` words that are no placeholder, or in running text that matches ``phrases``.

    ``facts`` are metadata that say it as well.
    """

    name: str
    statement: str
    headings: str
    phrases: str
    facts: tuple[str, ...] = ()
    front_matter: str = ""


SECTIONS = (
    Section(
        "card.intended_use",
        "The card says what the model is meant for.",
        r"intended use|direct use|primary use|use cases?\b|intended purpose|^uses?$|how to use responsibly",
        r"\b(?:is|are) (?:intended|designed|meant|built) (?:for|to)\b|\bintended (?:use|for|to)\b",
    ),
    Section(
        "card.out_of_scope",
        "The card says what the model must not be used for.",
        r"out[- ]of[- ]scope|misuse|prohibited|unintended|not intended|restricted use|acceptable use|use restrictions",
        r"\b(?:is|are) not (?:intended|designed|meant|suitable) (?:for|to)\b|\b(?:should|must) not be used (?:for|to|in)\b"
        r"|\bout[- ]of[- ]scope\b",
    ),
    Section(
        "card.limitations",
        "The card states the model's limitations.",
        r"limitation|known issues|caveats|shortcomings|weaknesses",
        r"\b(?:known )?limitations? (?:of|include|are)\b|\bmay (?:not always be|produce|generate|contain) "
        r"(?:factually |incorrect|inaccurate|wrong|false|errors|biase)",
    ),
    Section(
        "card.bias",
        "The card addresses bias and fairness.",
        r"\bbias|fairness|stereotyp",
        r"\b(?:social |societal |gender |racial |cultural )?bias(?:es)? (?:present|in|of|that|towards?|against|from)\b"
        r"|\bbiased (?:content|outputs?|answers|responses)\b",
    ),
    Section(
        "card.risks",
        "The card names the risks of using the model.",
        r"\brisks?\b|harms?\b|hazards?|ethical considerations|safety considerations",
        r"\brisks? (?:of|include|are|that|when|associated)\b|\b(?:potentially |could be |may be )?harmful "
        r"(?:content|outputs?|uses?)\b",
    ),
    Section(
        "card.training_data",
        "The card describes the data that the model was trained on.",
        r"training data|training corpus|pre-?training data|datasets?\b|data sources|data mixture",
        r"\b(?:pre-?)?trained on\b[^.\n]{0,80}(?:tokens|corpus|corpora|dataset|data|documents|examples|text)",
        front_matter=r"^datasets\s*:",
    ),
    Section(
        "card.data_licence",
        "The card states the licence or the terms of the training data.",
        r"data(?:set)? licen[cs]|licen[cs]\w* of the (?:training )?data|data (?:terms|rights|provenance)",
        r"\b(?:training data|datasets?|corpus|corpora)\b[^.\n]{0,120}\b(?:licen[cs]\w*|public domain|CC[- ]BY|ODC-BY|copyright)"
        r"|\b(?:permissively |openly )licen[cs]ed (?:data|datasets?|text|code|corpora)\b",
    ),
    Section(
        "card.data_filtering",
        "The card says how the training data was cleaned and filtered.",
        r"filter|pre-?processing|data (?:cleaning|curation|preparation|quality)|curation",
        r"\b(?:filtered|de-?duplicated|cleaned|curated)\b",
    ),
    Section(
        "card.data_privacy",
        "The card says how personal data in the training data was treated.",
        r"privacy|personal (?:data|information)|\bPII\b|GDPR|data protection",
        r"\bpersonal(?:ly identifiable)? (?:data|information)\b|\bPII\b|\bprivate information\b|\banonymi[sz]ed\b",
    ),
    Section(
        "card.decontamination",
        "The card says whether evaluation data was kept out of the training data.",
        r"decontamination|contamination|data leakage|train[-/ ]?test overlap",
        r"\bdecontaminat\w+|\bcontaminat(?:ion|ed)\b|\b(?:benchmark|test|evaluation) (?:data|sets?|examples) "
        r"(?:was|were|are) (?:removed|excluded|kept out)",
    ),
    Section(
        "card.training_procedure",
        "The card describes how the model was trained.",
        r"training (?:procedure|process|details|hyperparameters|setup|regime|recipe)|^training$|pre-?training$",
        r"\b(?:learning rate|batch size|optimi[sz]er|AdamW?|training steps|epochs?|training tokens)\b",
    ),
    Section(
        "card.fine_tuning",
        "The card says how the model was fine-tuned or aligned, or that it was not.",
        r"fine[- ]?tun|instruction tuning|post[- ]?training|alignment|RLHF|preference|\bSFT\b|\bDPO\b",
        r"\bfine[- ]?tun\w+|\b(?:SFT|DPO|RLHF|PPO|RLAIF)\b|\binstruction[- ]tun\w+|\bbase model\b|\bnot (?:been )?aligned\b",
    ),
    Section(
        "card.architecture",
        "The card states the model's architecture.",
        r"architecture|model details|technical specifications|model structure",
        r"\b(?:transformer|decoder[- ]only|encoder[- ]decoder|mixture[- ]of[- ]experts|state[- ]space|llama architecture)\b",
        facts=("general.architecture",),
    ),
    Section(
        "card.size",
        "The card states the number of parameters.",
        r"parameter count|model size|number of parameters",
        r"\b\d+(?:\.\d+)?\s?(?:[MBT]\b|million|billion|trillion)(?:[- ](?:parameters?|params?|model))?|\bparameters\b",
        facts=("general.size_label", "general.parameter_count"),
    ),
    Section(
        "card.languages",
        "The card names the languages that the model handles.",
        r"languages?\b|multilingual",
        r"\b(?:primarily|mainly|mostly|only) (?:\w+ ){0,4}(?:English|in English)\b|\blanguages?\s*(?:\(s\))?\s*:|\bmultilingual\b"
        r"|\bsupports? (?:\w+ ){0,3}languages\b",
        facts=("general.languages",),
        front_matter=r"^language\s*:",
    ),
    Section(
        "card.evaluation",
        "The card reports evaluation results.",
        r"evaluation|benchmark|\bresults\b|performance|metrics",
        r"\b(?:scores?|achieves?|accuracy of|reaches)\b[^.\n]{0,60}\d",
        front_matter=r"^model-index\s*:",
    ),
    Section(
        "card.safety_testing",
        "The card says how the model's safety was tested.",
        r"safety (?:testing|evaluation|tests|assessment|results)|red[- ]?team|responsible ai|safety$",
        r"\bred[- ]?team\w*|\bsafety (?:evaluat\w+|test\w*|benchmarks?)\b|\btoxicity (?:evaluat\w+|benchmarks?|scores?)\b",
    ),
    Section(
        "card.oversight",
        "The card tells deployers which human oversight or safeguards to add.",
        r"oversight|recommendations?|mitigations?|safeguards?|guidance|deployment considerations|responsible use",
        r"\bhuman (?:oversight|review|in the loop)\b|\b(?:users|developers|deployers) (?:\w+ )?should\b|\bsafeguards?\b"
        r"|\bverify (?:important|any|the) (?:information|output)",
    ),
    Section(
        "card.environment",
        "The card states the energy, hardware or emissions of training.",
        r"environment|carbon|emissions?|energy|compute infrastructure|^hardware",
        r"\bCO2\b|\bcarbon (?:footprint|emissions?)\b|\bkWh\b|\b\d+\s?(?:x\s?)?(?:[AH]100|V100|TPU|GPUs?)\b",
    ),
    Section(
        "card.usage",
        "The card shows how to run the model.",
        r"how to (?:use|get started|run)|getting started|^usage|quick ?start|examples?$|inference",
        r"\bfrom_pretrained\(|\bpip install\b|\bollama run\b|\bllama-cli\b",
    ),
    Section(
        "card.prompt_format",
        "The card documents the prompt or chat format.",
        r"prompt (?:format|template)|chat (?:format|template)|input format",
        r"\bchat template\b|\bapply_chat_template\b|<\|im_start\|>|\[INST\]|\bsystem prompt\b",
    ),
    Section(
        "card.version",
        "The card states which version of the model it describes.",
        r"version|release notes|changelog|change log|revision",
        r"\bversion\s*:?\s*v?\d|\bv\d+(?:\.\d+)+\b|\brevision\s*:?\s*[0-9a-f]{7,}",
    ),
    Section(
        "card.date",
        "The card dates the model or its knowledge.",
        r"release date|model date|knowledge cut-?off|training dates?|history",
        r"\b(?:released|published|trained|updated|cut-?off)\b[^.\n]{0,40}\b(?:19|20)\d\d\b|\b(?:19|20)\d\d-\d\d-\d\d\b"
        r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\s+(?:\d{1,2},?\s+)?20\d\d\b"
        r"|\byear\s*=\s*\{?20\d\d",
    ),
    Section(
        "card.citation",
        "The card says how to cite the model.",
        r"citation|cite|bibtex|reference",
        r"@(?:misc|article|inproceedings|techreport|software)\s*\{|\barXiv:\s?\d{4}\.\d{4,5}|\bplease cite\b",
    ),
    Section(
        "card.contact",
        "The card names whom to contact.",
        r"contact|support|questions|feedback|authors?$|maintainers?|report (?:a|an|issues?|problems?)",
        r"[\w.+-]+@[\w-]+\.[\w.]+|\b(?:contact|reach) (?:us|the|me)\b|\b(?:open|file) an? (?:issue|discussion)\b",
        facts=("general.contact",),
    ),
    Section(
        "card.updates",
        "The card says how the model is maintained and how faults are reported.",
        r"maintenance|update policy|updates?$|support policy|deprecation|vulnerabilit|security policy|report (?:a|an|issues?)",
        r"\b(?:will (?:not )?be|is|are) (?:maintained|updated|supported|deprecated)\b|\breport (?:a |any )?(?:issues?|vulnerabilit\w+)\b",
    ),
    Section(
        "card.licence",
        "The card names the licence of the model.",
        r"licen[cs]e",
        r"\b(?:Apache(?:[- ]2\.0| License)|MIT Licen[cs]e|CC[- ]BY|BSD|GPL|OpenRAIL|Llama \d\S* Community)\b",
        front_matter=r"^license\s*:\s*\S",
    ),
)


def _present(files: Files) -> Found:
    if files.card is None:
        return Found(False, "no card: no README or model card among the files")
    count = len(_WORD.findall(files.card_text))
    return Found(count >= MIN_CARD_WORDS, f"the card has {count} words", files.card.name)


def _complete(files: Files) -> Found:
    if files.card is None:
        return Found(False, "no card")
    found = _PLACEHOLDER.search(_CODE.sub("", files.card_text))
    note = f"placeholder left in the card: {found[0]!r}" if found else "no placeholder left"
    return Found(found is None, note, files.card.name)


def _says(section: Section) -> Callable[[Files], Found]:
    headings = re.compile(section.headings, re.I)
    phrases = re.compile(section.phrases, re.I)
    front = re.compile(section.front_matter, re.I | re.M) if section.front_matter else None

    def run(files: Files) -> Found:
        for name in section.facts:
            if value := files.fact(name):
                return Found(True, f"metadata: {name} = {value[:80]}", name)
        if files.card is None:
            return Found(False, "no card")
        if front and (found := front.search(files.front_matter)):
            return Found(True, f"front matter: {found[0]}", files.card.name)
        return _in_text(files.card.name, files.card_text, headings, phrases)

    return run


def _in_text(name: str, text: str, headings: re.Pattern[str], phrases: re.Pattern[str]) -> Found:
    empty = ""
    for title, body in _sections(text):
        if headings.search(title):
            if len(_WORD.findall(_PLACEHOLDER.sub("", body))) >= MIN_SECTION_WORDS:
                return Found(True, f"section '{title}'", name)
            empty = title
    found = phrases.search(_PLACEHOLDER.sub("", text))
    if found:
        return Found(True, f"in the text: '{found[0][:80]}'", name)
    return Found(False, f"the section '{empty}' is empty" if empty else "the card does not say", name)


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Title and body of every heading; a body runs to the next heading of the same or a higher level."""
    text = _CODE.sub(lambda code: "\n".join("    " + line for line in code[0].splitlines()), text)
    heads = []
    for found in _HEADING.finditer(text):
        level = len(found[1]) if found[1] else 1 if found[4] == "=" else 2
        heads.append((level, (found[2] or found[3]).strip(" *_`"), found.start(), found.end()))
    for place, (level, title, _, start) in enumerate(heads):
        end = next((other[2] for other in heads[place + 1 :] if other[0] <= level), len(text))
        yield title, text[start:end]
    for found in _LABEL.finditer(text):
        end = text.find("\n", found.end())
        yield found[1].strip(), text[found.end() : end if end >= 0 else len(text)]


CHECKS = (
    Check("card.present", "The model comes with a card.", _present),
    Check("card.complete", "The card has no placeholder left in it.", _complete),
    *(Check(section.name, section.statement, _says(section)) for section in SECTIONS),
)
