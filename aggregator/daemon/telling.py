"""What the service manager is told while the daemon works: that it lives, and what it is at."""

from contextlib import closing

from aggregator.core.pulse import Pulse
from aggregator.core.words import counted
from aggregator.daemon.duties import Duties
from aggregator.daemon.notify import Notifier
from aggregator.store import figures


class Teller:
    """Remembers how many sources are broken: what tells may not wait for the database, since a
    scheduler that hangs may well do so."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._broken = 0

    def count(self, duties: Duties) -> None:
        """Count the broken sources, where there is somebody to tell."""
        if not self._notifier.is_heard:
            return
        with closing(duties.open_database()) as database:
            standings = figures.standings(database, duties.sources)
        self._broken = sum(one.is_broken for one in standings)

    def tell(self, duties: Duties, pulse: Pulse) -> None:
        """Ping the watchdog, but only while the scheduler makes progress, and say what is done."""
        if not pulse.is_stuck:
            self._notifier.alive()
        broken = f" ({self._broken} broken)" if self._broken else ""
        sources = f"{counted(len(duties.sources), 'source')}{broken}"
        outputs = counted(len(duties.outputs), "output")
        self._notifier.status(f"{sources}, {outputs}; {pulse.words}")
