"""Who may ask, what is on record, and what is counted."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from octarine.core.errors import OctarineError
from octarine.server.access import read_keys
from octarine.server.audit import text_hash, verify
from octarine.server.detection import DetectionConfig, DetectionPart
from octarine.server.metrics import Metrics
from tests.credentials.test_recovery import recoded
from tests.server.detection.running import MP4, PATH, application, key_files, left
from tests.server.guard.running import asked
from tests.watermark.pictures import KEY

RAW = {"content-type": "image/png"}
API_KEY = "0123456789abcdef"
AUDIT_KEY = b"a key for the audit log"


def keys():
    return read_keys(None, {"OCTARINE_SERVE_KEYS": f"fox: {API_KEY}"})


async def test_a_key_is_asked_for_where_there_are_any(tmp_path, picture):
    async with asked(application(tmp_path, keys=keys(), page=False)) as http:
        assert (await http.post(PATH, content=picture, headers=RAW)).status_code == 401
        given = {**RAW, "authorization": f"Bearer {API_KEY}"}
        assert (await http.post(PATH, content=picture, headers=given)).status_code == 200
        assert (await http.get("/watermark")).status_code == 404
    assert left(tmp_path) == []


async def test_pages_elsewhere_and_other_names_are_kept_out(tmp_path, picture):
    async with asked(application(tmp_path, hosts=("127.0.0.1",))) as http:
        foreign = {**RAW, "origin": "http://evil.example"}
        assert (await http.post(PATH, content=picture, headers=foreign)).status_code == 403
        named = {**RAW, "host": "evil.example"}
        assert (await http.post(PATH, content=picture, headers=named)).status_code == 403
        assert (
            await http.post("/watermark", files={"file": picture}, headers={"origin": "null"})
        ).status_code == 403


async def test_so_many_requests_at_a_time_of_one_key(tmp_path, picture):
    from octarine.server.limits import Limits

    app = application(tmp_path, keys=keys(), limits=Limits(per_key=1))
    with app._admission.admit("fox"):
        async with asked(app) as http:
            given = {**RAW, "authorization": f"Bearer {API_KEY}"}
            assert (await http.post(PATH, content=picture, headers=given)).status_code == 429


async def test_the_audit_log_holds_findings_and_neither_files_names_nor_keys(tmp_path, picture, video):
    video.go.set()
    log = tmp_path / "audit.jsonl"
    async with asked(application(tmp_path, audit=log, audit_key=AUDIT_KEY, keys=keys())) as http:
        key = {"authorization": f"Bearer {API_KEY}"}
        await http.post(PATH, files={"file": ("ann smith.png", picture)}, headers=key)
        await http.post(PATH, content=b"GIF89a", headers={**RAW, **key})
        await http.post(f"{PATH}?key={KEY.secret.hex()}", content=picture, headers={**RAW, **key})
        await http.post(f"{PATH}?wait=30", content=MP4, headers={"content-type": "video/mp4", **key})
    assert verify(log, AUDIT_KEY).problems == ()
    text = log.read_text("utf-8")
    assert not any(word in text for word in ("ann smith", KEY.secret.hex(), API_KEY, str(tmp_path), ".png"))
    found, unknown, refused, moving = map(json.loads, text.splitlines())
    assert found["file"] == text_hash(hashlib.sha256(picture).hexdigest(), AUDIT_KEY)
    told = {name: found[name] for name in ("key", "kind", "payload", "confidence", "outcome", "marks_of")}
    assert told == {
        "key": "fox", "kind": "picture", "payload": "0x5eed", "confidence": "high", "outcome": "answered",
        "marks_of": ["shop", "other"],
    }  # fmt: skip
    assert (unknown["outcome"], unknown["error"], unknown["status"]) == ("refused", "unknown_file", 415)
    assert (refused["error"], "file" in refused) == ("unknown_key", False)
    assert (moving["kind"], moving["confidence"]) == ("video", "high")


async def test_nothing_is_answered_that_is_not_on_record(tmp_path, picture):
    app = application(tmp_path, audit=tmp_path / "audit.jsonl")
    async with asked(app) as http:
        app.parts[0].service.recorder.audit.failure = "is full"
        answer = await http.post(PATH, content=picture, headers=RAW)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "audit_failing")
        assert (await http.get("/readyz")).status_code == 503


async def test_files_and_findings_are_counted(tmp_path, picture):
    async with asked(application(tmp_path)) as http:
        await http.post(PATH, content=picture, headers=RAW)
        await http.post(PATH, content=b"", headers=RAW)
        text = (await http.get("/metrics")).text
    assert 'octarine_detection_files_total{kind="picture",outcome="answered"} 1' in text
    assert 'octarine_detection_files_total{kind="unknown",outcome="refused"} 1' in text
    assert 'octarine_detections_total{confidence="high",kind="picture"} 1' in text
    assert f"octarine_detection_upload_bytes_total {len(picture)}" in text
    assert 'octarine_detection_jobs{kind="picture"} 0' in text


async def test_keys_are_read_again_and_broken_ones_change_nothing(tmp_path, picture):
    app = application(tmp_path)
    (_, shop), (_, other) = key_files(tmp_path)
    async with asked(app) as http:
        shop.write_text("nonsense", "utf-8")
        await app.reload()
        assert (await http.post(PATH, content=picture, headers=RAW)).json()["watermark"]["found"]
        shutil.copy(other, shop)
        await app.reload()
        assert not (await http.post(PATH, content=picture, headers=RAW)).json()["watermark"]["found"]


@pytest.mark.parametrize("files", [(), (("a", "none"),), (("a", "shop"), ("a", "other"))])
async def test_it_does_not_start_without_its_keys(tmp_path, files):
    key_files(tmp_path)
    named = tuple((name, tmp_path / path) for name, path in files)
    part = DetectionPart(DetectionConfig(named, folder=tmp_path))
    with pytest.raises(OctarineError):
        await part.start(Metrics(part.families))


async def test_recovered_credentials_come_with_the_answer(tmp_path, made, certificates):
    from PIL import Image

    stripped = tmp_path / "stripped.jpg"
    Image.open(made.path).convert("RGB").save(stripped, quality=90)
    config = {"store": made.url, "trust": (certificates.root,)}
    async with asked(application(tmp_path, **config)) as http:
        signed = await http.post(PATH, content=made.path.read_bytes(), headers=RAW)
        taken_off = await http.post(PATH, content=stripped.read_bytes(), headers=RAW)
    assert signed.json()["credentials"]["state"] == "trusted"
    assert signed.json()["credentials"]["ai_generated"] == "generated"
    told = taken_off.json()["credentials"]
    assert told["state"] == "none"
    (one,) = told["recovered"]
    assert (one["state"], one["likeness"], one["vouches_for"][:8]) == ("trusted", "changed", "the file")
    assert str(tmp_path) not in taken_off.text


async def test_a_video_without_a_name_leads_back_too(tmp_path, film):
    """Uploads lie on the disk under names that say nothing, and Matroska is no kind that is signed."""
    later = recoded(film.path, tmp_path / "later.mkv").read_bytes()
    headers = {"content-type": "video/x-matroska"}
    async with asked(application(tmp_path, store=film.url)) as http:
        answer = await http.post(PATH, params={"wait": "60"}, content=later, headers=headers)
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["credentials"]["recovered"]
    assert one["likeness"] == "changed"
