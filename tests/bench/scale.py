#!/usr/bin/python3
"""What a report costs, measured on both engines, and what that makes for one cluster, all of the country and a hundred
times as many: the tables of deploy/README.md.

    tests/bench/scale.py [--periods 100]      so many half-years of the example cluster's 24 reports

Real processes, one of each service, and clients on the same machine; PostgreSQL with its own settings for durability. Each
report is handed in once and accepted once.
"""

import concurrent.futures
import contextlib
import datetime
import os
import pathlib
import platform
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "suite"), str(TESTS / "storage")]

import psycopg2

import examples
import harness
import postgres
import stubs

TICKS = os.sysconf("SC_CLK_TCK")
# One operator or chair does here in seconds what takes a country years.
UNLIMITED = ("--max_calls_per_second=100000", "--max_call_burst=100000")
# What the page assumes; its formulas name them.
FORMS, HALF_YEARS, REVISIONS, YEARS, RUSH = len(stubs.KINDS), 2, 2, 10, 10
BLOCS = 8
PLACES = {"one cluster": 1, "the country": 8, "100 × the country": 800}


def cpu_seconds(pid: int, with_children: bool = False) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15 if with_children else 13]) / TICKS


class Engine:
    """The suite on one engine, and what it has used so far."""

    def __init__(self, name: str, periods: int):
        self.name, self.periods = name, examples.more_periods(periods)
        self.server = postgres.Server(fsync="on") if name == "PostgreSQL" else None
        database = postgres.new_database("scale", self.server.conninfo) if self.server else ""
        self.suite = harness.Suite(together=False, flags=UNLIMITED, database=database)
        self.suite.start()
        self.suite.load_cluster()
        self.suite.schedule(self.periods)

    def close(self):
        self.suite.close()
        if self.server:
            self.server.remove()

    def cpu(self) -> dict:
        used = {name: cpu_seconds(process.pid) for name, process in self.suite.processes.items()}
        used["intake"] = sum(used[kind] for kind in stubs.KINDS)
        used["database"] = self.database_cpu() if self.server else 0
        return used

    def database_cpu(self) -> float:
        """Of the server and all it has started, those that have ended included."""
        postmaster = int((self.server.data / "postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        used = cpu_seconds(postmaster, with_children=True)
        for child in children:
            with contextlib.suppress(FileNotFoundError):
                used += cpu_seconds(int(child))
        return used

    def ask(self, sql: str):
        with contextlib.closing(psycopg2.connect(self.suite.database)) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchone()[0]

    def restarted(self, entries: int) -> dict:
        """What is stored with so many entries of each report kind, and what a process takes that has just read them."""
        self.suite.forget_channels()
        self.suite.stop()
        if self.server:
            stored = int(self.ask("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND "
                                  "relnamespace::regnamespace::text IN ('membership', 'training', 'inspection')"))
            log = int(self.ask("SELECT pg_current_wal_lsn() - '0/0'"))
        else:
            stored, log = sum((self.suite.data(kind) / f"{kind}.db").stat().st_size for kind in stubs.KINDS), 0
        self.suite.start()
        heads = [stubs.report.Receipt(kind=kind, position=entries) for kind in stubs.KINDS]
        self.suite.wait_for_summary(60, key=examples.summary_key(self.periods[0]), at_least=heads)
        aggregator = self.suite.processes["aggregator"]
        return {"stored": stored, "log": log, "start": cpu_seconds(aggregator.pid),
                "aggregator": aggregator.resident_kib() * 1024,
                "intake": self.suite.processes["training"].resident_kib() * 1024}

    def phase(self, work, items) -> dict:
        """Does this for all items at once and says what one of them took."""
        before, start = self.cpu(), time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(3 * BLOCS) as pool:
            results = list(pool.map(work, items))
        took = time.monotonic() - start
        costs = {name: 1000 * (used - before[name]) / len(results) for name, used in self.cpu().items()}
        return {**costs, "rate": len(results) / took, "results": results}

    def connections(self) -> int:
        """Of the process of one report kind, after a flood of reports."""
        return self.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'giaoban training'")

    def measure(self) -> dict:
        reports = [example.of(period) for period in self.periods for example in examples.read_all((examples.SECOND,))]
        count = len(reports)
        empty = self.restarted(0)
        submitting = self.phase(lambda example: self.suite.submit(example, timeout=60).receipt, reports)
        connections = self.connections() if self.server else 0
        submitted = self.restarted(count // FORMS)
        accepting = self.phase(lambda receipt: self.suite.review(receipt, timeout=60), submitting.pop("results"))
        accepted = self.restarted(2 * count // FORMS)
        return {"submitting": submitting, "accepting": accepting, "reports": count, "connections": connections,
                "bytes": [(later["stored"] - earlier["stored"]) / count
                          for earlier, later in ((empty, submitted), (submitted, accepted))],
                "start": accepted["start"] - empty["start"], "log": (accepted["log"] - empty["log"]) / count,
                "base": empty["aggregator"], "memory": (accepted["aggregator"] - empty["aggregator"]) / count,
                "intake": accepted["intake"]}


def costs_table(measured: dict) -> list:
    row = lambda what, value: f"| {what} | " + " | ".join(value(costs) for costs in measured.values()) + " |"
    milliseconds = lambda phase, part: lambda costs: f"{costs[phase][part]:.2f} ms"
    return [
        "| | " + " | ".join(measured) + " |", "| --- |" + " ---: |" * len(measured),
        row("stored for a revision", lambda costs: f"{costs['bytes'][0]:,.0f} bytes"),
        row("stored for a decision", lambda costs: f"{costs['bytes'][1]:,.0f} bytes"),
        row("write-ahead log for both", lambda costs: f"{costs['log']:,.0f} bytes" if costs["log"] else "–"),
        row("CPU of the intake for a submission", milliseconds("submitting", "intake")),
        row("CPU of the database for a submission", lambda costs: "in the intake" if not costs["connections"]
            else f"{costs['submitting']['database']:.2f} ms"),
        row("CPU of the aggregator for a submission", milliseconds("submitting", "aggregator")),
        row("CPU of the intake for a decision", milliseconds("accepting", "intake")),
        row("submissions a second, all to one cluster, clients on the same machine",
            lambda costs: f"{costs['submitting']['rate']:.0f}"),
        row("memory of the aggregator, empty", lambda costs: f"{costs['base'] / 1e6:.0f} MB"),
        row("… and for each report", lambda costs: f"{costs['memory']:,.0f} bytes"),
        row("CPU of the aggregator to read each report again at its start",
            lambda costs: f"{1000 * costs['start'] / costs['reports']:.2f} ms"),
        row("memory of an intake", lambda costs: f"{costs['intake'] / 1e6:.0f} MB"),
        row("connections of an intake process", lambda costs: str(costs["connections"] or "–"))]


def needs_table(costs: dict) -> list:
    """For PostgreSQL."""
    def need(clusters):
        reports = clusters * BLOCS * FORMS
        a_year = reports * HALF_YEARS * REVISIONS * sum(costs["bytes"])
        rate = reports * REVISIONS / 3600
        cpu = RUSH * rate * (costs["submitting"]["intake"] + costs["submitting"]["database"]) / 1000
        memory = costs["base"] + YEARS * HALF_YEARS * reports * costs["memory"]
        again = YEARS * HALF_YEARS * reports * REVISIONS * costs["start"] / costs["reports"]
        log = reports * HALF_YEARS * REVISIONS * costs["log"]
        return (f"{clusters * BLOCS:,}", f"{reports * HALF_YEARS:,}", f"{a_year / 1e6:,.1f} MB", f"{log / 1e6:,.1f} MB",
                f"{rate:.3g}", f"{RUSH * rate:.3g}", f"{cpu:.2g} cores", f"{memory / 1e6:,.0f} MB", f"{again:.1f} s")
    what = ("blocs *B*", "reports a year, *R* = *B* · 3 forms · 2 half-years",
            "stored a year, *R* · 2 · (revision + decision)", "write-ahead log a year, *R* · 2 · log",
            "submissions a second in the last hour, *B* · 3 · 2 ÷ 3600 s", "… in its busiest minute, 10 times that",
            "CPU then, intake and database", "memory of an aggregator after 10 years, empty + 10 · *R* · report",
            "CPU for its start then, 10 · *R* · 2 · reading again")
    columns = list(zip(what, *(need(clusters) for clusters in PLACES.values())))
    return ["| | " + " | ".join(PLACES) + " |", "| --- |" + " ---: |" * len(PLACES),
            *("| " + " | ".join(row) + " |" for row in columns)]


def machine() -> str:
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.partition(": ")[2] for line in info.splitlines() if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores of {model}, load {os.getloadavg()[0]:.1f} at the start"


def main() -> int:
    periods = harness.number("periods", 100)
    where, measured = machine(), {}
    for name in ("SQLite", "PostgreSQL"):
        engine = Engine(name, periods)
        try:
            measured[name] = engine.measure()
        finally:
            engine.close()
    print(f"{datetime.date.today()}, {where}; {measured['SQLite']['reports']:,} reports\n")
    print(*costs_table(measured), "", *needs_table(measured["PostgreSQL"]), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
