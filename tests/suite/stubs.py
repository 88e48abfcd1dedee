"""The contract in Python, generated from proto/ at the first use.

The tests of this folder know the suite only as any other gRPC client does: by its contract.
"""

import dataclasses
import hashlib
import importlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

# An idle Python client looks at its connections this often, and a server that stops waits for it to look.
os.environ.setdefault("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "100")

import google
import grpc

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GIAOBAN_BUILD", ROOT / "build"))

PLUGIN = "/usr/bin/grpc_python_plugin"


def generate() -> pathlib.Path:
    """Returns the folder of the generated modules. Its name says what it was made from, so it is never stale."""
    proto = ROOT / "proto"
    files = sorted(str(file.relative_to(proto)) for file in proto.rglob("*.proto"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.encode() + b"\0" + (proto / file).read_bytes())
    folder = BUILD / "python" / digest.hexdigest()[:16]
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = tempfile.mkdtemp(dir=folder.parent)
    subprocess.run(
        ["protoc", "-I", proto, f"--python_out={work}", f"--grpc_out={work}",
         f"--plugin=protoc-gen-grpc={PLUGIN}", *files], check=True)
    try:
        os.rename(work, folder)
    except OSError:  # Another test made it meanwhile.
        shutil.rmtree(work)
    return folder


_folder = str(generate())
sys.path.append(_folder)
# The package google is protobuf's; google.rpc is found beside it.
if f"{_folder}/google" not in google.__path__:
    google.__path__.append(f"{_folder}/google")

options = importlib.import_module("giaoban.contract.v1.options_pb2")
report = importlib.import_module("giaoban.report.v1.report_pb2")
event = importlib.import_module("giaoban.directory.v1.event_pb2")
directory = importlib.import_module("giaoban.directory.v1.directory_pb2")
accounts = importlib.import_module("giaoban.directory.v1.accounts_pb2")
aggregator = importlib.import_module("giaoban.aggregator.v1.aggregator_pb2")
audit = importlib.import_module("giaoban.audit.v1.audit_pb2")
_details = importlib.import_module("google.rpc.error_details_pb2")
_status = importlib.import_module("google.rpc.status_pb2")

KINDS = ("membership", "training", "inspection")
SERVICES = ("directory", *KINDS, "aggregator")


@dataclasses.dataclass(frozen=True)
class Kind:
    """What is particular to a report kind: its messages. `Report` is its form."""
    name: str
    Report: type
    messages: object

    def indicators(self, period: str):
        """The entered indicators asked for in a half-year: (code, options)."""
        form = self.form()
        second = {section.id for section in form.sections if section.asked == options.ASKED_SECOND_HALF}
        for field in self.Report.DESCRIPTOR.fields:
            indicator = field.GetOptions().Extensions[options.indicator]
            if indicator.section not in second or period.endswith("H2"):
                yield field.name, indicator

    def form(self):
        return self.Report.DESCRIPTOR.GetOptions().Extensions[options.form]


def _kind(name: str) -> Kind:
    messages = importlib.import_module(f"giaoban.{name}.v1.service_pb2")
    return Kind(name, importlib.import_module(f"giaoban.{name}.v1.report_pb2").Report, messages)


kinds = {name: _kind(name) for name in KINDS}


def stub(service: str, channel: grpc.Channel):
    file = "service" if service in KINDS else service
    module = importlib.import_module(f"giaoban.{service}.v1.{file}_pb2_grpc")
    return getattr(module, f"{service.capitalize()}ServiceStub")(channel)


def account_stub(channel: grpc.Channel):
    return importlib.import_module("giaoban.directory.v1.accounts_pb2_grpc").AccountServiceStub(channel)


def full_name(service: str) -> str:
    return f"giaoban.{service}.v1.{service.capitalize()}Service"


@dataclasses.dataclass
class Refusal:
    """A failed call with everything that came with it."""
    code: grpc.StatusCode
    message: str
    reason: str = ""
    domain: str = ""
    metadata: dict = dataclasses.field(default_factory=dict)
    vietnamese: str = ""
    fields: dict = dataclasses.field(default_factory=dict)
    findings: list = dataclasses.field(default_factory=list)
    retry_seconds: int = 0

    def rules(self) -> set:
        return {finding.rule for finding in self.findings}

    def finding(self, rule: str):
        return next(finding for finding in self.findings if finding.rule == rule)


def refusal_of(error: grpc.RpcError) -> Refusal:
    """Decodes the rich details of an error (the trailer grpc-status-details-bin)."""
    refusal = Refusal(error.code(), error.details())
    trailer = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    for detail in _status.Status.FromString(trailer).details:
        info, localized = _details.ErrorInfo(), _details.LocalizedMessage()
        request, findings, retry = _details.BadRequest(), report.Findings(), _details.RetryInfo()
        if detail.Unpack(info):
            refusal.reason, refusal.domain, refusal.metadata = info.reason, info.domain, dict(info.metadata)
        elif detail.Unpack(localized) and localized.locale == "vi":
            refusal.vietnamese = localized.message
        elif detail.Unpack(request):
            refusal.fields = {violation.field: violation.description for violation in request.field_violations}
        elif detail.Unpack(retry):
            refusal.retry_seconds = retry.retry_delay.seconds
        elif detail.Unpack(findings):
            refusal.findings = list(findings.findings)
    return refusal
