"""What of the web application outlives a feeds.toml."""

from pathlib import Path

from aggregator.cli.front import Front
from aggregator.config.load import load
from aggregator.web.metrics import Metrics
from aggregator.web.monitoring import Watch
from aggregator.web.recent import Recent
from aggregator.web.sessions import Sessions, hashed
from aggregator.web.site import Site


class Sites:
    """The sites of one daemon after another edit of its feeds.toml."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "feeds.toml"
        self.front: Front | None = None

    def of(self, text: str) -> Site:
        self.file.write_text(text)
        config = load(self.file)
        if self.front is None:
            self.front = Front(config, Watch(Metrics(), Recent(str)))
        return self.front.site(config)

    def sessions(self, password: str) -> Sessions:
        sessions = self.of(f'[web]\npassword = "{password}"\n').sessions
        assert sessions is not None
        return sessions


def test_failed_log_ins_and_sessions_outlive_an_edit_that_leaves_the_password(
    tmp_path: Path,
) -> None:
    sites, password = Sites(tmp_path), hashed("right")
    before = sites.sessions(password)
    cookie = before.log_in("right", "192.0.2.1")
    for _ in range(6):
        before.log_in("wrong", "192.0.2.2")
    after = sites.sessions(password)

    assert after.is_valid(cookie)
    assert after.wait("192.0.2.2") > 0


def test_another_password_ends_sessions_and_none_leaves_none(tmp_path: Path) -> None:
    sites = Sites(tmp_path)
    cookie = sites.sessions(hashed("right")).log_in("right", "192.0.2.1")

    assert not sites.sessions(hashed("other")).is_valid(cookie)
    assert sites.of("[service]\n").sessions is None
