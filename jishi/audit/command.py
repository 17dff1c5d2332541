"""`jishi audit`: audits a database and exits with 1 when something is wrong, with 2 when it cannot be opened."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from jishi.audit.report import Report, audit
from jishi.audit.snapshot import CannotOpen

DEFAULT = "sqlite:///var/jishi.db"


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(prog="jishi audit", description="Check that the books, the stock and the log hold.")
    made.add_argument("--db", metavar="URL", default=DEFAULT, help=f"the database (default: {DEFAULT})")
    made.add_argument("--json", action="store_true", help="print the result as one line of JSON, at the end")
    return made


def main(args: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    asked = parser().parse_args(args)
    try:
        report = asyncio.run(audit(asked.db))
    except CannotOpen as fault:
        print(fault, file=sys.stderr)
        return 2
    print(as_json(report) if asked.json else as_text(report))
    return 1 if report.violations else 0


def as_json(report: Report) -> str:
    """The result as programs read it."""
    violations = [violation._asdict() for violation in report.violations]
    return json.dumps({"checks": report.checks, "violations": violations}, ensure_ascii=False)


def as_text(report: Report) -> str:
    """The result as people read it."""
    lines = [str(violation) for violation in report.violations]
    lines += [f"open: {told}" for told in report.open]
    found = f"{len(report.violations)} violations" if report.violations else "all of it holds"
    return "\n".join([*lines, f"{report.checks} facts checked: {found}."])
