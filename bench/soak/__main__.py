"""`python -m bench.soak`; apart from `command`, because each parsing process reads this module."""

if __name__ == "__main__":
    import sys

    from bench.soak.command import main

    sys.exit(main())
