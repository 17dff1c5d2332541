"""Starts the provider as `python -m jishi.provider`."""

from jishi.provider.main import main

raise SystemExit(main())
