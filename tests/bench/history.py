#!/usr/bin/python3
"""What a long history costs: latency, rebuild, memory and disk with many clusters and half-years, beside one cluster with
one half-year.

    tests/bench/history.py [--clusters 20] [--periods 20] [--rounds 3]      --clusters 1000 for the targets

Both suites are one process with SQLite, filled through their own API, every report handed in and accepted once. Certificates,
calls and times are bench_history's. Latencies are taken from both in turn, of the first half-year: it has the same reports
in both and so the same summary, and all later ones look back on it.
"""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS / "suite"))

import examples
import harness
import scale
import stubs

CLIENT = stubs.BUILD / "bin" / "bench_history"
CALLS, ACCEPTANCES = 500, 100
# Half-years of the bloc whose reports are imported as files: 600 of them.
IMPORTED = 200


def half_years(count: int) -> list:
    """The first is 2022-H2."""
    return [f"{2022 + (number + 1) // 2}-H{1 if number % 2 else 2}" for number in range(count)]


def chained(second, first):
    """A bloc's membership report of a second half-year that begins where one of a first half-year ended: what it then has
    too many or too few of moved away or in."""
    changed = {}
    for opening, closing, received, away in (("mem_org_opening", "mem_org_total", "mem_org_received", "mem_org_transferred_out"),
                                             ("mem_opening", "mem_closing", "mem_transferred_in", "mem_transferred_out")):
        more = getattr(first.report, closing) - getattr(second.report, opening)
        moved = away if more > 0 else received
        changed |= {opening: getattr(first.report, closing), moved: getattr(second.report, moved) + abs(more)}
    return dataclasses.replace(second.but(**changed), explanations={**second.explanations, "V21": "đợt kết nạp 19/5"})


def reports_of_a_cluster(periods: list) -> dict:
    """SubmitRequests without cluster, bloc and request id, by (kind, number of the bloc, period)."""
    requests = {}
    for number, bloc in enumerate(examples.BLOCS):
        for kind in stubs.KINDS:
            second, first = (examples.read(period, bloc, kind) for period in examples.PERIODS)
            later = chained(second, first) if kind == "membership" else second
            for period in periods:
                example = first if period.endswith("H1") else later
                submission = stubs.report.Submission(key=stubs.report.ReportKey(period=period),
                                                     explanations=example.explanations)
                requests[kind, number, period] = stubs.kinds[kind].messages.SubmitRequest(submission=submission,
                                                                                          report=example.report)
    return requests


def as_written(field, value: int):
    """As it stands in a report file."""
    percent = field.GetOptions().Extensions[stubs.options.indicator].unit == stubs.options.UNIT_PERCENT
    return value / 100 if percent else value


def write_requests(folder: pathlib.Path, periods: list) -> pathlib.Path:
    folder.mkdir()
    for (kind, bloc, period), request in reports_of_a_cluster(periods).items():
        (folder / f"{kind}-{bloc}-{period}").write_bytes(request.SerializeToString())
    return folder


class Country:
    """A suite with so many clusters of eight blocs and their reports of so many half-years."""

    def __init__(self, clusters: int, periods: list):
        self.clusters, self.periods = clusters, periods
        self.suite = harness.Suite(flags=scale.UNLIMITED)
        self.suite.start()
        self.idle = self.resident()
        self.reports = write_requests(self.suite.folder / "reports", periods)

    def resident(self) -> int:
        return self.suite.processes["suite"].resident_kib() * 1024

    def client(self, command: str, *words) -> list:
        done = subprocess.run([CLIENT, command, self.suite.addresses["directory"], self.suite.authority, *map(str, words)],
                              capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"bench_history {command}: {done.stderr}")
        return [int(line) for line in done.stdout.split()]

    def events_of(self, cluster: int, periods: list) -> list:
        name, organisation = f"cluster-{cluster}", stubs.event.OrganisationEvent
        text = stubs.options.Text(vi="Cụm", en="Cluster")
        blocs = [f"bloc-{cluster}-{number}" for number in range(len(examples.BLOCS))]
        events = [organisation(cluster_established=stubs.event.ClusterEstablished(cluster=name, name=text))]
        for bloc in blocs:
            events.append(organisation(bloc_established=stubs.event.BlocEstablished(bloc=bloc, name=text, province=text)))
            events.append(organisation(bloc_joined=stubs.event.BlocJoined(cluster=name, bloc=bloc)))
        events.append(organisation(chair_appointed=stubs.event.ChairAppointed(cluster=name, bloc=blocs[0])))
        for event in events:
            event.date = "2020-01-01"
        scheduled = stubs.event.PeriodScheduled()
        scheduled.open_time.FromJsonString("2022-06-14T17:00:00Z")
        scheduled.due_time.FromJsonString("2099-07-10T16:59:59Z")
        scheduled.close_time.FromJsonString("2099-12-31T16:59:59Z")
        return [stubs.event.Event(organisation=event) for event in events] + [
            stubs.event.Event(period=stubs.event.PeriodEvent(cluster=name, period=period, scheduled=scheduled))
            for period in periods]

    def record(self, cluster: int, periods: list) -> int:
        client = self.suite.client(harness.OPERATOR, "directory")
        for event in self.events_of(cluster, periods):
            answer = self.suite.record(client, event)
        return answer.entry.position

    def fill(self) -> str:
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            last = max(pool.map(lambda cluster: self.record(cluster, self.periods), range(self.clusters)))
        self.suite.wait_for_directory(last)
        recorded = time.monotonic()
        self.client("fill", self.reports, 0, self.clusters)
        done = time.monotonic()
        return (f"{last:,} events of the directory, {last / (recorded - start):,.0f} a second; {self.count():,} reports handed "
                f"in and accepted, {self.count() / (done - recorded):,.0f} a second")

    def count(self) -> int:
        return self.clusters * len(examples.BLOCS) * len(self.periods) * len(stubs.KINDS)

    def summary(self) -> list:
        return self.client("summary", self.clusters // 2, self.periods[0], CALLS)

    def accept(self) -> list:
        return self.client("accept", self.reports, self.clusters // 2, self.periods[0], ACCEPTANCES)

    def stored(self) -> int:
        return sum((self.suite.data(kind) / f"{kind}.db").stat().st_size for kind in stubs.KINDS)

    def entries(self) -> int:
        """That the aggregator has read of the reports' journals."""
        return sum(entries for labels, entries in self.suite.series("suite", "giaoban_feed_entries_total")
                   if labels["service"] == "aggregator" and labels["feed"] in stubs.KINDS)

    def restart(self) -> dict:
        """Stops and starts: the bytes stored, reports a second read again with their acceptances, and memory after it."""
        self.suite.forget_channels()
        self.suite.stop()
        stored, entries = self.stored(), 2 * self.count()
        self.suite.start()
        first = harness.eventually("the aggregator reads", self.entries, 120)
        began = time.monotonic()
        harness.eventually("the aggregator has read everything", lambda: self.entries() >= entries, 600)
        return {"stored": stored, "rebuilt": (entries - first) / 2 / (time.monotonic() - began), "resident": self.resident()}

    def write_files(self, folder: pathlib.Path, cluster: int, bloc: int, periods: list) -> int:
        folder.mkdir()
        for (kind, number, period), request in reports_of_a_cluster(periods).items():
            if number == bloc:
                said = {"kind": kind, "cluster": f"cluster-{cluster}", "period": period, "bloc": f"bloc-{cluster}-{bloc}",
                        "values": {field.name: as_written(field, value) for field, value in request.report.ListFields()},
                        "explanations": dict(request.submission.explanations)}
                (folder / f"{period}-{kind}.json").write_text(json.dumps(said))
        return len(list(folder.iterdir()))

    def imports(self) -> dict:
        """Reports a second of two blocs of a further cluster: handed in one after the other, and as files of one folder."""
        cluster, periods, folder = self.clusters, half_years(IMPORTED), self.suite.folder
        self.suite.wait_for_directory(self.record(cluster, periods))
        single = self.client("submit", write_requests(folder / "single", periods), cluster, 1)
        files = self.write_files(folder / "files", cluster, 2, periods)
        office = f"office/bloc-{cluster}-2"
        self.suite.certs("issue", f"{office}={office.replace('/', '-')}")
        start = time.monotonic()
        done = self.suite.cli(office, "submit", folder / "files", "--format", "csv")
        took = time.monotonic() - start
        if done.returncode or len(done.stdout.splitlines()) != files + 1:
            raise AssertionError(f"giaoban submit: {done.stderr[:1000]}")
        return {"single": 1e6 * len(single) / sum(single), "files": files / took}


def machine() -> str:
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.partition(": ")[2] for line in info.splitlines() if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores of {model}, load {os.getloadavg()[0]:.1f} at the start"


def percentiles(times: list) -> str:
    return f"{statistics.median(times):,.0f} µs, p99 {sorted(times)[len(times) * 99 // 100]:,} µs"


def report(few: Country, many: Country, times: dict, measured: dict) -> list:
    ratio = lambda what: statistics.median(times[what, many]) / statistics.median(times[what, few])
    both = lambda what: f"{percentiles(times[what, few])} → {percentiles(times[what, many])}"
    rows = [
        ("GetSummary, many ÷ one", f"{ratio('summary'):.2f}", "≤ 1.2", both("summary")),
        ("from an acceptance to the summary, many ÷ one", f"{ratio('accept'):.2f}", "≤ 1.2", both("accept")),
        ("rebuild, reports a second", f"{measured['rebuilt']:,.0f}", "≥ 200,000", "each with its acceptance"),
        ("resident, idle", f"{few.idle / 1e6:.0f} MB", "≤ 40 MB", "a suite without anything"),
        ("resident, after a start", f"{measured['resident'] / 1e6:.0f} MB", "≤ 400 MB with 480,000 reports",
         f"{measured['worked'] / 1e6:.0f} MB after taking them in"),
        ("stored for a revision", f"{measured['stored'] / many.count():,.0f} bytes", "≤ 1,500 bytes", "with its acceptance"),
        ("files of a folder ÷ one after the other", f"{measured['files'] / measured['single']:.1f}", "≥ 2",
         f"{measured['files']:,.0f} a second ÷ {measured['single']:,.0f} a second")]
    return ["| what | measured | target | |", "| --- | ---: | ---: | --- |", *("| " + " | ".join(row) + " |" for row in rows)]


def main() -> int:
    clusters, periods, rounds = (harness.number(*pair) for pair in (("clusters", 20), ("periods", 20), ("rounds", 3)))
    where = machine()
    with contextlib.ExitStack() as stack:
        few = Country(1, half_years(1))
        stack.callback(few.suite.close)
        many = Country(clusters, half_years(periods))
        stack.callback(many.suite.close)
        few.fill()
        filled = many.fill()
        worked = many.resident()
        measured = {"worked": worked, **many.restart()}
        times = {(what, country): [] for what in ("summary", "accept") for country in (few, many)}
        for _ in range(rounds):
            for what, country in times:
                times[what, country] += getattr(country, what)()
        measured |= many.imports()
        print(f"{datetime.date.today()}, {where}; {clusters:,} clusters of {len(examples.BLOCS)} blocs, {periods} half-years\n"
              f"{filled}\n", *report(few, many, times, measured), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
