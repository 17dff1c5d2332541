"""`python -m jishi` is the command `jishi`."""

from jishi.cli import main

raise SystemExit(main())
