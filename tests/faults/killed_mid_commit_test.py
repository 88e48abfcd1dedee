"""Goal: a process that is killed in the middle of a commit of many requests leaves all of the group or nothing of it;
whoever repeats a request learns which, and its effect is that of one."""

import os
import signal
import subprocess
import threading
import unittest
import uuid

import fault
from fault import examples, harness

# For a file of this name, once there is "armed" in the folder: the first synchronisation tells by "held" that it waits for
# "go"; instead of the second, or right after it, the process is killed.
KILLER = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static int synchronise(int call, int file) {
  static int calls;
  char link[64], path[4096] = "";
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  int folder = open(getenv("KILL_FOLDER"), O_PATH);
  if (length <= 0 || strstr(path, "training.db-wal") == NULL || faccessat(folder, "armed", F_OK, 0) != 0) {
    close(folder);
    return syscall(call, file);
  }
  if (++calls == 1) {
    close(openat(folder, "held", O_CREAT | O_WRONLY, 0600));
    while (faccessat(folder, "go", F_OK, 0) != 0) usleep(1000);
    return syscall(call, file);
  }
  if (strcmp(getenv("KILL_WHEN"), "before") != 0) syscall(call, file);
  return kill(getpid(), SIGKILL);
}
int fdatasync(int file) { return synchronise(SYS_fdatasync, file); }
int fsync(int file) { return synchronise(SYS_fsync, file); }
"""


class KilledMidCommitTest(fault.FaultTest):

    def group(self, held, go):
        """Submits a report, and when its commit is `held` those of all others, which come to be one commit; after `go` the
        process is killed in that. Then all are repeated."""
        chains = [example for example in examples.read_all((examples.SECOND,)) if example.kind == "training"]
        ids, receipts = [str(uuid.uuid4()) for _ in chains], {}

        def submit(index):
            call = lambda: self.suite.submit(chains[index], request_id=ids[index]).receipt
            receipts[index] = harness.when_ready(call, 30)

        threads = [threading.Thread(target=submit, args=(index,)) for index in range(len(chains))]
        threads[0].start()
        harness.eventually("the first is being committed", held)
        for thread in threads[1:]:
            thread.start()
        harness.eventually("the others wait", lambda: self.waiting() == len(chains) - 1)
        go()
        self.assertEqual(self.suite.processes.pop("suite").end(0), -signal.SIGKILL)
        self.suite.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(receipt.position for receipt in receipts.values()), list(range(1, len(chains) + 1)))
        for index, receipt in receipts.items():
            again = self.suite.submit(chains[index], request_id=ids[index]).receipt
            self.assertEqual(again.SerializeToString(), receipt.SerializeToString())
        self.assertEqual(len(self.suite.journal("training")), len(chains))
        self.assert_verifies(receipts.values())

    def waiting(self):
        return sum(count for labels, count in self.suite.series("suite", "giaoban_commit_waiting")
                   if labels["service"] == "training")

    def test_sqlite(self):
        # Goal: killed when all of the commit is written but not made durable, and when it is but nobody was told.
        for side in ("before", "after"):
            with self.subTest(side):
                self.with_killer(self.new_folder(), side)

    def with_killer(self, folder, side):
        library = folder / "killer.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=KILLER.encode(), check=True)
        os.environ.update(LD_PRELOAD=str(library), KILL_WHEN=side, KILL_FOLDER=str(folder))
        try:
            self.suite = self.new_suite()
        finally:
            del os.environ["LD_PRELOAD"]
        (folder / "armed").touch()
        self.group((folder / "held").exists, (folder / "go").touch)

    def test_postgres(self):
        # Goal: killed before the database got the COMMIT, and when it has carried it out but the answer was not passed on.
        for side in ("before_commit", "after_commit"):
            with self.subTest(side):
                gate = self.new_database_gate(self.new_database())
                self.suite = self.new_suite(prepare=self.with_database(gate.conninfo))
                self.with_gate(gate, side)

    def with_gate(self, gate, side):
        held, go, pid = threading.Event(), threading.Event(), self.suite.processes["suite"].pid

        def hold(connection):
            gate.before_commit = second
            held.set()
            return go.wait(harness.CALL_SECONDS)

        def second(connection):
            gate.before_commit = lambda connection: True
            gate.after_commit = kill
            return side == "after_commit" or kill(connection)

        def kill(connection):
            gate.after_commit = lambda connection: True
            os.kill(pid, signal.SIGKILL)
            return False

        gate.before_commit = hold
        self.group(held.is_set, go.set)


if __name__ == "__main__":
    unittest.main(verbosity=2)
