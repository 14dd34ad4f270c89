"""What a request wants: which coding, whether it has the answer already, or an older one."""

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def best_coding(accepted: str, offered: Iterable[str]) -> str:
    """Choose a coding (RFC 9110 §12.5.3): the most welcome, of equals the first; "" for none."""
    weights = _weights(accepted)
    welcome = {one: weights.get(one, weights.get("*", 0.0)) for one in offered}
    best = max(welcome, key=lambda one: welcome[one], default="")
    least = max(weights.get("identity", 0.0), 0.001)
    return best if welcome.get(best, 0.0) >= least else ""


def wants_news_only(manipulations: str) -> bool:
    """Say whether `A-IM` names the manipulation "feed" (RFC 3229 §10.5.3)."""
    return _weights(manipulations).get("feed", 0.0) > 0


def tags(stated: str) -> list[str]:
    """List the tags of If-None-Match, weak ones as if they were strong (RFC 9110 §8.8.3.2)."""
    return _TAG.findall(stated)


def is_current(if_none_match: str, if_modified_since: str, tag: str, modified: int) -> bool:
    """Say whether a client has what it would get (RFC 9110 §13.2.2): the tag decides if stated."""
    if if_none_match:
        return if_none_match.strip() == "*" or tag in tags(if_none_match)
    since = _moment(if_modified_since)
    return since is not None and since.timestamp() >= modified


def _moment(stated: str) -> datetime | None:
    try:
        return parsedate_to_datetime(stated) if stated else None
    except ValueError:
        return None


def _weights(stated: str) -> dict[str, float]:
    """Read a list of names with weights; a weight that is none counts as 1."""
    weights = {}
    for one in stated.lower().split(","):
        name, _, parameters = one.partition(";")
        weight = _WEIGHT.fullmatch(parameters.replace(" ", ""))
        weights[name.strip()] = float(weight[1]) if weight else 1.0
    return weights
