"""Claims, predictions and pages in FEVER's format, written for these tests."""

from __future__ import annotations

CLAIMS = [
    {
        "id": 1, "verifiable": "VERIFIABLE", "label": "SUPPORTS", "claim": "The heron is a bird.",
        "evidence": [[[9, 9, "Heron", 0]], [[9, 8, "Heron", 2], [9, 7, "Bird_-LRB-animal-RRB-", 0]]],
    },
    {
        "id": 2, "verifiable": "VERIFIABLE", "label": "REFUTES", "claim": "The heron is a fish.",
        "evidence": [[[9, 9, "Heron", 0]]],
    },
    {
        "id": 3, "verifiable": "NOT VERIFIABLE", "label": "NOT ENOUGH INFO", "claim": "Ada saw a heron.",
        "evidence": [[[9, None, None, None]]],
    },
]  # fmt: skip
GOOD = [
    {"id": 1, "predicted_label": "SUPPORTS", "predicted_evidence": [["Heron", 0]]},
    {"id": 2, "predicted_label": "REFUTES", "predicted_evidence": [["Heron", 5], ["Heron", 0]]},
    {"id": 3, "predicted_label": "NOT ENOUGH INFO", "predicted_evidence": []},
]
PAGES = [
    {
        "id": "Heron", "text": "",
        "lines": "0\tThe heron is a long-legged bird .\tbird\tBird\n1\t\n2\tIt wades .\n\twrapped link\n",
    },
    {"id": "Bird_-LRB-animal-RRB-", "text": "", "lines": "0\tBirds have feathers ."},
    {"id": "", "text": "", "lines": ""},
]  # fmt: skip
