"""Goal: a submission counts once and for all. Repetitions, races, drafts, withdrawals, returns, late and closed
periods come out as the contract says."""

import json
import threading
import unittest
import uuid

import grpc

import examples
import harness
import stubs

BLOC = "lang-son"
State = stubs.report.State


def training(bloc=BLOC):
    return examples.read(examples.SECOND, bloc, "training")


class SubmissionTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite()

    def states(self, example):
        return [State.Name(revision.state)[len("STATE_"):] for revision in self.suite.history(example)]

    def withdraw(self, receipt, **more):
        withdrawal = stubs.report.Withdrawal(key=receipt.key, revision=receipt.revision,
                                             request_id=str(uuid.uuid4()), **more)
        request = stubs.kinds[receipt.kind].messages.WithdrawRequest(withdrawal=withdrawal)
        return self.suite.client(f"office/{receipt.key.bloc}", receipt.kind).Withdraw(request).receipt

    def get(self, identity, example, **which):
        selection = stubs.report.Selection(key=example.key, **which)
        request = stubs.kinds[example.kind].messages.GetRequest(selection=selection)
        return self.suite.client(identity, example.kind).Get(request)

    def save_draft(self, example, version, identity=f"office/{BLOC}"):
        draft = stubs.report.Draft(key=example.key, version=version)
        request = stubs.kinds[example.kind].messages.SaveDraftRequest(draft=draft, report=example.report)
        return self.suite.client(identity, example.kind).SaveDraft(request).version

    def assert_explained(self, refusal, reason):
        self.assertEqual((refusal.reason, refusal.domain), (reason, "giaoban"))
        self.assertTrue(refusal.vietnamese)

    # --- Once and for all --------------------------------------------------------

    def test_a_file_is_submitted_again(self):
        # Goal: whoever got no answer hands the file in again with the same id and gets the receipt, of an amendment too
        # and though others came after it; another file under that id is refused.
        office, request_id = f"office/{BLOC}", str(uuid.uuid4())
        path = examples.path(examples.SECOND, BLOC, "training")
        submit = lambda *words: self.suite.cli(office, "submit", path, "--format", "json", *words)
        self.assertEqual(submit().returncode, 0)
        first = json.loads(submit("--request-id", request_id).stdout)["receipt"]
        self.assertEqual(first["revision"], "2")
        self.assertEqual(submit().returncode, 0)
        self.assertEqual(json.loads(submit("--request-id", request_id).stdout)["receipt"], first)
        self.assertEqual(submit("--request-id", request_id, "--reason", "khác").returncode, 3)
        self.assertEqual(len(self.suite.journal("training")), 3)

    def test_a_feed_may_come_together(self):
        # Goal: entries that come together are those that come one by one, in few messages, and long ones in several.
        for base in range(90):
            self.suite.submit(training(), base=base, reason="x" * 2000)
        alone, together = self.suite.feed("training"), self.suite.feed("training", together=True)
        self.assertEqual([list(answer.more) for answer in alone], [[]] * 90)
        entries = [entry for answer in together for entry in (answer.entry, *answer.more)]
        self.assertEqual(entries, [answer.entry for answer in alone])
        self.assertIn(len(together), range(2, 6))

    def test_a_replay_returns_the_first_receipt(self):
        # Goal: the same request gives the same receipt byte for byte, also when the report was amended and accepted
        # since, and after a restart; it adds nothing to the journal.
        request_id = str(uuid.uuid4())
        first = self.suite.submit(training(), request_id=request_id).receipt.SerializeToString()
        second = self.suite.submit(training().free(9), base=1).receipt
        decision_id = str(uuid.uuid4())
        accepted = self.suite.review(second, request_id=decision_id).SerializeToString()
        length = len(self.suite.journal("training"))
        for restart in (False, True):
            if restart:
                self.suite.stop()
                self.suite.start()
            again = harness.when_ready(lambda: self.suite.submit(training(), request_id=request_id).receipt)
            self.assertEqual(again.SerializeToString(), first)
            decided = self.suite.review(second, request_id=decision_id)
            self.assertEqual(decided.SerializeToString(), accepted)
        self.assertEqual(len(self.suite.journal("training")), length)

    def test_an_id_means_one_thing(self):
        # Goal: an id used for one content is refused for every other, whether report, reason or method differ.
        request_id = str(uuid.uuid4())
        receipt = self.suite.submit(training(), request_id=request_id).receipt
        for other in (lambda: self.suite.submit(training().free(9), request_id=request_id),
                      lambda: self.suite.submit(training(), request_id=request_id, reason="khác"),
                      lambda: self.suite.submit(training(), request_id=request_id, base=1)):
            with self.refused(grpc.StatusCode.ALREADY_EXISTS) as refusal:
                other()
            self.assert_explained(refusal, "REQUEST_ID_USED")
        self.assertEqual(self.states(training()), ["SUBMITTED"])
        self.assertEqual(self.suite.submit(training(), request_id=request_id).receipt, receipt)

    def test_one_of_two_clerks_wins(self):
        # Goal: of two clerks who submit on one base at the same time exactly one wins, every time; the other learns
        # the current revision.
        for round_number in range(20):
            outcomes, together = [], threading.Barrier(2)

            def clerk(value):
                example = training().free(value)
                with grpc.secure_channel(self.suite.addresses["training"],
                                         self.suite.credentials(f"office/{BLOC}")) as channel:
                    client = harness.Client(stubs.stub("training", channel))
                    together.wait(harness.CALL_SECONDS)
                    try:
                        outcomes.append(self.suite.submit(example, base=round_number, client=client).receipt.revision)
                    except grpc.RpcError as error:
                        outcomes.append(stubs.refusal_of(error))

            clerks = [threading.Thread(target=clerk, args=(value,)) for value in (1, 2)]
            for thread in clerks:
                thread.start()
            for thread in clerks:
                thread.join()
            won = [outcome for outcome in outcomes if outcome == round_number + 1]
            lost = [outcome for outcome in outcomes if isinstance(outcome, stubs.Refusal)]
            self.assertEqual((len(won), len(lost)), (1, 1), outcomes)
            self.assertEqual(lost[0].code, grpc.StatusCode.ABORTED)
            self.assert_explained(lost[0], "REVISION_CONFLICT")
            self.assertEqual(lost[0].metadata, {"current_revision": str(round_number + 1)})
            self.assertIn(str(round_number + 1), lost[0].message)

    def test_validate_only_stores_nothing(self):
        # Goal: the verdict of a submission, good or bad, leaves no trace and uses up no request id.
        request_id = str(uuid.uuid4())
        membership = examples.read(examples.SECOND, BLOC, "membership")
        answer = self.suite.submit(membership, request_id=request_id, validate_only=True)
        self.assertFalse(answer.HasField("receipt"))
        self.assertEqual([finding.rule for finding in answer.findings], ["V21"])
        self.assertTrue(answer.findings[0].explanation)
        with self.refused(grpc.StatusCode.INVALID_ARGUMENT):
            self.suite.submit(membership.but(mem_vetted=None), validate_only=True)
        self.assertEqual(self.suite.journals(), {kind: [] for kind in stubs.KINDS})
        self.assertEqual(self.suite.submit(membership, request_id=request_id).receipt.position, 1)

    # --- Drafts --------------------------------------------------------------------

    def test_drafts_are_private_and_versioned(self):
        # Goal: a draft may be wrong, is its office's alone, and two clerks cannot overwrite each other's.
        unfinished = training().but(trn_class_total=None, trn_learner_total=-4)
        self.assertEqual(self.save_draft(unfinished, 0), 1)
        self.assertEqual(self.save_draft(unfinished.free(7), 1), 2)
        with self.refused(grpc.StatusCode.ABORTED) as refusal:
            self.save_draft(unfinished, 1)
        self.assert_explained(refusal, "DRAFT_CONFLICT")
        self.assertEqual(refusal.metadata, {"current_version": "2"})
        stored = self.get(f"office/{BLOC}", unfinished, draft=True)
        self.assertEqual(stored.report, unfinished.free(7).report)
        self.assertEqual((stored.revision.state, stored.revision.revision), (stubs.report.STATE_DRAFT, 2))
        for stranger in (harness.CHAIR, "office/bac-kan"):
            with self.refused(grpc.StatusCode.PERMISSION_DENIED):
                self.get(stranger, unfinished, draft=True)
        with self.refused(grpc.StatusCode.PERMISSION_DENIED):
            self.save_draft(unfinished, 2, identity="office/bac-kan")
        with self.refused(grpc.StatusCode.NOT_FOUND):
            self.get(harness.CHAIR, unfinished)
        self.assertEqual(self.suite.history(unfinished), [])
        self.assertEqual(self.suite.journal("training"), [])

    def test_a_submission_ends_its_draft(self):
        # Goal: what was submitted is no draft any more; drafts survive a restart.
        self.save_draft(training(), 0)
        self.suite.stop()
        self.suite.start()
        stored = harness.when_ready(lambda: self.get(f"office/{BLOC}", training(), draft=True))
        self.assertEqual(stored.report, training().report)
        self.suite.submit(training())
        with self.refused(grpc.StatusCode.NOT_FOUND):
            self.get(f"office/{BLOC}", training(), draft=True)

    # --- Decisions -----------------------------------------------------------------

    def test_withdrawing(self):
        # Goal: an office takes back what is not decided, once, and only its current revision.
        first = self.suite.submit(training()).receipt
        self.withdraw(first, reason="nhầm kỳ")
        self.assertEqual(self.states(training()), ["WITHDRAWN"])
        with self.refused(grpc.StatusCode.FAILED_PRECONDITION) as refusal:
            self.withdraw(first)
        self.assert_explained(refusal, "NOT_PENDING")
        second = self.suite.submit(training(), base=1).receipt
        self.suite.review(second)
        with self.refused(grpc.StatusCode.FAILED_PRECONDITION):
            self.withdraw(second)
        self.assertEqual(self.states(training()), ["WITHDRAWN", "ACCEPTED"])

    def test_returned_and_amended(self):
        # Goal: a return needs a reason, the office reads it, and its next revision can be accepted.
        first = self.suite.submit(training()).receipt
        with self.refused(grpc.StatusCode.INVALID_ARGUMENT):
            self.suite.review(first, "RETURN")
        self.suite.review(first, "RETURN", reason="thiếu lớp tháng 5")
        revision = self.suite.history(training(), f"office/{BLOC}")[0]
        self.assertEqual((revision.state, revision.decision_reason, revision.decider),
                         (stubs.report.STATE_RETURNED, "thiếu lớp tháng 5", harness.CHAIR))
        with self.refused(grpc.StatusCode.FAILED_PRECONDITION):
            self.suite.review(first)
        second = self.suite.submit(training().free(9), base=1).receipt
        self.suite.review(second)
        self.assertEqual(self.states(training()), ["RETURNED", "ACCEPTED"])

    def test_amending_what_was_accepted_needs_a_reason(self):
        # Goal: without one it is refused as a finding; with one both revisions stand side by side.
        self.suite.review(self.suite.submit(training()).receipt)
        with self.refused(grpc.StatusCode.INVALID_ARGUMENT) as refusal:
            self.suite.submit(training().free(9), base=1)
        self.assertEqual(refusal.rules(), {"REASON"})
        self.suite.submit(training().free(9), base=1, reason="bổ sung lớp tháng 6")
        self.assertEqual(self.states(training()), ["ACCEPTED", "SUBMITTED"])
        self.assertEqual(self.get(harness.CHAIR, training(), accepted=True).report, training().report)

    # --- Times -----------------------------------------------------------------------

    def test_late_is_told_for_each_bloc(self):
        # Goal: past the due time reports are taken and marked late, but not for the bloc that got more time.
        extension = stubs.event.PeriodExtended(bloc=BLOC)
        extension.due_time.FromJsonString("2098-01-01T00:00:00Z")
        extension.close_time.FromJsonString("2099-01-01T00:00:00Z")
        self.suite.record_period(harness.CHAIR, reason="bão lũ", extended=extension)
        for bloc, late in ((BLOC, False), ("bac-kan", True)):
            self.suite.submit(training(bloc))
            self.assertEqual([revision.late for revision in self.suite.history(training(bloc))], [late])

    def test_a_closed_period_takes_nothing(self):
        # Goal: the refusal says since when and whom to ask; a reopened period takes reports again.
        self.suite.record_period(harness.CHAIR, closed=stubs.event.PeriodClosed())
        cluster = self.suite.client(harness.CHAIR, "directory").GetCluster(
            stubs.directory.GetClusterRequest(cluster=examples.CLUSTER)).cluster
        closed = next(period for period in cluster.periods if period.period == examples.SECOND)
        self.assertEqual(closed.state, stubs.directory.PERIOD_STATE_CLOSED)
        with self.refused(grpc.StatusCode.FAILED_PRECONDITION) as refusal:
            self.suite.submit(training())
        self.assert_explained(refusal, "PERIOD_CLOSED")
        finding = refusal.finding("PERIOD")
        self.assertIn("đã đóng từ", finding.text.vi)
        self.assertIn(f"{closed.times.close_time.ToDatetime().year}", finding.text.en)
        for text in (finding.text.vi, finding.text.en):
            self.assertIn(examples.CHAIR, text)
        self.assertEqual(self.suite.journal("training"), [])
        self.suite.submit(examples.read(examples.FIRST, BLOC, "training"))
        reopened = stubs.event.PeriodReopened()
        reopened.close_time.FromJsonString("2099-01-01T00:00:00Z")
        self.suite.record_period(harness.CHAIR, reason="nộp bổ sung", reopened=reopened)
        self.assertEqual(self.suite.submit(training()).receipt.revision, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
