"""Verbs."""

from __future__ import annotations

from octarine.evaluate.dialects.inflection.spelling import with_ed, with_ing, with_s

_TABLE = """
arise arose arisen; awake awoke awoken; be was been; bear bore borne; beat beat beaten; become became
become; begin began begun; bend bent bent; bet bet bet; bind bound bound; bite bit bitten; bleed bled bled;
blow blew blown; break broke broken; breed bred bred; bring brought brought; build built built; burn burned
burned; burst burst burst; buy bought bought; cast cast cast; catch caught caught; choose chose chosen;
cling clung clung; come came come; cost cost cost; creep crept crept; cut cut cut; deal dealt dealt; dig dug
dug; do did done; draw drew drawn; drink drank drunk; drive drove driven; eat ate eaten; fall fell fallen;
feed fed fed; feel felt felt; fight fought fought; find found found; flee fled fled; fly flew flown; forbid
forbade forbidden; forget forgot forgotten; forgive forgave forgiven; freeze froze frozen; get got got; give
gave given; go went gone; grind ground ground; grow grew grown; hang hung hung; have had had; hear heard
heard; hide hid hidden; hit hit hit; hold held held; hurt hurt hurt; keep kept kept; kneel knelt knelt; know
knew known; lay laid laid; lead led led; leave left left; lend lent lent; let let let; lie lay lain; light
lit lit; lose lost lost; make made made; mean meant meant; meet met met; mistake mistook mistaken; overcome
overcame overcome; pay paid paid; prove proved proven; put put put; quit quit quit; read read read; ride
rode ridden; ring rang rung; rise rose risen; run ran run; say said said; see saw seen; seek sought sought;
sell sold sold; send sent sent; set set set; sew sewed sewn; shake shook shaken; shed shed shed; shine shone
shone; shoot shot shot; show showed shown; shrink shrank shrunk; shut shut shut; sing sang sung; sink sank
sunk; sit sat sat; sleep slept slept; slide slid slid; sow sowed sown; speak spoke spoken; spend spent
spent; spin spun spun; spit spat spat; split split split; spread spread spread; spring sprang sprung; stand
stood stood; steal stole stolen; stick stuck stuck; sting stung stung; stink stank stunk; strike struck
struck; string strung strung; strive strove striven; swear swore sworn; sweep swept swept; swell swelled
swollen; swim swam swum; swing swung swung; take took taken; teach taught taught; tear tore torn; tell told
told; think thought thought; throw threw thrown; understand understood understood; undertake undertook
undertaken; undo undid undone; wake woke woken; wear wore worn; weave wove woven; weep wept wept; win won
won; wind wound wound; withdraw withdrew withdrawn; withstand withstood withstood; wring wrung wrung; write
wrote written; rewrite rewrote rewritten
"""
IRREGULAR = {row.split()[0]: tuple(row.split()[1:]) for row in _TABLE.replace("\n", " ").split(";")}
"""Base form → past tense, past participle."""


def irregular(base: str) -> bool:
    """Whether the past of a verb is in the table and not spelt with -ed."""
    return base in IRREGULAR and IRREGULAR[base][0] != with_ed(base)


def regular_past(base: str) -> str:
    """The past as a regular verb would have it (catch → catched)."""
    return with_ed(base)


def past(base: str) -> str:
    """The past tense (of ``be``: was)."""
    return IRREGULAR[base][0] if base in IRREGULAR else with_ed(base)


def participle(base: str) -> str:
    """The past participle."""
    return IRREGULAR[base][1] if base in IRREGULAR else with_ed(base)


def gerund(base: str) -> str:
    """The form in -ing."""
    return with_ing(base)


def third_person(base: str) -> str:
    """The present of the third person singular."""
    special = {"be": "is", "have": "has", "do": "does", "go": "goes"}
    return special.get(base) or with_s(base)


def present(base: str, subject: str, *, plural: bool) -> str:
    """The present that agrees with a subject, a pronoun in lower case or any other word."""
    if base == "be":
        return be_form(subject, plural=plural)
    return base if plural or subject in {"i", "you", "we", "they"} else third_person(base)


def be_form(subject: str, *, plural: bool, tense: str = "present") -> str:
    """am, is, are, was, were."""
    many = plural or subject in {"you", "we", "they"}
    if tense == "past":
        return "were" if many else "was"
    return "are" if many else "am" if subject == "i" else "is"
