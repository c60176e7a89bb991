"""Keeps a set of nodes running: starts them in stages, restarts what dies, stops all in reverse order.

It works in one thread and without an event loop, because Python programs are forked from it at any time.
"""

import os
import select
import signal
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deploy.local import leftovers, logs
from deploy.local.nodes.base import Node, NodeFailed, NotReady

State = Literal["waiting", "starting", "ready", "restarting", "done", "failed", "stopped", "draining", "drained"]

FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
# A part that lived this long is forgiven its earlier failures.
STABLE_SECONDS = 20.0
START_SECONDS = 60.0
STOP_SECONDS = 15.0
# Whoever has just changed a line of code does not wait for what its service still has to do.
RESTART_SECONDS = 5.0
# How often a part may fail before the platform has ever been ready; afterwards there is no limit.
TRIES_AT_START = 3
# How often a program that ends by itself is tried.
TRIES_ONCE = 5
# How often it looks while something starts, and while all runs: the end of a child wakes it at once.
BUSY_SECONDS, CALM_SECONDS = 0.25, 1.0


class Stopped(Exception):
    """Somebody asked the platform to stop."""


def delay_before(restart: int) -> float:
    """Seconds to wait before the n-th restart in a row (from 1): doubling, up to a limit."""
    return min(FIRST_DELAY * 2.0 ** (restart - 1), LONGEST_DELAY)


@dataclass
class Unit:
    """A node and how it fares. Times are monotonic seconds."""

    node: Node
    state: State = "waiting"
    restarts: int = 0
    failures_in_a_row: int = 0
    started: float = 0.0
    due: float = 0.0
    last_check: float = 0.0
    ready_in: float | None = None  # seconds, of the latest start
    exit_code: int | None = None
    last_words: str = ""  # of its latest end that nobody asked for

    @property
    def name(self) -> str:
        return self.node.name


@dataclass
class Supervisor:
    """`on_change` is called after every change of a unit's state, `on_tick` once a second at least while watching."""

    run_dir: Path
    on_change: Callable[["Supervisor"], None] = lambda _: None
    on_tick: Callable[["Supervisor"], None] = lambda _: None
    stages: list[list[Unit]] = field(default_factory=list)
    stopping: bool = False
    ever_ready: bool = False

    def __post_init__(self) -> None:
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)

    @property
    def units(self) -> list[Unit]:
        return [unit for stage in self.stages for unit in stage]

    def handle_signals(self) -> None:
        """Stop on SIGTERM, SIGINT and SIGHUP; wake up when a child ends."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sig, self._ask_to_stop)

    def wake(self) -> None:
        """Have `watch` look at once; may be called from any thread."""
        with suppress(BlockingIOError):
            os.write(self._wake_write, b"\0")

    def _ask_to_stop(self, *_: object) -> None:
        self.stopping = True

    def spawn(self, nodes: Sequence[Node]) -> list[Unit]:
        """Start a stage without waiting for it."""
        stage = [Unit(node) for node in nodes]
        self.stages.append(stage)
        for unit in stage:
            self._spawn(unit)
        return stage

    def wait_for(self, stage: Sequence[Unit]) -> None:
        """Until every unit of the stage is ready, or done. Raises NodeFailed, Stopped."""
        while not all(unit.state in ("ready", "done") for unit in stage):
            self.tick()
            if self.stopping:
                raise Stopped
            for unit in stage:
                if unit.failures_in_a_row >= TRIES_AT_START:
                    raise NodeFailed(f"{unit.name} does not start:\n{unit.node.tail()}")
            self._sleep(0.02)

    def start(self, nodes: Sequence[Node]) -> None:
        """Start a stage and wait until it is ready."""
        self.wait_for(self.spawn(nodes))

    def run_once(self, nodes: Sequence[Node], at_once: int) -> None:
        """Run programs to their end, some at a time. Raises NodeFailed for the first one that fails."""
        waiting, running = list(nodes), list[Node]()
        try:
            while waiting or running:
                if self.stopping:
                    raise Stopped
                while waiting and len(running) < at_once:
                    running.append(waiting.pop(0))
                    running[-1].spawn()
                for node in list(running):
                    code = node.process.poll() if node.process else None
                    if code is not None:
                        running.remove(node)
                        if code != 0:
                            raise NodeFailed(f"{node.name} failed:\n{node.tail()}")
                self.tick()
                self._sleep(0.02)
        finally:
            for node in running:
                node.kill()

    def watch(self) -> None:
        """Keep everything running until asked to stop."""
        self.ever_ready = True
        while not self.stopping:
            self.tick()
            self.on_tick(self)
            calm = all(unit.state not in ("starting", "restarting") for unit in self.units)
            self._sleep(CALM_SECONDS if calm else BUSY_SECONDS)

    def tick(self) -> None:
        """Look at every unit once and do what its state asks for."""
        now = time.monotonic()
        changed = [self._advance(unit, now) for unit in self.units]
        if any(changed):
            self._changed()

    def _advance(self, unit: Unit, now: float) -> bool:
        before = unit.state
        if unit.state in ("starting", "ready") and not unit.node.running:
            self._ended(unit, now)
        elif unit.state == "starting":
            self._look_whether_ready(unit, now)
        elif unit.state == "draining" and (not unit.node.running or now >= unit.due):
            self._drained(unit)
        elif unit.state == "restarting" and now >= unit.due:
            unit.restarts += 1
            self._spawn(unit)
        return unit.state != before

    def _look_whether_ready(self, unit: Unit, now: float) -> None:
        # Looking costs the part's own time too, which on a small machine is what the others wait for.
        if now - unit.last_check < min(0.5, 0.02 + (now - unit.started) / 10):
            return
        unit.last_check = now
        try:
            unit.node.check()
            unit.state = "ready"
            unit.ready_in = time.monotonic() - unit.started
        except NotReady:
            if now - unit.started > START_SECONDS:
                unit.node.kill()
                self._ended(unit, now)

    def _ended(self, unit: Unit, now: float) -> None:
        unit.exit_code = unit.node.process.poll() if unit.node.process else None
        unit.last_words = logs.last_words(unit.node.tail())
        # What it had started may outlive it: a worker of nginx would keep the port, and go on answering on it.
        unit.node.kill()
        if unit.node.once and unit.exit_code == 0:
            unit.state = "done"
            return
        if now - unit.started > STABLE_SECONDS and not unit.node.once:
            unit.failures_in_a_row = 0
        unit.failures_in_a_row += 1
        if unit.node.once and unit.failures_in_a_row >= TRIES_ONCE:
            unit.state = "failed"
            return
        unit.due = now + delay_before(unit.failures_in_a_row)
        unit.state = "restarting"

    def _spawn(self, unit: Unit) -> None:
        unit.started = time.monotonic()
        unit.last_check = 0.0
        unit.ready_in = None
        try:
            unit.node.spawn()
            unit.state = "starting"
        except (NodeFailed, OSError):
            if not self.ever_ready:
                raise
            self._ended(unit, unit.started)
        leftovers.remember(self.run_dir, [u.node.pid for u in self.units if u.node.running and u.node.pid])
        self._changed()

    def drain(self, names: Collection[str], seconds: float) -> None:
        """Have these units take nothing new and end with what they have in hand, by force after `seconds`; they stay ended."""
        for unit in self.units:
            if unit.name in names and unit.state in ("starting", "ready", "restarting"):
                unit.state, unit.due = "draining", time.monotonic() + seconds
                unit.node.signal_drain()
                self._changed()

    def _drained(self, unit: Unit) -> None:
        forced = unit.node.running
        unit.node.kill()
        unit.exit_code = unit.node.process.poll() if unit.node.process else None
        unit.last_words = "it did not end by itself in time" if forced else ""
        unit.state = "drained"

    def back(self, names: Collection[str]) -> None:
        """Start drained units again."""
        for unit in self.units:
            if unit.name in names and unit.state == "drained":
                unit.failures_in_a_row = 0
                self._spawn(unit)

    def restart(self, names: Collection[str]) -> None:
        """End these units, whatever they are doing, and start them anew; what they failed at before is forgiven."""
        units = [unit for unit in self.units if unit.name in names]
        self._end(units, RESTART_SECONDS)
        for unit in units:
            # What it had started may outlive it.
            unit.node.kill()
            unit.failures_in_a_row = 0
            unit.restarts += 1
            self._spawn(unit)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Stop every stage, the last one first; by force what has not gone within `seconds`."""
        for stage in reversed(self.stages):
            self._end(stage, seconds)
            for unit in stage:
                unit.state = unit.state if unit.state in ("done", "failed") else "stopped"
            self._changed()
        leftovers.forget(self.run_dir)

    def _end(self, units: Sequence[Unit], seconds: float) -> None:
        for unit in units:
            unit.node.signal_stop()
        deadline = time.monotonic() + seconds
        while any(unit.node.running for unit in units) and time.monotonic() < deadline:
            self._sleep(0.05)
        for unit in units:
            if unit.node.running:
                unit.node.kill()

    def _changed(self) -> None:
        self.on_change(self)

    def _sleep(self, seconds: float) -> None:
        """Up to `seconds`; less when a signal comes, such as a child's end."""
        if select.select([self._wake_read], [], [], seconds)[0]:
            os.read(self._wake_read, 4096)

    def snapshot(self) -> list[dict[str, object]]:
        """How every unit fares, for the state file."""
        now = time.monotonic()
        return [
            {
                "name": unit.name,
                "pid": unit.node.pid if unit.node.running else None,
                "port": unit.node.port,
                "state": unit.state,
                "restarts": unit.restarts,
                "seconds": round(now - unit.started, 1),
                "ready_in": unit.ready_in,
                "trouble": unit.last_words if _troubled(unit, now) else "",
            }
            for unit in self.units
        ]


def _troubled(unit: Unit, now: float) -> bool:
    """Whether it has failed, or ended and has not run for long since."""
    if unit.state in ("restarting", "failed"):
        return True
    if unit.state == "drained":
        return bool(unit.last_words)
    return unit.failures_in_a_row > 0 and unit.state in ("starting", "ready") and now - unit.started < STABLE_SECONDS
