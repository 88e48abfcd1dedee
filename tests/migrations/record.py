#!/usr/bin/python3
"""Keeps what a release stores, for every later one to be tried on: drives the suite of a checkout that has been built,
and writes its stores as text.

    tests/migrations/record.py CHECKOUT FOLDER         SQLite
    tests/storage/postgres.py tests/migrations/record.py CHECKOUT FOLDER     PostgreSQL
"""

import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import uuid

CHECKOUT, FOLDER = (pathlib.Path(word).resolve() for word in sys.argv[1:])
os.environ["GIAOBAN_BUILD"] = str(CHECKOUT / "build")
sys.path[:0] = [str(CHECKOUT / "tests" / "suite"), str(pathlib.Path(__file__).resolve().parents[1] / "suite")]

import everything
import examples
import harness
import stubs

PASSWORD = "mười hai con giáp"


def example(bloc, kind="training", period=examples.SECOND):
    return examples.read(period, bloc, kind)


def withdraw(suite, receipt):
    withdrawal = stubs.report.Withdrawal(key=receipt.key, revision=receipt.revision, request_id=str(uuid.uuid4()))
    request = stubs.kinds[receipt.kind].messages.WithdrawRequest(withdrawal=withdrawal)
    return suite.client(f"office/{receipt.key.bloc}", receipt.kind).Withdraw(request).receipt


def save_draft(suite, draft):
    request = stubs.kinds[draft.kind].messages.SaveDraftRequest(draft=stubs.report.Draft(key=draft.key),
                                                                report=draft.report)
    suite.client(f"office/{draft.key.bloc}", draft.kind).SaveDraft(request)


def write_reports(suite) -> list:
    """A report in every state; returns all receipts."""
    receipts = []

    def keep(receipt):
        receipts.append(receipt)
        return receipt

    for kind in stubs.KINDS:
        keep(suite.review(keep(suite.submit(example("ha-giang", kind)).receipt)))
    keep(suite.review(keep(suite.submit(example("quang-ninh")).receipt), "RETURN", reason="thiếu giải trình"))
    keep(suite.review(keep(suite.submit(example("quang-ninh").free(3), base=1).receipt)))
    keep(suite.submit(example("quang-ninh").free(4), base=2, reason="bổ sung").receipt)
    keep(suite.submit(example("tuyen-quang")).receipt)
    keep(withdraw(suite, keep(suite.submit(example("cao-bang")).receipt)))
    save_draft(suite, example("bac-kan"))
    return receipts


def write_account(suite) -> dict:
    """A person with a password, where the release has people."""
    if not (CHECKOUT / "tests" / "suite" / "people.py").exists():
        return {}
    import people
    people.Portal(suite).change_password("lan.ha", people.create(suite, "lan.ha", "office", "ha-giang"), PASSWORD)
    return {"user": "lan.ha", "password": PASSWORD}


def dump(suite) -> None:
    if getattr(suite, "database", ""):
        words = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "--no-comments", suite.database]
        text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        kept = (line for line in text.splitlines() if line and not line.startswith(("--", "\\")))
        (FOLDER / "postgres.sql").write_text("\n".join(kept) + "\n")
    for file in sorted(suite.data().glob("*.db")):
        with contextlib.closing(sqlite3.connect(file)) as connection:
            (FOLDER / f"{file.stem}.sql").write_text("\n".join(connection.iterdump()) + "\n")
    for file in suite.data().glob("*.key.pub"):
        (FOLDER / file.name).write_bytes(file.read_bytes())


def main() -> None:
    FOLDER.mkdir()
    suite = harness.Suite()
    try:
        suite.start()
        suite.load_cluster()
        receipts = write_reports(suite)
        said = {"receipts": [everything.plain(receipt) for receipt in receipts], "account": write_account(suite),
                "draft": everything.draft(suite, example("bac-kan")), **everything.read(suite, receipts)}
        suite.stop()
        dump(suite)
    finally:
        suite.close()
    lines = (f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in said.items())
    (FOLDER / "answers.json").write_text("{" + ",\n ".join(lines) + "}\n")


if __name__ == "__main__":
    main()
