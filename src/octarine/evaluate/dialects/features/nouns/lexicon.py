"""Small word lists of our own: which nouns name people, masses, abstract things."""

from octarine.evaluate.dialects.wordlist import listed

PEOPLE = listed("""
    actor adult artist aunt author baby boss boy brother buddy chief child citizen client coach
    colleague cook cousin customer dad daughter doctor driver employee enemy engineer expert farmer
    father fellow fighter friend girl grandfather grandmother guest guy hero husband judge kid king lady
    lawyer leader lover maid man manager member mother neighbour neighbor nurse officer owner parent
    partner patient pilot player poet president priest prince prisoner queen resident sailor scholar
    scientist servant singer sister slave soldier son stranger student teacher teenager thief tourist
    uncle victim visitor waiter widow wife winner witness woman worker writer youth
""")
MASS = listed("""
    advice baggage bread butter cash clothing coffee equipment evidence feedback fruit fun furniture
    garbage grass hair homework housework information jewelry jewellery knowledge legislation luggage
    machinery mail milk money mud music news paper permission poetry progress research rice rubbish sand
    scenery slang software staff stationery sugar tea thunder traffic transport trash underwear
    vocabulary water weather wood work
""")
ABSTRACT = listed("""
    anger beauty belief birth bravery cancer chaos charity courage culture death democracy education
    energy envy evil experience faith fame fate fear freedom grief hate health history honesty honour
    honor hope humour hunger ignorance justice knowledge law liberty life logic love luck luxury malaria
    marriage memory nature pain patience peace philosophy pity poverty power pride progress religion
    science shame silence sin slavery society space success time trust truth violence virtue war wealth
    wisdom youth
""")
_ENDINGS = ("ness", "ity", "ism", "ship", "hood", "dom", "tion")


def abstract(noun: str) -> bool:
    """Whether a noun, in lower case, names something abstract."""
    return noun in ABSTRACT or (len(noun) > 6 and noun.endswith(_ENDINGS))
