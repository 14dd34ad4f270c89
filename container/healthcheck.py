"""Ask the daemon of this container how it is: exit 0 while it does its work, else 1."""

import os
import sys
from http.client import HTTPConnection, HTTPException

ADDRESS = os.environ.get("AGGREGATOR_HEALTH", "127.0.0.1:8642")


def main() -> int:
    """Write what it says, for `podman inspect`, and give the exit code."""
    connection = HTTPConnection(ADDRESS, timeout=8)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        sys.stdout.write(f"{answer.read().decode()}\n")
    except (OSError, HTTPException) as error:
        sys.stdout.write(f"{ADDRESS} does not answer: {error}\n")
        return 1
    finally:
        connection.close()
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
