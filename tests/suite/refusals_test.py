"""Goal: a report with anything wrong in it is refused whole, every fault is named at once and in both languages,
through the command line and through any gRPC client, and nothing of it is stored."""

import json
import unittest

import grpc

import examples
import harness
import stubs

BLOC = "bac-giang"

# What each fault does to the file of bac-giang's membership report, and the rule that must name it.
FAULTS = {
    "REQUIRED": ("mem_vetted,276,", "mem_vetted,,"),
    "V18": ("mem_left,1,", "mem_left,-1,"),
    "V01": ("mem_org_total,80,", "mem_org_total,81,"),
    "UNKNOWN_CODE": ("mem_provincial_standing,13,", "mem_provincial_standing,13,\nmem_nothing,5,"),
    "NOT_A_NUMBER": ("mem_edu_master,1131,", 'mem_edu_master,"1,647",'),
    "PERIOD": ("period,2023-H1,", "period,2031-H1,"),
    "V21": ("V21,,", "V26,,"),
}


class RefusalsTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite()

    def faulty_file(self, *rules):
        text = examples.path(examples.SECOND, BLOC, "membership").read_text(encoding="utf-8")
        for rule in rules:
            before, after = FAULTS[rule]
            self.assertEqual(text.count(before), 1, before)
            text = text.replace(before, after)
        path = self.suite.folder / "faulty.csv"
        path.write_text(text, encoding="utf-8")
        return path

    def check(self, path, *more):
        """Runs `check`; returns its findings by rule."""
        done = self.suite.cli(f"office/{BLOC}", "check", path, "--format", "json", *more)
        self.assertEqual(done.returncode, 1, done.stderr)
        answer = json.loads(done.stdout)
        self.assertFalse(answer["valid"])
        return {finding["rule"]: finding for finding in answer["findings"]}

    def assert_nothing_stored(self):
        for example in examples.read_all((examples.SECOND,)):
            if example.key.bloc == BLOC:
                self.assertEqual(self.suite.history(example), [])
        self.assertEqual(self.suite.journals(), {kind: [] for kind in stubs.KINDS})

    def test_every_fault_of_a_file_is_named_at_once(self):
        # Goal: seven faults in one file, of the file and of the rules, are seven findings of one run.
        path = self.faulty_file(*FAULTS)
        found = self.check(path)
        self.assertLessEqual(set(FAULTS), set(found))
        self.assertEqual(found["REQUIRED"]["codes"], ["mem_vetted"])
        self.assertEqual(found["UNKNOWN_CODE"]["codes"], ["mem_nothing"])
        self.assertEqual(found["NOT_A_NUMBER"]["codes"], ["mem_edu_master"])
        self.assertEqual((found["V01"]["left"], found["V01"]["right"]), ("81", "80"))
        for finding in found.values():
            self.assertTrue(finding["text"]["vi"] and finding["text"]["en"], finding)
        done = self.suite.cli(f"office/{BLOC}", "submit", path)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        for rule in FAULTS:
            self.assertIn(rule, done.stderr)
        self.assert_nothing_stored()

    def test_each_fault_alone_is_enough(self):
        # Goal: no fault is let through because nothing else is wrong.
        for rule in FAULTS:
            with self.subTest(rule):
                path = self.faulty_file(rule)
                self.assertIn(rule, self.check(path))
                self.assertEqual(self.suite.cli(f"office/{BLOC}", "submit", path).returncode, 1)
        self.assert_nothing_stored()

    def test_people_read_it_in_their_language(self):
        # Goal: the same finding in Vietnamese without being asked, in English with --lang en, with both sides shown
        # as that language writes numbers.
        path = self.faulty_file("V01", "NOT_A_NUMBER")
        rule = next(rule for rule in stubs.kinds["membership"].form().rules if rule.id == "V01").text
        vietnamese = self.suite.cli(f"office/{BLOC}", "check", path)
        self.assertEqual(vietnamese.returncode, 1)
        self.assertIn("lỗi V01", vietnamese.stdout)
        self.assertIn(rule.vi.rstrip("."), vietnamese.stdout)
        english = self.suite.cli(f"office/{BLOC}", "check", path, "--lang", "en")
        self.assertEqual(english.returncode, 1)
        self.assertIn("error V01", english.stdout)
        self.assertIn(rule.en.rstrip("."), english.stdout)
        for output in (vietnamese.stdout, english.stdout):
            self.assertIn("mem_org_total (81) ≠ mem_org_committee (38) + mem_org_cell (42) = 80", output)
            self.assertIn("1,647", output)

    def test_a_comma_that_splits_a_row_is_not_guessed_at(self):
        # Goal: 1,647 typed without quotes makes a row too long; it is named beside every other fault, not read as 1.
        path = self.suite.folder / "split.csv"
        text = examples.path(examples.SECOND, BLOC, "training").read_text(encoding="utf-8")
        text = text.replace("trn_learner_total,180,", "trn_learner_total,1,647,")
        path.write_text(text.replace("trn_conf_online,2,", "trn_conf_online,5,"), encoding="utf-8")
        found = self.check(path)
        self.assertEqual(set(found), {"NOT_A_NUMBER", "V37"})
        self.assertEqual(found["NOT_A_NUMBER"]["codes"], ["trn_learner_total"])
        self.assertEqual(self.suite.cli(f"office/{BLOC}", "submit", path).returncode, 1)
        self.assert_nothing_stored()

    def test_any_client_gets_rich_details(self):
        # Goal: a plain gRPC client gets the standard error details, with everything a person or a program needs.
        example = examples.read(examples.SECOND, BLOC, "membership").but(mem_vetted=None, mem_left=-1,
                                                                         mem_org_total=81)
        example.explanations.clear()
        example.report.MergeFromString(b"\xfa\x3e\x01x")  # field 1007, which no form has
        with self.refused(grpc.StatusCode.INVALID_ARGUMENT) as refusal:
            self.suite.submit(example)
        self.assertEqual((refusal.reason, refusal.domain), ("REPORT_REFUSED", "giaoban"))
        self.assertIn("Không có gì được lưu", refusal.vietnamese)
        self.assertLessEqual({"REQUIRED", "V18", "V01", "V02", "V05", "V21", "UNKNOWN_FIELD"}, refusal.rules())
        broken = refusal.finding("V01")
        self.assertEqual((broken.left, broken.right), (81, 80))
        self.assertEqual(broken.severity, stubs.options.SEVERITY_ERROR)
        self.assertEqual(set(broken.codes), {"mem_org_total", "mem_org_committee", "mem_org_cell"})
        self.assertIn("81", broken.text.vi)
        self.assertIn("80", broken.text.en)
        self.assertEqual(refusal.finding("V21").severity, stubs.options.SEVERITY_WARNING)
        for field in ("report.mem_vetted", "report.mem_left", "report.mem_org_total"):
            self.assertIn(field, refusal.fields)
        self.assert_nothing_stored()

    def test_a_client_with_default_limits_gets_them_too(self):
        # Goal: a report in which every figure is wrong is refused with details that fit what gRPC lets a client receive
        # when nobody changed its limits, and that still name every figure.
        example = examples.read(examples.SECOND, BLOC, "membership")
        codes = {code for code, _ in stubs.kinds["membership"].indicators(examples.SECOND)}
        example = example.but(**dict.fromkeys(codes, -1))
        with grpc.secure_channel(self.suite.addresses["membership"],
                                 self.suite.credentials(f"office/{BLOC}")) as channel:
            client = harness.Client(stubs.stub("membership", channel))
            with self.refused(grpc.StatusCode.INVALID_ARGUMENT) as refusal:
                self.suite.submit(example, client=client)
        negative = {code: finding for finding in refusal.findings if finding.rule == "V18" for code in finding.codes}
        self.assertEqual(set(negative), codes)
        self.assertEqual({finding.left for finding in negative.values()}, {-1})
        self.assertEqual(set(refusal.fields), {f"report.{code}" for code in codes})
        self.assertTrue(refusal.findings[0].text.vi)
        self.assert_nothing_stored()

    def test_the_command_line_gets_every_word(self):
        # Goal: an empty file, with nothing filled in, is answered with one sentence in each language for each
        # required figure: the command line takes more than gRPC's limits.
        empty = self.suite.folder / "empty.csv"
        key = f"kind,inspection,\ncluster,{examples.CLUSTER},\nperiod,{examples.SECOND},\nbloc,{BLOC},\n"
        empty.write_text("code,value,explanation\n" + key)
        done = self.suite.cli(f"office/{BLOC}", "check", empty, "--format", "json")
        self.assertEqual(done.returncode, 1, done.stderr)
        findings = json.loads(done.stdout)["findings"]
        required = {code for code, indicator in stubs.kinds["inspection"].indicators(examples.SECOND)
                    if indicator.required}
        self.assertEqual({finding["codes"][0] for finding in findings if finding["rule"] == "REQUIRED"}, required)
        for finding in findings:
            self.assertTrue(finding["text"]["vi"] and finding["text"]["en"])

    def test_a_foreign_bloc_or_period_is_named(self):
        # Goal: the key is judged like the content: a half-year that is none, one that was never scheduled.
        example = examples.read(examples.SECOND, BLOC, "training")
        for period, rule in (("2023-Q1", "KEY"), ("2031-H1", "PERIOD")):
            example.key.period = period
            with self.refused(grpc.StatusCode.INVALID_ARGUMENT) as refusal:
                self.suite.submit(example)
            self.assertIn(rule, refusal.rules())
        self.assert_nothing_stored()


if __name__ == "__main__":
    unittest.main(verbosity=2)
