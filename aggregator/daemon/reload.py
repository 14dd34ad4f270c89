"""Taking up another feeds.toml while the daemon runs."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from aggregator import log
from aggregator.config.change import Change, change
from aggregator.config.load import Config
from aggregator.core.in_force import InForce
from aggregator.core.source import public_url
from aggregator.core.words import some
from aggregator.daemon.notify import Notifier
from aggregator.daemon.watch import FileWatch
from aggregator.errors import AggregatorError, ConfigError, Problem

_logger = logging.getLogger(__name__)
_SHOWN = 3
_EMPTIED = Problem(line=0, key="", text="there is no source and no output in it any more")
_TO_BEGIN_ANEW = "put back what it said; to begin anew, restart the daemon"
_END_SECONDS = 30  # for one that is under way when the daemon ends


@dataclass(slots=True, kw_only=True)
class Reloader:
    """Reads feeds.toml when it is asked to, and hands over the difference. What cannot be used, or
    not be taken up, leaves the last good one in force; the latter is tried again. `tell` is told
    each time what holds."""

    config: Config
    load: Callable[[], Config]
    take_up: Callable[[Change], None]
    tell: Callable[[InForce], None]
    notifier: Notifier
    clock: Callable[[], datetime]
    again_seconds: float = 30  # after one that failed for another reason than the file
    _asked: threading.Event = field(default_factory=threading.Event)
    _in_force: InForce = field(init=False)
    _is_to_be_tried_again: bool = False

    def __post_init__(self) -> None:
        """Begin with the configuration of the start."""
        self._in_force = InForce(since=self.clock())

    def ask(self) -> None:
        """Have the file read again soon."""
        self._asked.set()

    @contextmanager
    def running(self, ending: threading.Event) -> Iterator[None]:
        """Watch the file and wait to be asked, on threads of its own, until `ending` is set."""
        self.tell(self._in_force)
        # It reads the file now: what is written from here on is noticed, what was before is read
        # by the first reload.
        watch = FileWatch(self.config.path)
        stop = threading.Event()
        jobs = {
            "watch": partial(watch.run, self.ask, stop),
            "reload": partial(self._obey, stop, ending),
        }
        threads = [
            threading.Thread(target=job, name=name, daemon=True) for name, job in jobs.items()
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            self.ask()
            for thread in threads:
                thread.join(_END_SECONDS)

    def _obey(self, stop: threading.Event, ending: threading.Event) -> None:
        self.reload(is_quiet=True)
        while not stop.is_set():
            self._asked.wait(self.again_seconds if self._is_to_be_tried_again else None)
            self._asked.clear()
            # Not while the last polls are awaited: the next start reads the file.
            if not (stop.is_set() or ending.is_set()):
                with self.notifier.reloading():
                    self.reload()

    def reload(self, *, is_quiet: bool = False) -> None:
        """Read the file and take up what is another in it; a quiet one does not say that there was
        nothing."""
        self._is_to_be_tried_again = False
        try:
            found = change(self.config, self._loaded())
            if found:
                self.take_up(found)
        except ConfigError as error:
            self._refuse(error, [str(one) for one in error.problems])
        except AggregatorError as error:
            self._is_to_be_tried_again = True
            self._refuse(error, [error.what])
        except Exception as error:
            log.fault(_logger, "reload")
            self._refuse(error, [f"a mistake of the program: {error}"])
        else:
            self._hold(found, is_quiet=is_quiet)

    def _loaded(self) -> Config:
        """Read the file; one that names nothing any more is refused.

        It is what an editor leaves on a full disk, and would take down every feed.
        """
        loaded = self.load()
        if _names_something(self.config) and not _names_something(loaded):
            raise ConfigError(str(loaded.path), (_EMPTIED,), _TO_BEGIN_ANEW)
        return loaded

    def _hold(self, found: Change, *, is_quiet: bool) -> None:
        since = self.clock() if found else self._in_force.since
        self.config = found.applied
        self._note(InForce(since=since, later=found.later))
        words = "; ".join(found.words())
        if words or not is_quiet:
            log.event(_logger, "reload", changed=words or "nothing")

    def _refuse(self, error: Exception, stated: list[str]) -> None:
        problems = [public_url(one) for one in stated]
        hint = getattr(error, "hint", "")
        self._note(replace(self._in_force, problems=tuple(problems), hint=hint))
        log.event(
            _logger,
            "reload",
            level=logging.ERROR,
            error=some(problems, _SHOWN, by="; "),
            hint=hint,
        )

    def _note(self, in_force: InForce) -> None:
        self._in_force = in_force
        self.tell(in_force)
        bad = "feeds.toml cannot be taken up, the last good one holds"
        self.notifier.note(bad if in_force.problems else "")


def _names_something(config: Config) -> bool:
    return bool(config.sources or config.outputs)
