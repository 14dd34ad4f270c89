"""Hours of the daemon in minutes, on a clock that advances by events; see bench/README.md."""
