"""What `run` tells of itself: lines of the log, and what counts and remembers them."""

import logging

from aggregator import log
from aggregator.core.source import public_url
from aggregator.web.metrics import Metrics
from aggregator.web.recent import Recent
from aggregator.web.status import Watch

_logger = logging.getLogger(__name__)


def watch(*, debug: bool = False, form: str = "text") -> Watch:
    """Have the log written in a form, counted and remembered a little."""
    metrics, recent = Metrics(), Recent(public_url)
    level = logging.DEBUG if debug else logging.INFO
    log.set_up(level=level, form=form, redact=public_url, others=(metrics, recent))
    log.catch_faults(_logger)
    return Watch(metrics, recent)
