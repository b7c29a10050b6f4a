"""Overlapping start windows within one backup plan: which backups AWS Backup does not take."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ..backups import PointInTime, Tier
from ..findings import Finding
from ..runs import Run, moment, replay
from ..words import say_duration
from .backup_rules import CONTINUOUS, rules_of


def overlap_findings(
    tiers: Mapping[str, Tier], point_in_time: PointInTime | None, tz: str, at: str
) -> Iterator[Finding]:
    """What is lost to overlaps in one backup plan; ``at`` is the plan's path, or empty.

    Refused, where a backup that is needed is not taken. Noted, where two tiers run at one time and
    the one that is taken is kept as long and copied as well: it serves both.
    """
    rules = rules_of(tiers, point_in_time)
    result = replay(rules, tz)
    lost = Counter((loser.tier, winner.tier) for loser, winner in result.lost)
    runs = Counter(run.tier for stretch in result.taken for run in stretch)
    for loser, winner in sorted(lost):
        pairs = [pair for pair in result.lost if (pair[0].tier, pair[1].tier) == (loser, winner)]
        first = pairs[0]
        within = loser if loser == CONTINUOUS else f"tiers.{loser}"
        path = f"{at}.{within}" if at else within
        others = f"`{winner}`"
        served = (
            runs[loser] > 0
            and all(one.minute == other.minute for one, other in pairs)
            and _serves(tiers, loser, winner)
        )
        when = moment(first[0].minute, tz)
        if served:
            yield Finding(
                "backup-taken-by-another-tier",
                path,
                f"runs at the same time as {others} (first {when:%Y-%m-%d %H:%M}), whose backup "
                "is kept at least as long and stands for both",
            )
            continue
        never = "never runs" if not runs[loser] else "is not always taken"
        yield Finding(
            "backup-lost-to-overlap",
            path,
            f"{never}: its start window {_window(first[0], tiers, tz)} overlaps that of {others} "
            f"{_window(first[1], tiers, tz)}, first on {when:%Y-%m-%d}, and AWS Backup takes only "
            f"the backup kept longer ({_keeps(tiers, point_in_time, loser, winner)})",
            _remedy(first, tiers, tz),
        )


def _serves(tiers: Mapping[str, Tier], loser: str, winner: str) -> bool:
    """Whether the backup of one tier does for another, whichever of the two is taken."""
    if CONTINUOUS in (loser, winner):
        # A continuous recovery point is no snapshot, and the other way round.
        return False
    wanted, given = tiers[loser], tiers[winner]
    if given.keep == wanted.keep:
        return given.copies == wanted.copies and given.cold_after == wanted.cold_after
    if given.cold_after is not None and wanted.cold_after is None:
        return False
    for copy in wanted.copies:
        kept = given.kept_in(copy.to)
        if kept is None or kept < (copy.keep or wanted.keep):
            return False
    return True


def _window(run: Run, tiers: Mapping[str, Tier], tz: str) -> str:
    start = moment(run.minute, tz)
    if run.tier == CONTINUOUS:
        return f"from {start:%H:%M}"
    return f"{start:%H:%M}-{start + tiers[run.tier].start_within:%H:%M}"


def _keeps(
    tiers: Mapping[str, Tier], point_in_time: PointInTime | None, loser: str, winner: str
) -> str:
    def keep(name: str) -> str:
        if name == CONTINUOUS and point_in_time is not None:
            return say_duration(point_in_time.keep)
        return say_duration(tiers[name].keep)

    return f"{loser} {keep(loser)}, {winner} {keep(winner)}"


def _remedy(pair: tuple[Run, Run], tiers: Mapping[str, Tier], tz: str) -> str:
    loser, winner = pair
    start = moment(winner.minute, tz)
    length = tiers[winner.tier].start_within if winner.tier in tiers else None
    if length is None:
        return f"move `{loser.tier}` away from {start:%H:%M}"
    return f"start `{loser.tier}` outside {start:%H:%M}-{start + length:%H:%M}"
