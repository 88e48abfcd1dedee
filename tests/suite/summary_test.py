"""Goal: eight offices report through the command line, the chair accepts, and the summary shows exactly the figures
published for that conference, with who is missing and what is implausible."""

import csv
import io
import json
import unittest

import examples
import harness
import stubs

# What the article on the conference prints (tests/data/README.md).
PUBLISHED = {
    "mem_org_total": "652", "mem_closing": "38742", "mem_committee_consolidated": "121", "mem_vetted": "2391",
    "mem_admitted": "2391", "trn_class_total": "27", "trn_learner_total": "1647", "trn_dissem_rate_min": "98",
    "ins_rounds_total": "22", "ins_disc_org_total": "9", "ins_disc_mem_total": "72",
}
QUANG_NINH = {"mem_org_total": "82", "mem_closing": "7048"}
LAST = "bac-kan"
KEY = ("--cluster", examples.CLUSTER, "--period", examples.SECOND)


class SummaryTest(harness.SuiteTest):

    def run_cli(self, identity, *words):
        done = self.suite.cli(identity, *words)
        self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def report(self, period, bloc):
        """One office submits its three files and the chair accepts them; returns the last receipt of each kind."""
        files = [examples.path(period, bloc, kind) for kind in stubs.KINDS]
        self.run_cli(f"office/{bloc}", "submit", *files)
        accepted = [self.run_cli(harness.CHAIR, "review", "accept", "--kind", kind, "--cluster", examples.CLUSTER,
                                 "--period", period, "--bloc", bloc, "--format", "json") for kind in stubs.KINDS]
        return [json.loads(line)["receipt"] for line in accepted]

    def wait_for(self, receipts):
        """Until the aggregator has read these receipts."""
        self.suite.summary(at_least=[stubs.report.Receipt(kind=receipt["kind"], position=int(receipt["position"]))
                                     for receipt in receipts])

    def table(self, *more):
        text = self.run_cli(harness.CHAIR, "summary", *KEY, "--format", "csv", *more)
        header = text.splitlines()[0]
        rows = {row["code"]: row for row in csv.DictReader(io.StringIO(text))}
        return header, rows

    def codes_of_first_halves(self):
        forms = json.loads(self.run_cli(harness.CHAIR, "catalogue", "--format", "json"))
        return [line["code"] for form in forms for line in form["indicators"] if line["asked"] == "every"]

    def test_the_conference(self):
        # Goal: the whole main job in one go; before the last office has reported the summary says 7/8 and leaves it
        # out, never counting it as zero.
        self.suite = self.new_suite()
        for period in examples.PERIODS:
            for bloc in examples.BLOCS:
                if (period, bloc) != (examples.SECOND, LAST):
                    receipts = self.report(period, bloc)
        self.wait_for(receipts)
        self.assert_one_is_missing()
        self.wait_for(self.report(examples.SECOND, LAST))
        self.assert_published_figures()
        self.assert_findings()
        self.assert_status()
        self.assert_text()

    def assert_one_is_missing(self):
        _, rows = self.table()
        without = {kind: [examples.read(examples.SECOND, bloc, kind).report for bloc in examples.BLOCS if bloc != LAST]
                   for kind in stubs.KINDS}
        for code in ("mem_org_total", "trn_class_total", "ins_rounds_total"):
            kind = next(name for name, kind in stubs.kinds.items() if code in kind.Report.DESCRIPTOR.fields_by_name)
            row = rows[code]
            self.assertEqual((row["reported"], row["expected"], row[LAST]), ("7", "8", ""))
            self.assertEqual(int(row["total"]), sum(getattr(report, code) for report in without[kind]))
        vietnamese = self.run_cli(harness.CHAIR, "summary", *KEY)
        self.assertIn("7/8", vietnamese)
        self.assertIn("còn thiếu: Bắc Kạn", vietnamese)

    def assert_published_figures(self):
        header, rows = self.table()
        self.assertEqual(header, "code,label,unit,total,reported,expected," + ",".join(examples.BLOCS))
        self.assertEqual(list(rows), self.codes_of_first_halves())
        self.assertEqual({code: rows[code]["total"] for code in PUBLISHED}, PUBLISHED)
        self.assertEqual({code: rows[code]["quang-ninh"] for code in QUANG_NINH}, QUANG_NINH)
        for code in PUBLISHED:
            self.assertEqual((rows[code]["reported"], rows[code]["expected"]), ("8", "8"))

    def assert_findings(self):
        summary = json.loads(self.run_cli(harness.CHAIR, "summary", *KEY, "--format", "json"))
        same = [finding for finding in summary["findings"]
                if finding["rule"] == "V20" and not finding.get("bloc") and
                set(finding["codes"]) == {"mem_admitted", "mem_vetted"}]
        self.assertEqual(len(same), 1, summary["findings"])
        self.assertIn("2.391", same[0]["text"]["vi"])
        self.assertIn("2,391", same[0]["text"]["en"])
        crossing = [finding["bloc"] for finding in summary["findings"] if finding["rule"] == "V23"]
        self.assertEqual(crossing, ["lang-son"])
        for finding in summary["findings"]:
            if finding.get("bloc") and finding["rule"] not in ("V22", "V23"):
                self.assertTrue(finding["explanation"], finding)

    def assert_status(self):
        text = self.run_cli(harness.CHAIR, "status", *KEY, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len(rows), len(examples.BLOCS) * len(stubs.KINDS))
        self.assertEqual({(row["state"], row["accepted_revision"], row["late"]) for row in rows},
                         {("accepted", "1", "true")})

    def assert_text(self):
        vietnamese = self.run_cli(f"office/{LAST}", "summary", *KEY)
        english = self.run_cli(f"office/{LAST}", "summary", *KEY, "--lang", "en")
        for text, figures in ((vietnamese, ("38.742", "2.391", "98\N{NO-BREAK SPACE}%")), (english, ("38,742", "2,391", "98%"))):
            for figure in figures:
                self.assertIn(figure, text)
        self.assertIn("cảnh báo V20", vietnamese)
        self.assertIn("warning V20", english)


if __name__ == "__main__":
    unittest.main(verbosity=2)
