"""Addresses of pictures that come through our server: signed, so that it fetches nothing else."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

_SIGNATURE_BYTES = 18
_LONGEST = 1500  # characters of an address; some clients take no more than 2,000


class PictureLinks:
    """Makes the addresses by a key of ours, and reads back those that it made."""

    def __init__(self, key: str, public_url: str) -> None:
        self._key = key.encode()
        self._base = f"{public_url}/img"

    def address(self, url: str, *, may_be_private: bool) -> str:
        """Give the address of a picture at our server; its own where that is no http or too long.

        `may_be_private` says that it may be at a private address, as its source may.
        """
        if not url.startswith(("http://", "https://")) or len(url) > _LONGEST:
            return url
        coded = urlsafe_b64encode(f"{may_be_private:d}{url}".encode()).rstrip(b"=").decode()
        return f"{self._base}/{self._signature(coded)}/{coded}"

    def read(self, signature: str, coded: str) -> tuple[str, bool] | None:
        """Give a picture's own URL and whether it may be private; None for what we did not sign."""
        if not hmac.compare_digest(self._signature(coded).encode(), signature.encode()):
            return None
        stated = urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
        return stated[1:], stated[0] == "1"

    def _signature(self, coded: str) -> str:
        digest = hmac.digest(self._key, coded.encode(), "sha256")
        return urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode()
