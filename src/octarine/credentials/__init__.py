"""Content credentials (C2PA): signed statements of who made a file, how, and from what.

::

    library.py       the C2PA library, kept off the network, and the kinds of file
    certificates.py  certificates for tests
    signer.py        who signs: a chain of certificates and a key, checked beforehand
    trust.py         whom the reader trusts
    manifest.py      what is stated
    marks.py         the watermark as a handle
    marking.py       the mark of a file that is to be signed
    signing.py       files signed
    verdict.py       what is said of a file, in words for people (data/problems.toml)
    reading.py       files verified
    recovery.py      credentials found again by the watermark
    telling.py       all of it in words, and as JSON values
"""

from octarine.credentials.certificates import TestCertificates, make_test_certificates
from octarine.credentials.manifest import Act, Source, Statement
from octarine.credentials.reading import verify
from octarine.credentials.recovery import Likeness, Recovered, Recovery, recover
from octarine.credentials.signer import Signer
from octarine.credentials.signing import Signed, sign
from octarine.credentials.trust import TrustList
from octarine.credentials.verdict import Ai, Manifest, Problem, State, Verdict

__all__ = [
    "Act",
    "Ai",
    "Likeness",
    "Manifest",
    "Problem",
    "Recovered",
    "Recovery",
    "Signed",
    "Signer",
    "Source",
    "State",
    "Statement",
    "TestCertificates",
    "TrustList",
    "Verdict",
    "make_test_certificates",
    "recover",
    "sign",
    "verify",
]
