"""Goal: a store whose last pages a disk has lost or spoilt is never served as if it were whole. What was acknowledged is
there and verifies, or the service is not started, and says what is missing and what can be done."""

import unittest

import fault
from fault import examples, harness

PAGE = 4096
# Of SQLite's log: its own header, and that of each page in it. Both hold the salt of this round of the log.
HEADER, FRAME = 32, 24
SALT = 8
SPOILT_PAGES = 8


class TornPageTest(fault.FaultTest):

    def setUp(self):
        self.suite = self.new_suite()
        with self.load() as workload:
            workload.wait_for_more(60)
        self.kill()

    def kill(self):
        self.suite.kill("suite")
        self.kept = {name: (self.suite.data() / name).read_bytes() for name in ("training.db", "training.db-wal")}

    def spoil(self, file: str, start: int, length: int, change) -> None:
        content = self.kept[file]
        changed = content[:start] + change(content[start:start + length]) + content[start + length:]
        (self.suite.data() / file).write_bytes(changed)

    def restore(self) -> None:
        """The files as they were, as from a copy."""
        for name, content in self.kept.items():
            (self.suite.data() / name).write_bytes(content)
        (self.suite.data() / "training.db-shm").unlink(missing_ok=True)

    def last_page_of_the_log(self) -> int:
        """Where the last page begins that belongs to this round of the log."""
        log, start = self.kept["training.db-wal"], HEADER
        salt = log[2 * SALT:3 * SALT]
        while log[start + FRAME + PAGE:][SALT:2 * SALT] == salt:
            start += FRAME + PAGE
        return start

    def starts(self, *sentences) -> bool:
        """Whether the suite starts. If not, it says why in both languages."""
        try:
            self.suite.start()
            return True
        except AssertionError as refused:
            said = str(refused)
        self.suite.processes.clear()
        for sentence in ("ended with 1", "Dịch vụ không khởi động được: kho dữ liệu đã hỏng, hoặc thiếu", *sentences):
            self.assertIn(sentence, said)
        return False

    MISSING = (f"the journal of '{examples.CLUSTER}' ends at position", "was acknowledged", "training.acknowledged")

    def test_the_log_ends_too_soon(self):
        # Goal: SQLite takes a log whose last page is missing or does not fit for one that was never finished, and would go
        # on from the commit before.
        last = self.last_page_of_the_log()
        damages = {"cut off": (last + PAGE // 2, lambda content: b""), "zeros": (last, lambda content: bytes(len(content))),
                   "one byte": (last + FRAME, lambda content: bytes([content[0] ^ 1]) + content[1:]),
                   "all of it": (0, lambda content: b"")}
        for what, (start, change) in damages.items():
            with self.subTest(what):
                self.spoil("training.db-wal", start, len(self.kept["training.db-wal"]), change)
                self.assertFalse(self.starts(*self.MISSING))
                self.restore()
        self.assertTrue(self.starts())
        harness.when_ready(self.suite.summary)
        self.assert_recovered()

    def test_a_page_of_the_file_is_spoilt(self):
        # Goal: of the file's last pages each is spoilt in turn; what was acknowledged is all there, or there is no start.
        self.suite.start()
        self.suite.stop()  # which empties the log into the file
        self.suite.start()
        self.own = [(None, harness.when_ready(lambda: self.submission(1)).receipt)]
        self.kill()
        pages, refused = len(self.kept["training.db"]) // PAGE, 0
        for page in range(pages - SPOILT_PAGES, pages):
            with self.subTest(page=page):
                self.spoil("training.db", page * PAGE + PAGE // 2, PAGE // 2,
                           lambda content: bytes(byte ^ 0x55 for byte in content))
                if self.starts():
                    harness.when_ready(lambda: self.suite.journal("training"))
                    self.assert_nothing_lost(self.workload.acknowledged + self.own, self.before)
                    self.suite.kill("suite")
                else:
                    refused += 1
                self.restore()
        print(f"{refused} of {SPOILT_PAGES} refused", flush=True)
        self.assertGreater(refused, 0)
        self.assertTrue(self.starts())

    def test_the_loss_is_accepted(self):
        # Goal: an operator who has no copy goes on without what is missing, knowingly; receipts still tell of it.
        self.spoil("training.db-wal", self.last_page_of_the_log(), len(self.kept["training.db-wal"]), lambda content: b"")
        self.assertFalse(self.starts(*self.MISSING))
        (self.suite.data() / "training.acknowledged").unlink()
        self.assertTrue(self.starts())
        harness.when_ready(lambda: self.submission(1))
        with self.assertRaisesRegex(AssertionError, "training"):
            self.assert_verifies([receipt for _, receipt in self.workload.acknowledged])
        self.assert_verifies([])


if __name__ == "__main__":
    unittest.main(verbosity=2)
