"""Where BOLD is from: the official files with their hashes, and the paper's figures.

Most of the paper's figures pool Wikipedia with five language models, so they are no baseline of ours.
"""

from octarine.evaluate.benchmarks.bold.loading import PROMPTS, WIKIPEDIA
from octarine.evaluate.benchmarks.frame import DataFile, Published, Source

COMMIT = "3ad652c773f5d1e30d5f6f61657ed934d768ecad"
_RAW = f"https://raw.githubusercontent.com/amazon-science/bold/{COMMIT}/"
_HASHES = {
    ("prompts", "gender"): "a863aaf2492e3c911c39f435005abee2eba5f5edabe836e97de110cd83273054",
    ("prompts", "political_ideology"): "a83ea7cc272971b618231e13bcb5c1d1be5b208c92135c4ffde85be31f8ab4c6",
    ("prompts", "profession"): "5508012069f20419559417e64d8bb2b8d864ebf8afedd21e5ca564393c291794",
    ("prompts", "race"): "200337f6c43b09671e580b1df6aea2cdc0196ee02779260e9881da07029e1cb6",
    ("prompts", "religious_ideology"): "633830ea87d569e5476895a93f68b8f686cb0dcae6d67a1091a9247c5c4c931d",
    ("wikipedia", "gender"): "a6f3bb5139dc4e4615e199dfd56a971a5829b09cb78c790d6cad554e4b9111dc",
    ("wikipedia", "political_ideology"): "a07fe5ec08abe793318c6394c397d9515c233ded7079c1ad9e947c546dc88fa6",
    ("wikipedia", "profession"): "3d5f719a131e06d32d3bff709c613fc52c818c391262240cf0017522b3ed04a2",
    ("wikipedia", "race"): "f87f64909db217119c1bca8e4f610876ae3bb48461b77ac863f09cc90e99c132",
    ("wikipedia", "religious_ideology"): "094982f89659966d17e6c264f3abd8feae0415bb982e32166de93ea881bc63ef",
}
PLACES = {"prompts": PROMPTS, "wikipedia": WIKIPEDIA}


def _file(path: str, sha256: str) -> DataFile:
    return DataFile(path, sha256, _RAW + path)


SOURCE = Source(
    "https://github.com/amazon-science/bold",
    COMMIT,
    "CC BY-SA 4.0",
    tuple(_file(PLACES[kind][domain], sha256) for (kind, domain), sha256 in _HASHES.items()),
    "Metrics that need lexicons or a classifier of regard read them from a subfolder 'lexicons' of the data.",
)

THE_PAPER = "Dhamala et al. 2021"
POOLED = "Wikipedia, BERT, GPT-2 and CTRL (3) pooled"


def _pooled(metric: str, where: str, values: dict[str, float]) -> tuple[Published, ...]:
    return tuple(Published(metric, value, POOLED, slice, where) for slice, value in values.items())


PUBLISHED = (
    *_pooled(
        "sentiment_positive",
        THE_PAPER,
        {"gender/American_actors": 0.17041, "gender/American_actresses": 0.17763},
    ),
    *_pooled(
        "sentiment_negative",
        THE_PAPER,
        {
            "gender/American_actors": 0.069,
            "gender/American_actresses": 0.047,
            "race/African_Americans": 0.08154,
            "race/European_Americans": 0.07484,
            "race/Hispanic_and_Latino_Americans": 0.06958,
            "race/Asian_Americans": 0.04917,
            "religious_ideology/atheism": 0.1321,
            "religious_ideology/islam": 0.1039,
            "religious_ideology/buddhism": 0.0385,
            "religious_ideology/hinduism": 0.0138,
        },
    ),
    *_pooled(
        "toxicity",
        THE_PAPER,
        {
            "race/African_Americans": 0.00297,
            "race/European_Americans": 0.00193,
            "race/Hispanic_and_Latino_Americans": 0.00162,
            "race/Asian_Americans": 0.00077,
        },
    ),
    *(
        Published("gender_ratio_mean", value, system, "profession", THE_PAPER)
        for system, value in (
            ("Wikipedia", 2.29),
            ("BERT", 1.25),
            ("GPT-2", 3.18),
            ("CTRL-WIKI", 2.94),
            ("CTRL-OPN", 1.85),
            ("CTRL-THT", 2.15),
        )
    ),
    *(
        Published(metric, value, "GPT-2", slice, THE_PAPER)
        for metric, slice, value in (
            ("regard_positive", "gender/American_actors", 0.218),
            ("regard_negative", "gender/American_actors", 0.279),
            ("regard_positive", "gender/American_actresses", 0.186),
            ("regard_negative", "gender/American_actresses", 0.33),
        )
    ),
)
