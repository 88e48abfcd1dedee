"""Goal: a database without room refuses, and says so, keeps what it has acknowledged, and takes on again by itself once
there is room."""

import os
import subprocess
import unittest

import fault
from fault import harness

MEGABYTES = 24


class DatabaseFullTest(fault.FaultTest):

    def setUp(self):
        self.server = self.new_server()

    def test_the_disk_of_the_tables_is_full(self):
        # Goal: no table can grow. Under load offices are refused; with room again they go on, without any restart.
        disk = self.server.folder / "small"
        self.new_disk(disk, MEGABYTES)
        subprocess.run(["chown", "postgres:", disk], check=True)
        self.sql(self.server.conninfo, f"CREATE TABLESPACE small LOCATION '{disk}'",
                 "CREATE DATABASE giaoban TABLESPACE small")
        conninfo = self.server.conninfo.replace("dbname=postgres", "dbname=giaoban")
        self.suite = self.new_suite(prepare=self.with_database(conninfo))
        with self.load() as workload:
            workload.wait_for_more(20)
            make_room = self.fill(disk)
            harness.eventually("somebody is refused", self.has_no_room)
            self.suite.history(fault.examples.read(fault.examples.SECOND, "bac-kan", "training"))
            make_room()
            workload.wait_for_more(40)
        self.assert_recovered()

    def test_the_disk_of_the_log_is_full(self):
        # Goal: PostgreSQL ends itself when it cannot write its log. Once there is room and somebody starts it, the suite
        # goes on with all it has acknowledged.
        self.server.stop()
        log = self.server.data / "pg_wal"
        kept = log.rename(self.server.folder / "log-before")
        self.new_disk(log, 64)
        subprocess.run(["cp", "--archive", "--no-target-directory", kept, log], check=True)
        with open(self.server.data / "postgresql.conf", "a", encoding="utf-8") as settings:
            settings.write("min_wal_size = '32MB'\nmax_wal_size = '32MB'\nwal_recycle = off\n")
        self.server.start()
        self.suite = self.new_suite(prepare=self.with_database(self.server.conninfo))
        with self.load() as workload:
            workload.wait_for_more(20)
            first = self.server.processes()[0]
            make_room = self.fill(log)
            switch = ["psql", "--quiet", "--no-psqlrc", "--command=SELECT pg_switch_wal()", self.server.conninfo]
            harness.eventually("the server has ended itself", lambda: subprocess.run(
                switch, capture_output=True).returncode and not os.path.exists(f"/proc/{first}"), 20)
            self.assert_told_at_once(lambda: self.submission(1), "STORE_UNAVAILABLE")
            make_room()
            self.server.start()
            workload.wait_for_more(20)
        self.assert_recovered()


if __name__ == "__main__":
    unittest.main(verbosity=2)
