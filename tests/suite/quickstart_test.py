"""deploy/quickstart, as somebody with a keyboard uses it.

Started twice on one folder: the first start hands in the example and prints the published figures, the second finds
them. The third finds its port taken.
"""

import csv
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("GIAOBAN_BUILD", ROOT / "build"))
SECONDS = 60

# What the article prints, and Quảng Ninh's line of it; see tests/data/README.md.
PUBLISHED = {
    "mem_org_total": 652, "mem_committee_consolidated": 121, "mem_vetted": 2391, "mem_admitted": 2391,
    "trn_class_total": 27, "trn_learner_total": 1647, "ins_rounds_total": 22, "ins_disc_org_total": 9,
    "ins_disc_mem_total": 72, "trn_dissem_rate_min": 98,
}
ABOVE = {"mem_closing": 38700}


def free_port() -> int:
    """A port with a free one above it, for gRPC and metrics."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
                return port
            except OSError:
                pass  # taken: try another pair


class QuickstartTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.port = free_port()

    def start(self, *more):
        # It ends with this test, whatever ends that. A group of its own, so that Ctrl-C reaches what a
        # terminal would send it to.
        command = ["setpriv", "--pdeathsig", "TERM", ROOT / "deploy" / "quickstart",
                   "--dir", self.folder, "--port", str(self.port), "--build", BUILD]
        process = subprocess.Popen([*command, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, SECONDS)
        self.addCleanup(process.terminate)
        return process

    def finish(self, *more):
        process = self.start(*more)
        return process.communicate(timeout=SECONDS)[0], process.returncode

    def giaoban(self, identity, *words):
        command = [BUILD / "bin" / "giaoban", "--identity", self.folder / "identities" / identity, *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS).stdout

    def up_to(self, process, text):
        """What was printed until a line with this text."""
        printed = ""
        for line in process.stdout:
            printed += line
            if text in line:
                return printed
        return self.fail(printed)

    def check_published(self):
        answer = self.giaoban("cum-truong", "summary", "--cluster", "dong-bac", "--period", "2023-H1", "--format", "csv")
        self.assertTrue(answer.startswith("code,label,unit,total,reported,expected,ha-giang,quang-ninh,"), answer[:200])
        rows = {row["code"]: row for row in csv.DictReader(answer.splitlines())}
        self.assertEqual({code: float(rows[code]["total"]) for code in PUBLISHED}, PUBLISHED)
        for code, bound in ABOVE.items():
            self.assertGreater(float(rows[code]["total"]), bound)
        self.assertEqual(rows["mem_org_total"]["quang-ninh"], "82")
        self.assertGreater(float(rows["mem_closing"]["quang-ninh"]), 7000)
        self.assertEqual({row["reported"] for code, row in rows.items() if code in PUBLISHED}, {"8"})

    def test_two_starts_and_a_taken_port(self):
        first = self.start()
        printed = self.up_to(first, "Ctrl-C")
        self.check_published()
        for figure in ("652", "2.391", "1.647", "121"):
            self.assertIn(f" {figure} ", printed)

        taken, code = self.finish("--exit")
        self.assertEqual(code, 1, taken)
        self.assertIn(str(self.port), taken.split("==")[-1])
        self.check_published()

        os.killpg(first.pid, signal.SIGINT)
        self.assertEqual(first.wait(SECONDS), 0)

        again, code = self.finish("--exit")
        self.assertEqual(code, 0, again)
        self.assertEqual(again.count("đã có từ trước"), 2, again)
        self.assertIn(" 2.391 ", again)
        self.giaoban("van-hanh", "verify", "--data", self.folder / "data")

    def test_a_wrong_option_is_refused_with_the_usage(self):
        printed, code = self.finish("--prot", "7000")
        self.assertEqual(code, 2)
        self.assertIn("--port PORT", printed)
        self.assertIn("--prot", printed.splitlines()[-2])


if __name__ == "__main__":
    unittest.main()
