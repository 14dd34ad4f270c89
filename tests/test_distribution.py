"""The package as others get it: an archive of its source, a wheel, and what runs of them."""

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from aggregator import __version__
from tests.feeds import an_item, an_rss
from tests.running import Home, free_port, until
from tests.servers import FeedServer

ROOT = Path(__file__).parents[1]
PAGES = ("/", "/sources", "/static/style.css", "/static/page.js", "/static/icon.svg")

pytestmark = pytest.mark.slow


def run(*command: str | Path, folder: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pack the source, of a copy, since setuptools writes beside what it packs."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "aggregator").symlink_to(ROOT / "aggregator")
    build = "from setuptools import build_meta; print(build_meta.build_sdist('made'))"
    name = run(sys.executable, "-c", build, folder=folder).splitlines()[-1]
    return folder / "made" / name


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """Build a wheel of the packed source, as a package index has it."""
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"),
        *("--no-build-isolation", "--wheel-dir", source.parent, source),
    )
    (made,) = source.parent.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """Install the wheel where nothing else is; the packages it needs are those of the tests."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder)
    python = folder / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"),
        *("--no-index", wheel),
    )
    (packages,) = (folder / "lib").glob("python*/site-packages")
    (packages / "of-the-tests.pth").write_text(sysconfig.get_path("purelib"))
    where = run(python, "-c", "import aggregator; print(aggregator.__file__)", folder=folder)
    assert where.startswith(str(packages))
    return folder / "bin" / "aggregator"


@pytest.fixture
def there(tmp_path: Path, installed: Path) -> Home:
    """Give a folder in which the installed command is run, far from the project."""
    return Home(tmp_path, (str(installed),))


def statuses(home: Home) -> Mapping[str, int]:
    return {path: home.get(path).status for path in PAGES}


def test_the_source_is_packed_with_what_the_package_carries(source: Path) -> None:
    listed = run(sys.executable, "-m", "tarfile", "--list", source)

    packed = {line.partition("/")[2].rstrip() for line in listed.splitlines()}
    assert source.name == f"aggregator-{__version__}.tar.gz"
    assert {
        "LICENSE",
        "aggregator/config/urls.toml",
        "aggregator/demo/samples/feeds.toml",
        "aggregator/web/static/style.css",
        "aggregator/web/templates/home.html",
    } - packed == set()


def test_the_installed_package_polls_and_serves_pages(there: Home) -> None:
    with FeedServer() as server:
        server.serve("/feed", an_rss(an_item("One"), an_item("Two")))
        there.configure(sources={"paper": server.url("/feed")})
        checked, polled = there.run("check"), there.run("poll", "paper")
        with there.start("run") as daemon:
            daemon.answers()
            answers = statuses(there)

    assert checked.out.endswith("1 source, 1 output, no problems\n")
    assert "1 source polled" in polled.out
    assert "2 new articles" in polled.out
    assert answers == dict.fromkeys(PAGES, 200)


def test_the_installed_package_has_the_samples_of_the_demo(there: Home) -> None:
    there.port = free_port()
    with there.start("demo", "--listen", f"127.0.0.1:{there.port}", TMPDIR=str(there.folder)):
        until(lambda: b"<item>" in read(there, "/feeds/interconnection-news.rss"), "an article")
        answers = statuses(there)

    assert answers == dict.fromkeys(PAGES, 200)


def read(home: Home, path: str) -> bytes:
    """Read what is served; nothing before anything is."""
    try:
        return home.get(path).body
    except OSError:
        return b""
