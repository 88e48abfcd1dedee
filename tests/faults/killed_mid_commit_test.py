"""Goal: a process that is killed in the middle of a commit of many requests leaves all of the group or nothing of it;
whoever repeats a request learns which, and its effect is that of one."""

import os
import subprocess
import threading
import unittest
import uuid

import fault
from fault import examples, harness

# Kills the process instead of the first synchronisation of a file of this name, or right after it.
KILLER = r"""
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static int synchronise(int call, int file) {
  char link[64], path[4096] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  const char *armed = getenv("KILL_WHEN"), *name = getenv("KILL_FILE");
  int chosen = length > 0 && strstr(path, name) != NULL && access(armed, F_OK) == 0;
  if (chosen && strstr(armed, "before") != NULL) kill(getpid(), SIGKILL);
  int result = syscall(call, file);
  if (chosen) kill(getpid(), SIGKILL);
  return result;
}
int fdatasync(int file) { return synchronise(SYS_fdatasync, file); }
int fsync(int file) { return synchronise(SYS_fsync, file); }
"""


class KilledMidCommitTest(fault.FaultTest):

    def group(self, kill):
        """Submits the examples of a kind at once, has the process killed by `kill` meanwhile, and repeats them all."""
        chains = [example for example in examples.read_all((examples.SECOND,)) if example.kind == "training"]
        ids, receipts = [str(uuid.uuid4()) for _ in chains], {}

        def submit(index):
            call = lambda: self.suite.submit(chains[index], request_id=ids[index]).receipt
            receipts[index] = harness.when_ready(call, 30)

        threads = [threading.Thread(target=submit, args=(index,)) for index in range(len(chains))]
        for thread in threads:
            thread.start()
        kill()
        self.assertEqual(self.suite.processes.pop("suite")._process.wait(harness.CALL_SECONDS), -9)
        self.suite.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(receipt.position for receipt in receipts.values()), list(range(1, len(chains) + 1)))
        for index, receipt in receipts.items():
            again = self.suite.submit(chains[index], request_id=ids[index]).receipt
            self.assertEqual(again.SerializeToString(), receipt.SerializeToString())
        self.assertEqual(len(self.suite.journal("training")), len(chains))
        self.assert_verifies(receipts.values())

    def test_sqlite(self):
        # Goal: killed when all of the commit is written but not made durable, and when it is but nobody was told.
        for side in ("before", "after"):
            with self.subTest(side):
                self.with_killer(side)

    def with_killer(self, side):
        folder = harness.processes.REPORTS.parent / f"{harness.processes.certificates().name}-{side}"
        folder.mkdir(exist_ok=True)
        self._below.callback(fault.shutil.rmtree, folder, ignore_errors=True)
        library = folder / "killer.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=KILLER.encode(), check=True)
        os.environ.update(LD_PRELOAD=str(library), KILL_WHEN=str(folder / "armed"), KILL_FILE="training.db-wal")
        try:
            self.suite = self.new_suite()
        finally:
            del os.environ["LD_PRELOAD"]
        (folder / "armed").touch()
        self.group(lambda: None)

    def test_postgres(self):
        # Goal: killed before the database got the COMMIT, and when it has carried it out but the answer was not passed on.
        for side in ("before_commit", "after_commit"):
            with self.subTest(side):
                gate = self.new_database_gate(self.new_database())
                self.suite = self.new_suite(prepare=self.with_database(gate.conninfo))
                self.with_gate(gate, side)

    def with_gate(self, gate, side):
        here, gone = threading.Event(), threading.Event()

        def hold(connection):
            setattr(gate, side, lambda connection: True)
            here.set()
            gone.wait(harness.CALL_SECONDS)
            return False

        def kill():
            here.wait(harness.CALL_SECONDS)
            os.kill(self.suite.processes["suite"].pid, 9)
            gone.set()

        setattr(gate, side, hold)
        self.group(kill)


if __name__ == "__main__":
    unittest.main(verbosity=2)
