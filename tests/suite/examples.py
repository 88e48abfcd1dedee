"""The example data of tests/data/dong-bac as messages."""

import csv
import dataclasses
import json

from google.protobuf import json_format

import stubs

CLUSTER = "dong-bac"
FIRST, SECOND = "2022-H2", "2023-H1"
PERIODS = (FIRST, SECOND)
BLOCS = ("ha-giang", "quang-ninh", "tuyen-quang", "cao-bang", "bac-kan", "lang-son", "thai-nguyen", "bac-giang")
CHAIR = "quang-ninh"
FOLDER = stubs.ROOT / "tests" / "data" / CLUSTER

# The second cluster, of documented blocs.
OTHER_FOLDER = FOLDER.parent / "other"

# An indicator of each kind that takes part in no error rule: tests vary it.
FREE = {"membership": "mem_model4_registered", "training": "trn_issued_resolution", "inspection": "ins_plan_rounds"}


@dataclasses.dataclass
class Example:
    """A report with what goes with it."""
    kind: str
    key: object
    report: object
    explanations: dict

    def but(self, **values) -> "Example":
        """The same with other values; None makes one blank."""
        changed = type(self.report)()
        changed.CopyFrom(self.report)
        for code, value in values.items():
            changed.ClearField(code) if value is None else setattr(changed, code, value)
        return dataclasses.replace(self, report=changed)

    def of(self, period: str) -> "Example":
        """The same for another half-year, which has to ask for the same."""
        key = stubs.report.ReportKey(cluster=self.key.cluster, period=period, bloc=self.key.bloc)
        return dataclasses.replace(self, key=key)

    def free(self, value: int) -> "Example":
        """The same with another value of no consequence."""
        return self.but(**{FREE[self.kind]: value})


def path(period: str, bloc: str, kind: str):
    return FOLDER / period / bloc / f"{kind}.csv"


def _number(indicator, text: str) -> int:
    if indicator.unit != stubs.options.UNIT_PERCENT:
        return int(text)
    whole, _, decimals = text.partition(",")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


def read(period: str, bloc: str, kind: str) -> Example:
    report, explanations, header = stubs.kinds[kind].Report(), {}, {}
    indicators = dict(stubs.kinds[kind].indicators("H2"))
    with open(path(period, bloc, kind), encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            code, value = row["code"], row["value"]
            if code in ("kind", "cluster", "period", "bloc"):
                header[code] = value
            elif code not in indicators:
                explanations[code] = row["explanation"]
            elif value:
                setattr(report, code, _number(indicators[code], value))
    key = stubs.report.ReportKey(cluster=header["cluster"], period=header["period"], bloc=header["bloc"])
    return Example(header["kind"], key, report, explanations)


def read_all(periods=PERIODS) -> list:
    return [read(period, bloc, kind) for period in periods for bloc in BLOCS for kind in stubs.KINDS]


def read_json(path) -> Example:
    """A report file in JSON form."""
    said = json.loads(path.read_text(encoding="utf-8"))
    report = json_format.ParseDict(said["values"], stubs.kinds[said["kind"]].Report())
    key = stubs.report.ReportKey(cluster=said["cluster"], period=said["period"], bloc=said["bloc"])
    return Example(said["kind"], key, report, said["explanations"])


def more_periods(count: int) -> list:
    """First half-years none of which follows another, so that no report refers to one before it."""
    return [f"{2024 + number}-H1" for number in range(count)]


def events(folder=FOLDER) -> list:
    """The directory's events in the order of recording."""
    listed = json.loads((folder / "cluster.json").read_text(encoding="utf-8"))
    return [json_format.ParseDict(event, stubs.event.Event()) for event in listed]


def summary_key(period=SECOND, basis="ACCEPTED"):
    return stubs.aggregator.SummaryKey(cluster=CLUSTER, period=period,
                                       basis=stubs.aggregator.Basis.Value(f"BASIS_{basis}"))
