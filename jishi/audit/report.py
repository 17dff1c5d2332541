"""The audit of a whole database: every check on one snapshot, and what was found."""

from contextlib import aclosing
from dataclasses import dataclass, field

from jishi.audit.checks import CHECKS
from jishi.audit.checks.timers import open_timers
from jishi.audit.query import Tally
from jishi.audit.snapshot import Snapshot, open_snapshot
from jishi.audit.violation import Violation

VIOLATIONS_MOST = 1_000  # per check: enough to see what happened, and it fits in memory


@dataclass
class Report:
    """checks: how many single facts were verified. open: timers that could not be done yet, which is no violation."""

    checks: int = 0
    violations: list[Violation] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


async def audit(url: str) -> Report:
    """Audit a database by its URL, also while engines write to it. Raises CannotOpen."""
    async with open_snapshot(url) as snapshot:
        return await examine(snapshot)


async def examine(snapshot: Snapshot) -> Report:
    """Run every check on a snapshot."""
    report, tally = Report(), Tally()
    for check in CHECKS:
        found = 0
        async with aclosing(check.run(snapshot, tally)) as violations:
            async for violation in violations:
                report.violations.append(violation)
                found += 1
                if found == VIOLATIONS_MOST:
                    break
    report.checks = tally.facts
    report.open = [told async for told in open_timers(snapshot)]
    return report
