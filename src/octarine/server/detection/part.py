"""Detection's part of the application: its routes, what they need, and files on their way to a job."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from octarine.core.errors import InputError, OctarineError
from octarine.credentials import TrustList
from octarine.server.application import Route
from octarine.server.audit import Audit
from octarine.server.detection import schemas
from octarine.server.detection.asking import Asked, read_asked
from octarine.server.detection.config import DetectionConfig, Keyring
from octarine.server.detection.jobs import OVER, Job, Jobs
from octarine.server.detection.kinds import Kind, kind_of
from octarine.server.detection.looking import Looker
from octarine.server.detection.records import FAMILIES, Record, Recorder
from octarine.server.detection.upload import Upload, receive
from octarine.server.exchange import Exchange
from octarine.server.metrics import Metrics
from octarine.server.parts import ServicePart, failing
from octarine.server.refusals import Refusal
from octarine.server.uploads import Places

log = logging.getLogger("octarine.server")
PATH = "/v1/watermark/detect"


class DetectionPart(ServicePart["Service"]):
    """See ``server.application.Part``."""

    def __init__(self, config: DetectionConfig) -> None:
        super().__init__(FAMILIES)
        self.config = config
        self._folder: Path | None = None

    def routes(self) -> Iterable[Route]:
        """What it answers."""
        yield Route("POST", PATH, self._detect, about=schemas.DETECT)
        yield Route("GET", "/v1/jobs/{id}", self._job, about=schemas.JOB_SHOWN)
        yield Route("DELETE", "/v1/jobs/{id}", self._end_job, about=schemas.JOB_ENDED)
        if self.config.page:
            from octarine.server.detection.page import DetectionPage

            yield from DetectionPage(self).routes()

    async def start(self, metrics: Metrics) -> None:
        """Read the keys and open what is needed.

        Raises:
            OctarineError: a key file or a certificate cannot be read; the audit log cannot be written.
        """
        config = self.config
        looker = await asyncio.to_thread(_looker, config)
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="octarine-uploads-", dir=config.folder))
        except OSError as error:
            raise InputError(f"uploads cannot be written to {config.folder}: {error.strerror}") from None
        audit = Audit(config.audit, config.audit_key, log.error) if config.audit else None
        self._service = Service(looker, Recorder(metrics, audit), self._folder)

    async def stop(self) -> None:
        """Let go of everything; what was not looked at is deleted."""
        service, self._service = self._service, None
        if service is not None:
            service.jobs.close()
            if service.recorder.audit is not None:
                await asyncio.to_thread(service.recorder.audit.close)
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def reload(self) -> None:
        """Read keys and trust again; what cannot be read changes nothing."""
        try:
            self.service.looker = await asyncio.to_thread(_looker, self.config)
        except OctarineError as error:
            log.error("the watermark keys were not read again, those before stay in force: %s", error)

    def unready(self) -> str:
        """Why it cannot serve; empty where it can."""
        if self._service is None:
            return "detection has not started"
        return failing(self._service.recorder.audit)

    async def _detect(self, exchange: Exchange) -> None:
        """The answer; for a video that takes longer than the client waits, a job."""
        service = self.service
        job, asked = await service.begin(exchange)
        patience = asked.wait if job.lane == Kind.VIDEO else None
        try:
            async with asyncio.timeout(patience) as waiting:
                await exchange.while_there(job.over.wait())
        except TimeoutError:
            if not waiting.expired():
                service.jobs.drop(job)
                raise
            exchange.notes["location"] = f"/v1/jobs/{job.id}"
            await exchange.reply_json(job_row(job), 202)
            return
        except BaseException:
            service.jobs.drop(job)
            raise
        service.jobs.drop(job)
        await exchange.reply_json(job.result.answer)

    async def _job(self, exchange: Exchange) -> None:
        job = self.service.jobs.find(exchange.parameters["id"], exchange.holder)
        await exchange.reply_json(job_row(job))

    async def _end_job(self, exchange: Exchange) -> None:
        jobs = self.service.jobs
        job = jobs.find(exchange.parameters["id"], exchange.holder)
        jobs.drop(job)
        await exchange.reply_json(job_row(job))


class Service:
    """What looks at files, the jobs, and the records of what was said.

    Args:
        folder: where uploads lie.
    """

    def __init__(self, looker: Looker, recorder: Recorder, folder: Path) -> None:
        config = looker.config
        self.looker = looker
        self.recorder = recorder
        self.jobs = Jobs(
            {Kind.PICTURE: config.pictures, Kind.VIDEO: config.videos},
            config.waiting,
            config.kept,
            config.kept_s,
        )
        self._folder = folder
        self._places = Places(config.uploads)

    async def begin(self, exchange: Exchange, *, shown: bool = False) -> tuple[Job, Asked]:
        """Take the file of a request and begin to look at it.

        Args:
            shown: whether pictures for the page are made.

        Raises:
            Refusal: it is not taken.
            ClientGone: it ends early.
        """
        self.recorder.check()
        record = Record(exchange)
        try:
            return await self._begun(exchange, record, shown)
        except Refusal as refusal:
            record.refused(refusal)
            self.recorder.keep(record)
            raise
        except BaseException:
            record.outcome, record.status = "cut_off", 0
            self.recorder.keep(record)
            raise

    async def _begun(self, exchange: Exchange, record: Record, shown: bool) -> tuple[Job, Asked]:
        looker, config = self.looker, self.looker.config
        known = looker.keyring.keys
        read_asked(exchange.query, (), known)
        upload = await self._received(exchange, config)
        try:
            record.sha256, record.size = upload.sha256, upload.size
            self.recorder.metrics.count("octarine_detection_upload_bytes_total", upload.size)
            kind = kind_of(upload.path)
            record.kind = kind.value
            asked = read_asked(exchange.query, upload.fields, known)
            record.keys = asked.keys or tuple(known)
            job = Job(exchange.holder, kind.value, upload.name)
            record.job = job.id
            work = partial(looker.look, kind, upload, asked, shown=shown)
            self.jobs.submit(job, work, partial(self._over, record, upload))
        except BaseException:
            upload.delete()
            raise
        self._tell_pending(job.lane)
        return job, asked

    async def _received(self, exchange: Exchange, config: DetectionConfig) -> Upload:
        metrics = self.recorder.metrics
        with self._places.one():
            metrics.set("octarine_detection_uploads", self._places.taken)
            try:
                return await receive(exchange, self._folder, config.upload_bytes, config.silence_s)
            finally:
                metrics.set("octarine_detection_uploads", self._places.taken - 1)

    def _over(self, record: Record, upload: Upload, job: Job) -> None:
        upload.delete()
        record.ended(job)
        self.recorder.keep(record)
        self._tell_pending(job.lane)

    def _tell_pending(self, lane: str) -> None:
        self.recorder.metrics.set("octarine_detection_jobs", self.jobs.pending(lane), kind=lane)


def job_row(job: Job) -> dict[str, Any]:
    """A job as JSON values."""
    return {
        "id": job.id,
        "kind": job.lane,
        "state": job.state.value,
        "progress": 1.0 if job.state in OVER else round(job.part, 3),
        "result": job.outcome and job.outcome.answer,
        "error": job.error and job.error.body["error"],
    }


def _looker(config: DetectionConfig) -> Looker:
    trust = TrustList.read(*config.trust) if config.trust else None
    return Looker(config, Keyring.read(config.keys), trust)
