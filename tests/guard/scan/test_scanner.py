"""What the scanner says of a text before a decision."""

from octarine.guard.policy.loading import read_policy
from octarine.guard.scan.scanner import Scanner


def test_bytes_and_text_have_the_same_limit() -> None:
    policy = read_policy("personal-data")
    scanner = Scanner(policy, None)
    text = "a b, " * (policy.max_characters // 5) + "!"
    assert "long_text" in scanner.read(text).unscanned
    assert "long_text" in scanner.read(text.encode()).unscanned
    assert "long_text" not in scanner.read(text[:-1].encode()).unscanned
