"""Goal: a SQLite file has one process. Another one is refused and told which file, whichever binary it is and by whatever
path it comes; the first does not notice; and when it is gone, however it went, the next may have the file."""

import unittest

import fault
from fault import examples, harness


class TwoProcessesOneFileTest(fault.FaultTest):

    def setUp(self):
        self.suite = self.new_suite()

    def refusal_of(self, service, data):
        port, = harness.processes.free_ports(1)
        process = harness.processes.Process(
            [harness.BIN / f"giaoban-{service}", f"--identity={self.suite.identities / f'service-{service}'}",
             f"--data={data}", f"--listen=localhost:{port}"], self.suite.folder / f"second-{service}.log")
        with self.assertRaises(AssertionError) as refused:
            process.wait_until_serving()
        return str(refused.exception)

    def test_a_second_process(self):
        data, link = self.suite.data(), self.suite.folder / "link"
        link.symlink_to(data)
        with self.load() as workload:
            workload.wait_for_more(20)
            for service, folder in (("suite", data), ("suite", link), ("training", data)):
                file = f"{service.replace('suite', 'directory')}.db.lock"
                with self.subTest(service=service, folder=folder):
                    said = self.refusal_of(service, folder)
                    self.assertIn("ended with 1", said)
                    self.assertIn("Dịch vụ không khởi động được", said)
                    self.assertIn(f"{folder / file} is locked: the database is open for writing elsewhere", said)
            workload.wait_for_more(20)
            # However it went.
            self.suite.kill("suite")
            self.suite.start()
            workload.wait_for_more(20)
        self.assert_recovered()


if __name__ == "__main__":
    unittest.main(verbosity=2)
