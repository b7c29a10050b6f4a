"""Care of a database within its windows, in slices.

``work``     a task of a maintenance window invokes it with a job and when the window closes; it
             works until its own time is nearly over (Lambda ends it after 15 minutes) or the window
             is. What is left it leaves as pending.
``rounds``   every five minutes: while a window is open it invokes what is pending once more, the
             longest waiting first, also what was killed; and it publishes how long ago each job was
             last done, whether it failed, and its figures: Upkeep/Operate CareAge, CareFailed,
             CareRows, CareBytes {Care, Job}.

A function that invoked itself would be ended as a loop after sixteen times [Lambda, recursive loop
detection], and a monthly window has more slices than that.

CARE (environment)          {"jobs": {job: rules}, "owner", "timezone"}
HOST, PORT, DATABASE        of the member that takes writes
CREDENTIALS                 secret, {"username", "password"}
REPORTS, ARCHIVE            buckets
RESTS                       ``true`` while the member that takes writes is out of reach from here
NAME, WORK                  for ``rounds``: the metrics' dimension, and the function ``work``
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found,attr-defined,no-any-return,misc"

import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from common.proofs import datum, simulated
from memory import Memory, now

NAMESPACE = "Upkeep/Operate"
JOBS = ("indexes", "analysis", "cleanup", "archive")
# A job ends so long before its window closes, and before its own time is over.
BEFORE_CLOSING = timedelta(minutes=5)
BEFORE_TIMEOUT_SECONDS = 30.0
# A slice that is shorter is not worth a connection.
SHORTEST_SLICE_SECONDS = 60.0
_WITHOUT_CONTEXT_SECONDS = 600.0
_QUICKLY = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 4})


def work(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """One slice of a job. Answers ``{"job", "outcome", ...}``.

    event   ``job`` and, from a window's task, ``closes`` (a clock time); of a slice that follows,
            ``until`` (ISO 8601) and ``run``
    outcome   ``done``, ``failed``, ``unfinished`` (the window is over), ``goes on``, ``waits``
              (another job has its turn), ``not this month``, ``rests`` (RESTS says so)
    """
    if os.environ.get("RESTS") == "true":
        return {"job": str(event["job"]), "outcome": "rests"}
    # Here, because rounds are deployed without a driver for databases.
    import connection

    care = json.loads(os.environ["CARE"])
    job = str(event["job"])
    rules = care["jobs"][job]
    memory = Memory(boto3.client("s3", config=_QUICKLY), os.environ["REPORTS"])
    began, clock = now(), _clock(context)
    run = str(event.get("run") or f"{began:%Y-%m-%dT%H-%M-%SZ}-{secrets.token_hex(2)}")
    report: dict[str, Any] = {
        "job": job,
        "run": run,
        "database": os.environ["DATABASE"],
        "owner": care["owner"],
        "began": began.isoformat(timespec="seconds"),
        "until": event.get("until"),
    }
    database = None
    try:
        database = _connect(connection, clock)
        database.require_writer()
        until, month = _window(database, event, care["timezone"])
        if "until" not in event and month not in rules.get("months", [month]):
            return {"job": job, "outcome": "not this month"}
        pending = {"run": run, "until": until.isoformat(), "turn": began.isoformat()}
        if not database.take_turn():
            waits = memory.read(f"pending/{job}.json")
            memory.write(f"pending/{job}.json", {**pending, "turn": waits.get("turn", "")})
            return {"job": job, "outcome": "waits"}
        memory.write(f"pending/{job}.json", pending)
        report = {**memory.read(_key(job, run, "json")), **report}
        report |= {"until": until.isoformat(), "began": report.get("first", report["began"])}
        report["first"] = report["began"]
        for passing in ("faults", "waits"):
            report.pop(passing, None)
        database.remaining = _remaining(until, clock)
        # A slice that is killed leaves the figures it had.
        save = _saving(memory, report)
        done = _run(job, database, rules, report, save)
    except Exception as fault:
        report["faults"] = [*report.get("faults", ()), connection.said(fault)]
        _end(memory, report, "failed")
        # The reason stands in the report and in the log; the alarm is on the metric of rounds.
        print(json.dumps({"job": job, "failed": connection.said(fault)}))
        return {"job": job, "outcome": "failed", "faults": report["faults"]}
    finally:
        if database is not None:
            database.close()
    if not done and until - now() > timedelta(seconds=SHORTEST_SLICE_SECONDS):
        report["outcome"] = "goes on"
        _keep(memory, report)
        return _answer(report)
    # Of indexes as many as there is time for are all that is asked.
    finished = done or job == "indexes"
    _end(
        memory,
        report,
        "failed" if report.get("faults") else "done" if finished else "unfinished",
    )
    return _answer(report)


def _run(
    job: str,
    database: Any,
    rules: Mapping[str, Any],
    report: dict[str, Any],
    save: Callable[[Mapping[str, Any]], None],
) -> bool:
    if job == "indexes":
        import indexes

        return bool(indexes.run(database, rules, report, save))
    if job == "analysis":
        import analysis

        return bool(analysis.run(database, rules, report, save))
    if job == "cleanup":
        import cleanup

        return bool(cleanup.run(database, rules, report, save))
    import archive

    store = archive.Store(boto3.client("s3", config=_QUICKLY), os.environ["ARCHIVE"])
    return bool(archive.run(database, rules, report, save, store=store))


def _connect(connection: Any, clock: Callable[[], float]) -> Any:
    answer = boto3.client("secretsmanager", config=_QUICKLY).get_secret_value(
        SecretId=os.environ["CREDENTIALS"]
    )
    user, password, _ = connection.credentials_of(answer["SecretString"])
    return connection.Database(
        os.environ["HOST"],
        int(os.environ["PORT"]),
        os.environ["DATABASE"],
        user,
        password,
        clock,
        encrypted=not simulated(),
    )


def _window(database: Any, event: Mapping[str, Any], timezone: str) -> tuple[datetime, int]:
    """When the work ends, and the month by the plan's clocks. The server knows time zones."""
    zone = "'" + timezone.replace("'", "") + "'"
    closes = "'" + str(event.get("closes") or "00:00").replace("'", "") + "'"
    moment, month = database.execute(
        # The next time that the clocks show it; of a time that comes twice, the later one.
        f"with local as (select now() at time zone {zone} as clock) "
        f"select extract(epoch from (clock::date + {closes}::time + case when "
        f"{closes}::time <= clock::time then interval '1 day' else interval '0' end) "
        f"at time zone {zone})::float8, extract(month from clock)::int from local"
    )[0]
    if "until" in event:
        return datetime.fromisoformat(event["until"]), int(month)
    return datetime.fromtimestamp(float(moment), now().tzinfo) - BEFORE_CLOSING, int(month)


def _remaining(until: datetime, clock: Callable[[], float]) -> Callable[[], float]:
    end = time.monotonic() + (until - now()).total_seconds()
    return lambda: min(clock(), end - time.monotonic())


def _clock(context: Any) -> Callable[[], float]:
    if context is not None and hasattr(context, "get_remaining_time_in_millis"):
        return lambda: context.get_remaining_time_in_millis() / 1000 - BEFORE_TIMEOUT_SECONDS
    end = time.monotonic() + _WITHOUT_CONTEXT_SECONDS
    return lambda: end - time.monotonic()


def _key(job: str, run: str, kind: str) -> str:
    return f"reports/{job}/{run}.{kind}"


def _saving(memory: Memory, report: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], None]:
    """Keeps the report every few seconds: each time would take longer than the work."""
    kept = [0.0]

    def save(_: Mapping[str, Any]) -> None:
        if time.monotonic() - kept[0] > 5:
            kept[0] = time.monotonic()
            memory.write(_key(str(report["job"]), str(report["run"]), "json"), report)

    return save


def _keep(memory: Memory, report: dict[str, Any]) -> None:
    from text import text

    report["ended"] = now().isoformat(timespec="seconds")
    job, run = str(report["job"]), str(report["run"])
    memory.write(_key(job, run, "json"), report)
    memory.put(_key(job, run, "txt"), text(report), "txt")


def _end(memory: Memory, report: dict[str, Any], outcome: str) -> None:
    """The window is over for it, or the work is."""
    job = str(report["job"])
    report["outcome"] = outcome
    _keep(memory, report)
    before = memory.read(f"last/{job}.json")
    memory.write(
        f"last/{job}.json",
        {
            "outcome": outcome,
            "ended": report["ended"],
            "succeeded": report["ended"] if outcome == "done" else before.get("succeeded"),
            "run": report["run"],
            "rows": report.get("rows", 0),
            "bytes": report.get("bytes", 0),
        },
    )
    memory.write(f"pending/{job}.json", {})


def _answer(report: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("job", "outcome", "run", "rows", "bytes", "faults")
    return {key: report[key] for key in keys if key in report}


# ---- rounds --------------------------------------------------------------------------------------


def rounds(event: Any, context: Any) -> dict[str, Any]:
    """Publishes ages and figures, and invokes what is pending; answers with both."""
    jobs = os.environ["JOBS"].split(",")
    memory = Memory(boto3.client("s3", config=_QUICKLY), os.environ["REPORTS"])
    data, ages = [], {}
    waiting: list[tuple[str, str, dict[str, Any]]] = []
    moment = now()
    for job in jobs:
        last = memory.read(f"last/{job}.json")
        since = last.get("succeeded")
        reached = datetime.fromisoformat(since) if since else memory.since(job)
        ages[job] = round((moment - reached) / timedelta(days=1), 4)
        dimensions = {"Care": os.environ["NAME"], "Job": job}
        data += [
            datum("CareAge", ages[job], dimensions, moment),
            datum("CareFailed", float(last.get("outcome") == "failed"), dimensions, moment),
            datum("CareRows", float(last.get("rows") or 0), dimensions, moment),
            datum("CareBytes", float(last.get("bytes") or 0), dimensions, moment),
        ]
        pending = memory.read(f"pending/{job}.json")
        shortest = timedelta(seconds=SHORTEST_SLICE_SECONDS)
        if pending and datetime.fromisoformat(pending["until"]) - moment > shortest:
            waiting.append((str(pending.get("turn", "")), job, pending))
    boto3.client("cloudwatch", config=_QUICKLY).put_metric_data(
        Namespace=NAMESPACE, MetricData=data
    )
    invoked = None
    for _, job, pending in sorted(waiting, key=lambda each: each[:2])[:1]:
        # One at a time has its turn: where one is at work, this one says so and goes.
        again = {"job": job, "until": pending["until"], "run": pending["run"]}
        boto3.client("lambda", config=_QUICKLY).invoke(
            FunctionName=os.environ["WORK"],
            InvocationType="Event",
            Payload=json.dumps(again).encode(),
        )
        invoked = job
    return {"ages": ages, "invoked": invoked}
