"""Logging in: one password, sessions that no server has to remember, and no guessing at speed."""

import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

COOKIE = "aggregator-session"
SESSION_SECONDS = 30 * 86_400
_FREE_TRIES = 5
_LONGEST_WAIT = 900.0  # seconds
_MOST_REMEMBERED = 1000  # addresses


@dataclass(slots=True)
class _Record:
    """What is remembered of an address: failures in a row, and until when it has to wait."""

    failures: int = 0
    until: float = 0.0


class Sessions:
    """Lets in who knows the password, by a cookie that is signed.

    `password` is an argon2 hash. The signature covers it, so another password ends all sessions.
    `seconds` is a clock that is never set back, `now` one that others share, both in seconds.
    """

    def __init__(
        self,
        password: str,
        key: str,
        seconds: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._password = password
        self._key = f"{key} {password}".encode()
        self._seconds = seconds
        self._now = now
        self._records: dict[str, _Record] = {}
        # To check a password takes 64 MiB for a while: one at a time.
        self._lock = threading.Lock()

    def wait(self, address: str) -> int:
        """Tell how many seconds an address has to wait before it may try again; 0: none."""
        record = self._records.get(address)
        return 0 if record is None else max(0, -int(-(record.until - self._seconds()) // 1))

    def log_in(self, password: str, address: str) -> str:
        """Give the cookie of a new session where the password is right, else nothing.

        After some failures an address has to wait, twice as long after each further one.
        """
        with self._lock:
            if self.wait(address):
                return ""
            if self._is_right(password):
                self._records.pop(address, None)
                return self._cookie(int(self._now()) + SESSION_SECONDS)
            self._note_failure(address)
        return ""

    def _is_right(self, password: str) -> bool:
        # Not at the top: nobody logs in most of the time.
        from argon2 import PasswordHasher
        from argon2.exceptions import Argon2Error, InvalidHashError

        try:
            return PasswordHasher().verify(self._password, password)
        except (Argon2Error, InvalidHashError):
            return False

    def _note_failure(self, address: str) -> None:
        if len(self._records) >= _MOST_REMEMBERED and address not in self._records:
            self._records.pop(next(iter(self._records)))
        record = self._records.setdefault(address, _Record())
        record.failures += 1
        if record.failures >= _FREE_TRIES:
            wait = min(2.0 ** (record.failures - _FREE_TRIES + 1), _LONGEST_WAIT)
            record.until = self._seconds() + wait

    def is_valid(self, cookie: str) -> bool:
        """Say whether a cookie is of a session of ours that has not ended."""
        until, _, _ = cookie.partition(".")
        if not until.isascii() or not until.isdigit() or len(until) > 12:
            return False
        return hmac.compare_digest(self._cookie(int(until)).encode(), cookie.encode()) and (
            int(until) > self._now()
        )

    def _cookie(self, until: int) -> str:
        return f"{until}.{hmac.new(self._key, str(until).encode(), sha256).hexdigest()}"


def hashed(password: str) -> str:
    """Give the argon2 hash of a password, as feeds.toml has it."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)
