"""The paper's figures. Most pool Wikipedia with five language models, so they are no baseline of ours.

Source: Dhamala et al. 2021.
"""

from octarine.evaluate.benchmarks.frame import Published

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
