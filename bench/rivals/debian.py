"""Ask Debian which version of a program is installed."""

import shutil
import subprocess


def version_of(package: str) -> str:
    """Give a package's version as Debian numbers it; "unknown" where dpkg does not know it."""
    if not shutil.which("dpkg-query"):
        return "unknown"
    asked = ("dpkg-query", "--show", "--showformat=${Version}", package)
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
