"""What offices and the chair can read of an installation, as plain values. The same for any release whose tests have
this folder's harness."""

from google.protobuf import json_format

import examples
import harness
import stubs


def plain(message) -> dict:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def draft(suite, example) -> dict:
    selection = stubs.report.Selection(key=example.key, draft=True)
    request = stubs.kinds[example.kind].messages.GetRequest(selection=selection)
    client = suite.client(f"office/{example.key.bloc}", example.kind)
    return plain(harness.when_ready(lambda: client.Get(request)))


def read(suite, at_least) -> dict:
    """Every report of the example cluster with all its revisions, the journals and the summary, all of them with what
    these receipts are for."""
    histories = {}
    for example in examples.read_all():
        revisions = harness.when_ready(lambda: suite.history(example))
        if revisions:
            name = f"{example.kind} {example.key.period} {example.key.bloc}"
            histories[name] = [plain(revision) for revision in revisions]
    last = {receipt.kind: receipt for receipt in sorted(at_least, key=lambda receipt: receipt.position)}
    summary = harness.when_ready(lambda: suite.summary(at_least=list(last.values())))
    rows = {row.code: [row.reported, plain(row.total)] for row in summary.rows if row.reported}
    return {"histories": histories, "summary": rows,
            "journals": {kind: [entry.hash.hex() for entry in suite.journal(kind)] for kind in stubs.KINDS}}


def lost(then, now, place: str = "") -> list:
    """The places of what was said then and is not said now. A later release may say more."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [each for key in then for each in lost(then[key], now.get(key), f"{place}.{key}")]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        return [each for number, pair in enumerate(zip(then, now)) for each in lost(*pair, f"{place}.{number}")]
    return [] if then == now else [f"{place}: {then!r} became {now!r}"]
