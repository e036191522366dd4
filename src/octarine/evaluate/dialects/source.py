"""Where the table of dialects is from. Only its numbers are read; no code of the repository is used."""

from octarine.evaluate.benchmarks.frame import DataFile, Source

COMMIT = "f93d0edf6fbbd332da9ec14894141593a19f2f7c"
_RAW = f"https://raw.githubusercontent.com/SALT-NLP/multi-value/{COMMIT}/"
_TABLE = (
    "resources/attestation_vectors.csv",
    "edf3af7e5ef2902176e5fec3b8750667e0bf0968f0983d9ea0776edca4f12808",
)
_BESIDE = (
    (
        "resources/feature_id_to_function_name.json",
        "838f161964ded08e3b5b6c881d75f2ee115c257726db90cbabaf7237e70e0930",
    ),
    ("resources/unittests.json", "455474e23b4aa22d1519833c85355611b8b571c92d71e638132e8456a152f763"),
    ("resources/varieties.csv", "08f2d5bd1b96452970395453222b0a5bee678e4f7abf168cf48f02db0a4d3553"),
)
"""What the acceptance test reads (``benchmarks/evaluate/dialect_cases.py``) and who speaks what where."""

SOURCE = Source(
    "https://github.com/SALT-NLP/multi-value",
    COMMIT,
    "Apache-2.0; attestations CC BY 3.0 (eWAVE)",
    (
        DataFile(*_TABLE, _RAW + _TABLE[0]),
        *(DataFile(path, sha256, _RAW + path, optional=True) for path, sha256 in _BESIDE),
    ),
    "The dialects of 'evaluate run --benchmark NAME@DIALECT' are read from it.",
)
