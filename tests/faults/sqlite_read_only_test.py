"""Goal: when the kernel makes a file system read-only after an error on its disk, what is there is still read, and whoever
submits is told at once. After the repair nothing that was acknowledged is lost."""

import pathlib
import subprocess
import unittest

import fault
from fault import examples, harness

MEGABYTES = 48


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


class SqliteReadOnlyTest(fault.FaultTest):

    def setUp(self):
        self.suite = self.new_suite(prepare=self.with_file_system)

    def with_file_system(self, suite):
        """Has the suite keep its data in a file system of its own, of the sort that is used on disks."""
        self.image, self.folder = suite.folder / "image", suite.data()
        self.folder.mkdir(parents=True)
        run("truncate", f"--size={MEGABYTES}M", self.image)
        run("mkfs.ext4", "-q", "-F", self.image)
        self.mount()
        self._below.callback(subprocess.run, ["umount", "--lazy", self.folder], check=True)

    def mount(self):
        run("mount", "-o", "loop,errors=remount-ro", self.image, self.folder)

    def test_the_disk_fails(self):
        with self.load() as workload:
            workload.wait_for_more(40)
            device = pathlib.Path(run("findmnt", "--noheadings", "--output=SOURCE", self.folder)).name
            pathlib.Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("giaoban")
            self.assert_told_at_once(lambda: self.submission(1), "STORE_UNAVAILABLE")
            self.assertTrue(self.suite.summary().rows)
            for example in examples.read_all((examples.SECOND,)):
                self.suite.history(example)
            # An operator's part: such a file system comes back only by being mounted anew.
            self.suite.stop()
            run("umount", self.folder)
            repaired = subprocess.run(["e2fsck", "-p", self.image], capture_output=True, text=True)
            self.assertEqual(repaired.returncode, 1, repaired.stdout)
            self.mount()
            self.suite.start()
            workload.wait_for_more(40)
        self.assert_recovered()


if __name__ == "__main__":
    unittest.main(verbosity=2)
