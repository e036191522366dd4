"""Federated rounds on Flower (the extra ``federated``): its strategies and messages, in this process.

A ``Grid`` is what carries Flower's messages between its server and its clients. Ours calls each client's
``ClientApp`` directly, so neither gRPC nor Ray nor a socket takes part. Flower's telemetry is switched off
before it is imported; nothing that is used here would send any (a test watches every socket).
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import numpy as np

from octarine.core.errors import InputError, MissingExtra
from octarine.evaluate.benchmarks.fedmultimodal.network import Parameters
from octarine.evaluate.benchmarks.fedmultimodal.training import Lesson, Settings, train


class Strategy(StrEnum):
    """How clients learn together, or do not."""

    FEDAVG = "fedavg"
    FEDOPT = "fedopt"
    LOCAL = "local"


def federate(
    strategy: Strategy,
    start: Parameters,
    lessons: Mapping[int, Lesson],
    rounds: Sequence[Sequence[int]],
    settings: Settings,
    seed: int,
    after: Callable[[Parameters], None],
) -> Parameters:
    """The parameters after all rounds of FedAvg (McMahan et al. 2017) or FedOpt, weighted by windows.

    FedOpt is what FedMultimodal calls so: the mean change as the gradient of a server's descent with momentum
    (Reddi et al. 2021; Flower's ``FedAvgM``).

    Args:
        lessons: by client; a drawn client that is not here answers with an error, and its round goes on.
        rounds: the clients that are drawn, for each round.
        after: called with the global parameters at the end of each round.

    Raises:
        MissingExtra: Flower is not installed.
    """
    flower = _flower()
    app = _client_app(flower, lessons, settings, seed)
    grid = _grid(flower, app, rounds)
    engine = _strategy(flower, strategy, settings)

    def evaluate(server_round: int, arrays: Any) -> None:
        if server_round:
            after(arrays.to_numpy_ndarrays())

    with _quiet(), _identified():
        result = engine.start(
            grid=grid,
            initial_arrays=flower.app.ArrayRecord(start),
            num_rounds=len(rounds),
            evaluate_fn=evaluate,
        )
    found: Parameters = result.arrays.to_numpy_ndarrays() if result.arrays else start
    return found


def _flower() -> Any:
    os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
    try:
        with warnings.catch_warnings():
            # Of the command line that Flower brings along: it is not used here.
            warnings.simplefilter("ignore", DeprecationWarning)
            import flwr
            import flwr.app
            import flwr.clientapp
            import flwr.serverapp.strategy
            from flwr.supercore import telemetry
    except ImportError:
        raise MissingExtra("federated", "federated learning") from None
    if telemetry.FLWR_TELEMETRY_ENABLED != "0":
        raise InputError(
            "Flower was imported with its telemetry on before it could be switched off",
            hint="Set FLWR_TELEMETRY_ENABLED=0 before it is imported.",
        )
    return flwr


def _strategy(flower: Any, strategy: Strategy, settings: Settings) -> Any:
    # The grid offers only the clients that were drawn, so all of them are taken.
    common = {"fraction_evaluate": 0.0, "min_train_nodes": 1, "min_available_nodes": 1}
    made = flower.serverapp.strategy
    with _quiet():
        if strategy is Strategy.FEDAVG:
            return made.FedAvg(**common)
        return made.FedAvgM(
            **common, server_learning_rate=settings.server_rate, server_momentum=settings.server_momentum
        )


def _client_app(flower: Any, lessons: Mapping[int, Lesson], settings: Settings, seed: int) -> Any:
    app = flower.clientapp.ClientApp()
    records = flower.app

    @app.train()  # type: ignore[untyped-decorator]
    def fit(message: Any, context: Any) -> Any:
        server_round = int(message.content["config"]["server-round"])
        lesson = lessons.get(context.node_id)
        if lesson is None:
            nothing = records.Error(code=0, reason="nothing to learn from")
            return records.Message(nothing, reply_to=message)
        random = np.random.default_rng([seed, server_round, context.node_id])
        new = train(message.content["arrays"].to_numpy_ndarrays(), lesson, settings, random)
        content = records.RecordDict(
            {
                "arrays": records.ArrayRecord(new),
                "metrics": records.MetricRecord({"num-examples": len(lesson.labels)}),
            }
        )
        return records.Message(content, reply_to=message)

    return app


def _grid(flower: Any, app: Any, rounds: Sequence[Sequence[int]]) -> Any:
    class InProcess(flower.serverapp.Grid):  # type: ignore[misc]
        """Delivers a round's messages by calling the clients; the next begins when all have answered."""

        def __init__(self) -> None:
            self._round = 0

        def get_node_ids(self) -> Iterable[int]:
            return list(rounds[self._round])

        def send_and_receive(self, messages: Iterable[Any], *, timeout: float | None = None) -> list[Any]:
            sent = sorted(messages, key=lambda message: message.metadata.dst_node_id)
            if not sent:  # the round's evaluation, which no client takes part in
                return []
            self._round += 1
            return [app(message, _context(flower, message)) for message in sent]

        # Flower's base asks for these; its strategies call none of them.
        def set_run(self, run: Any) -> None:
            raise NotImplementedError

        @property
        def run(self) -> Any:
            raise NotImplementedError

        def create_message(self, *args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

        def push_messages(self, messages: Iterable[Any]) -> Iterable[str]:
            raise NotImplementedError

        def pull_messages(self, message_ids: Iterable[str]) -> Iterable[Any]:
            raise NotImplementedError

    return InProcess()


def _context(flower: Any, message: Any) -> Any:
    return flower.app.Context(
        run_id=0,
        node_id=message.metadata.dst_node_id,
        node_config={},
        state=flower.app.RecordDict(),
        run_config={},
    )


@contextmanager
def _identified() -> Iterator[None]:
    """Messages carry the task that sends them, which Flower's own processes set; here it is ours."""
    from flwr.supercore.task_identity import TaskIdentity

    names = ("_task_id", "_run_id", "_node_id")
    before = [getattr(TaskIdentity, name) for name in names]
    TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = 1, 1, 1
    try:
        yield
    finally:
        for name, value in zip(names, before, strict=True):
            setattr(TaskIdentity, name, value)


@contextmanager
def _quiet() -> Iterator[None]:
    """Flower tells every round; the figures are told by the report."""
    logger = logging.getLogger("flwr")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
