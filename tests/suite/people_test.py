"""Goal: people log in through the portal, which acts for each with what the directory signed and with nothing else; who
guesses learns nothing and waits; who owns an account is never locked out by others; and no secret is anywhere."""

import concurrent.futures
import datetime
import hashlib
import hmac
import base64
import statistics
import time
import unittest

import grpc

import examples
import harness
import people
import stubs

BLOC, OTHER = "cao-bang", "bac-kan"
PASSWORD = "chín con trâu trắng"
SECOND = datetime.timedelta(seconds=1)
Status = grpc.StatusCode


def training(bloc=BLOC):
    return examples.read(examples.SECOND, bloc, "training")


def code_of(secret: str, moment: float) -> str:
    """RFC 6238, from the secret as an authenticator is given it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, int(moment // 30).to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset:offset + 4], 'big') & 0x7fffffff) % 1_000_000:06}"


class PeopleTest(harness.SuiteTest):

    def install(self, together=True):
        self.suite = self.new_suite(together)
        self.portal = people.Portal(self.suite)

    def settle(self, user, role="office", bloc=BLOC, password=PASSWORD):
        """Makes an account and changes its password; returns the statement."""
        return self.portal.change_password(user, people.create(self.suite, user, role, bloc), password)

    def list(self, statement, service="training", carrier=harness.PORTAL):
        messages = stubs.kinds[service].messages
        request = messages.ListRequest(cluster=examples.CLUSTER, period=examples.SECOND)
        return self.portal.acting_for(statement, service, carrier).List(request)

    def submit_for(self, statement, bloc=BLOC):
        return self.suite.submit(training(bloc), client=self.portal.acting_for(statement, "training")).receipt

    def checks(self):
        return sum(count for _, count in self.suite.series(self.suite.process_of("directory"),
                                                           "giaoban_password_checks_total"))


class ActingTest(PeopleTest):

    def setUp(self):
        self.install()

    def test_from_an_account_to_an_accepted_report(self):
        # Goal: the initial password only leads to a password of one's own; with it the portal submits and decides for
        # people, and the journal says for whom, through whom and from where.
        initial = people.create(self.suite, "lan.ha", "office", BLOC)
        with self.refused(Status.FAILED_PRECONDITION) as refusal:
            self.portal.log_in("lan.ha", initial)
        self.assertEqual(refusal.reason, "PASSWORD_CHANGE_REQUIRED")
        with self.refused(Status.INVALID_ARGUMENT) as refusal:
            self.portal.change_password("lan.ha", initial, "lan.ha")
        self.assertEqual(refusal.rules(), {"PASSWORD_LENGTH", "PASSWORD_VARIETY", "PASSWORD_USER_NAME"})
        self.portal.change_password("lan.ha", initial, PASSWORD)
        lan = self.portal.log_in("lan.ha", PASSWORD, address="2001:db8::7")
        receipt = self.submit_for(lan)
        chair = self.settle("chu.tri", "chair", examples.CHAIR)
        review = stubs.report.Review(key=receipt.key, revision=1, revision_hash=receipt.entry_hash,
                                     decision=stubs.report.DECISION_ACCEPT, request_id="review-1")
        self.portal.acting_for(chair, "training").Review(stubs.kinds["training"].messages.ReviewRequest(review=review))
        facts = [stubs.report.Fact.FromString(entry.body) for entry in self.suite.journal("training")]
        said = [(fact.actor, fact.origin.person, fact.origin.carrier, fact.origin.address) for fact in facts]
        self.assertEqual(said, [(f"office/{BLOC}", "lan.ha", harness.PORTAL, "2001:db8::7"),
                                (harness.CHAIR, "chu.tri", harness.PORTAL, people.HOME)])

    def test_a_person_may_what_the_role_may(self):
        # Goal: another bloc's report, a chair's decision and an operator's work are refused as to a certificate.
        lan = self.settle("lan")
        with self.refused(Status.PERMISSION_DENIED):
            self.submit_for(lan, OTHER)
        with self.refused(Status.PERMISSION_DENIED):
            self.portal.acting_for(lan, "account").ListAccounts(stubs.accounts.ListAccountsRequest())
        operator = self.settle("van.hanh.2", "operator", "")
        listed = self.portal.acting_for(operator, "account").ListAccounts(stubs.accounts.ListAccountsRequest())
        self.assertEqual([each.user for each in listed.accounts], ["lan", "van.hanh.2"])
        with self.refused(Status.PERMISSION_DENIED):
            self.list(operator)

    def test_only_the_portal_may_bring_a_statement(self):
        # Goal: over another certificate it is refused, not ignored; without one the portal reads nothing; and an
        # office cannot try passwords.
        lan = self.settle("lan")
        self.assertEqual(len(self.list(lan).reports), 0)
        for carrier in (f"office/{BLOC}", harness.OPERATOR, harness.SERVICE):
            with self.subTest(carrier), self.refused(Status.PERMISSION_DENIED):
                self.list(lan, carrier=carrier)
        with self.refused(Status.PERMISSION_DENIED):
            request = stubs.kinds["training"].messages.ListRequest(cluster=examples.CLUSTER, period=examples.SECOND)
            self.suite.client(harness.PORTAL, "training").List(request)
        for carrier in (f"office/{BLOC}", harness.OPERATOR, harness.SERVICE):
            accounts = harness.Client(stubs.account_stub(self.suite.channel(carrier, "directory")))
            with self.subTest(carrier), self.refused(Status.PERMISSION_DENIED):
                accounts.LogIn(stubs.accounts.LogInRequest(user="lan", password=PASSWORD, address=people.HOME))

    def test_a_statement_is_believed_as_it_was_signed_or_not_at_all(self):
        # Goal: changed, expired, from the future, for too long, of another key, twice: nobody acts.
        lan = self.settle("lan")
        key, key_id = people.Key(self.suite.data("directory") / "statement.key"), lan.key_id
        life = datetime.timedelta(minutes=5)
        self.list(key.sign(people.restated(lan, 0 * SECOND), key_id))
        for bit in range(0, 8 * len(lan.SerializeToString()), 37):
            changed = bytearray(lan.SerializeToString())
            changed[bit // 8] ^= 1 << bit % 8
            with self.subTest(bit=bit), self.refused(Status.UNAUTHENTICATED):
                self.list(bytes(changed))
        for name, statement in {
            "expired": key.sign(people.restated(lan, -life), key_id),
            "future": key.sign(people.restated(lan, 60 * SECOND), key_id),
            "for too long": key.sign(people.restated(lan, 0 * SECOND, life + SECOND), key_id),
            "another key": people.Key().sign(people.restated(lan, 0 * SECOND), key_id),
            "nothing": b"",
        }.items():
            with self.subTest(name), self.refused(Status.UNAUTHENTICATED):
                self.list(statement)
        channel, metadata = self.suite.channel(harness.PORTAL, "directory"), ((people.STATEMENT, lan.SerializeToString()),)
        with self.subTest("twice"), self.refused(Status.PERMISSION_DENIED):
            stubs.stub("directory", channel).ListClusters(stubs.directory.ListClustersRequest(), metadata=2 * metadata,
                                                          timeout=harness.CALL_SECONDS)

    def test_a_session_ends_with_what_happens_to_the_account(self):
        # Goal: a disabled, reset or changed account's statements are not renewed, and its old password is worth nothing.
        lan = self.portal.renew(self.settle("lan"))
        people.account(self.suite, "disable", "--user", "lan", "--reason", "chuyển công tác")
        with self.refused(Status.UNAUTHENTICATED) as refusal:
            self.portal.renew(lan)
        self.assertEqual(refusal.reason, "SESSION")
        with self.refused(Status.UNAUTHENTICATED) as refusal:
            self.portal.log_in("lan", PASSWORD)
        self.assertEqual(refusal.reason, "CREDENTIALS")
        people.account(self.suite, "enable", "--user", "lan")
        lan = self.portal.log_in("lan", PASSWORD, address="192.0.2.8")
        initial = people.account(self.suite, "reset", "--user", "lan")["initialPassword"]
        with self.refused(Status.UNAUTHENTICATED):
            self.portal.renew(lan)
        with self.refused(Status.UNAUTHENTICATED):
            self.portal.log_in("lan", PASSWORD, address="192.0.2.9")
        self.portal.renew(self.portal.change_password("lan", initial, PASSWORD, address="192.0.2.10"))

    def test_a_restart_changes_nothing(self):
        # Goal: accounts, sessions and the key are there after a kill.
        lan = self.settle("lan")
        self.suite.kill("suite")
        self.suite.start()
        harness.when_ready(lambda: self.list(lan))
        self.portal.renew(lan)
        self.portal.log_in("lan", PASSWORD)
        listed = people.account(self.suite, "list")
        self.assertEqual([(each["user"], each["password_change_required"]) for each in listed], [("lan", "false")])
        self.assertTrue(listed[0]["log_in_time"])


class OneTimeCodeTest(PeopleTest):

    def test_codes(self):
        # Goal: once confirmed, a log-in needs a code, each code counts once, and a reset takes them away.
        self.install()
        lan = self.settle("lan")
        account = self.portal.acting_for(lan, "account")
        confirm = lambda code: account.ConfirmOneTimeCode(stubs.accounts.ConfirmOneTimeCodeRequest(code=code))
        with self.refused(Status.FAILED_PRECONDITION):
            confirm("123456")
        secret = account.BeginOneTimeCode(stubs.accounts.BeginOneTimeCodeRequest()).secret
        now = time.time()
        with self.refused(Status.INVALID_ARGUMENT):
            confirm("12345")
        self.portal.log_in("lan", PASSWORD)
        confirm(code_of(secret, now - 30))
        with self.refused(Status.FAILED_PRECONDITION):
            account.BeginOneTimeCode(stubs.accounts.BeginOneTimeCodeRequest())
        log_in = lambda code, address: self.portal.log_in("lan", PASSWORD, code, address)
        for number, code in enumerate(("", "000000", code_of(secret, now - 30))):
            with self.subTest(code), self.refused(Status.UNAUTHENTICATED):
                log_in(code, f"192.0.2.{20 + number}")
        self.portal.renew(log_in(code_of(secret, now), people.HOME))
        with self.refused(Status.UNAUTHENTICATED):
            log_in(code_of(secret, now), "192.0.2.30")
        initial = people.account(self.suite, "reset", "--user", "lan")["initialPassword"]
        self.portal.change_password("lan", initial, PASSWORD, address="192.0.2.31")
        self.portal.log_in("lan", PASSWORD, address="192.0.2.31")
        with self.refused(Status.FAILED_PRECONDITION) as refusal:
            certificate = harness.Client(stubs.account_stub(self.suite.channel(f"office/{BLOC}", "directory")))
            certificate.BeginOneTimeCode(stubs.accounts.BeginOneTimeCodeRequest())
        self.assertEqual(refusal.reason, "NO_PERSON")


class KeyTest(PeopleTest):

    def test_rotation(self):
        # Goal: without a restart every service believes the new key and nothing newly signed with the old one; the old
        # key's sessions are not renewed.
        self.install(together=False)
        before = self.settle("lan")
        stolen = people.Key(self.suite.data("directory") / "statement.key")
        key_id = people.account(self.suite, "rotate-key")["keys"][0]["keyId"]
        self.assertNotEqual(key_id, before.key_id)
        with self.refused(Status.UNAUTHENTICATED) as refusal:
            self.portal.renew(before)
        self.assertEqual(refusal.reason, "SESSION")
        after = self.portal.log_in("lan", PASSWORD)
        self.assertEqual(after.key_id, key_id)
        key = people.Key(self.suite.data("directory") / "statement.key")
        # As far in the future as clocks may differ: what the thief of a key could do longest.
        soon = datetime.timedelta(seconds=29)
        for service in stubs.KINDS:
            harness.eventually(f"{service} believes the new key", lambda: self.believed(after, service))
            self.assertTrue(self.believed(key.sign(people.restated(after, soon), key_id), service))
            harness.eventually(f"{service} believes the old key no more", lambda: not self.believed(
                stolen.sign(people.restated(before, soon), before.key_id), service))
        self.portal.renew(after)

    def believed(self, statement, service):
        try:
            self.list(statement, service)
            return True
        except grpc.RpcError as error:
            self.assertEqual(error.code(), Status.UNAUTHENTICATED)
            return False


class GuessingTest(PeopleTest):

    def setUp(self):
        self.install()

    def refusal_of(self, *log_in, portal=None, **more):
        """What a log-in that fails is answered with."""
        try:
            (portal or self.portal).log_in(*log_in, **more)
        except grpc.RpcError as error:
            return stubs.refusal_of(error), error.trailing_metadata()
        raise AssertionError("let in")

    def test_whoever_fails_waits(self):
        # Goal: the second try is refused without looking at it, and says when to come again, in both languages.
        self.settle("lan")
        self.refusal_of("lan", "sai")
        before = self.checks()
        refusal, _ = self.refusal_of("lan", PASSWORD)
        self.assertEqual((refusal.code, refusal.reason, refusal.retry_seconds),
                         (Status.RESOURCE_EXHAUSTED, "DELAY", 1))
        self.assertIn("1 giây", refusal.vietnamese)
        self.assertIn("in 1 s", refusal.message)
        self.assertEqual(self.checks(), before)
        harness.eventually("let in after the second", lambda: self.try_log_in("lan"))

    def try_log_in(self, user):
        try:
            return self.portal.log_in(user, PASSWORD)
        except grpc.RpcError as error:
            self.assertEqual(error.code(), Status.RESOURCE_EXHAUSTED)
            return None

    def test_strangers_cannot_lock_out_the_owner(self):
        # Goal: hundreds guess at the account and at all others at once, past every limit; the owner logs in from where
        # he did before, at once, and also after a restart.
        self.settle("lan")
        codes = set()

        def guess(number):
            user, portal = "lan" if number % 2 else f"user{number}", people.Portal(self.suite, 1 + number % 4)
            refusal, _ = self.refusal_of(user, "sai", address=f"198.51.{number // 100}.{number % 100}", portal=portal)
            codes.add((refusal.code, refusal.reason))

        for first in (0, 300):
            with concurrent.futures.ThreadPoolExecutor(60) as pool:
                guesses = [pool.submit(guess, number) for number in range(first, first + 300)]
                for _ in range(3):
                    self.portal.log_in("lan", PASSWORD)
                for each in guesses:
                    each.result()
            if first == 0:
                self.suite.stop("suite")
                self.suite.start()
        # How many are looked at before they have to wait depends on the machine.
        self.assertLessEqual(codes, {(Status.UNAUTHENTICATED, "CREDENTIALS"), (Status.RESOURCE_EXHAUSTED, "DELAY"),
                                     (Status.RESOURCE_EXHAUSTED, "LIMIT")})
        self.assertIn((Status.RESOURCE_EXHAUSTED, "LIMIT"), codes)

    def test_nobody_learns_which_accounts_there_are(self):
        # Goal: for an unknown user, a wrong password and a disabled account the answer is the same to the last byte of
        # its details, after one check of a password each, in the same time.
        self.settle("wrong.1"), self.settle("wrong.2")
        for user in ("locked.1", "locked.2"):
            self.settle(user)
            people.account(self.suite, "disable", "--user", user)
        kinds = {"unknown": "nobody", "wrong": "wrong", "locked": "locked"}
        took, answers, before = {kind: [] for kind in kinds}, set(), self.checks()
        # Ten failures are free for each account and address, so nobody waits.
        for number in range(20):
            for index, (kind, name) in enumerate(kinds.items()):
                password = PASSWORD if kind == "locked" else "sai"
                start = time.monotonic()
                refusal, trailer = self.refusal_of(f"{name}.{1 + number // 10}", password,
                                                   address=f"198.51.{index}.{number}")
                took[kind].append(time.monotonic() - start)
                answers.add((refusal.code, refusal.message, tuple(trailer)))
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(answers.pop()[0], Status.UNAUTHENTICATED)
        self.assertEqual(self.checks(), before + 60)
        medians = {kind: statistics.median(times) for kind, times in took.items()}
        print("medians:", {kind: f"{1000 * median:.0f} ms" for kind, median in medians.items()}, flush=True)
        self.assertLess(max(medians.values()), 1.5 * min(medians.values()))


class SecretsTest(PeopleTest):

    def setUp(self):
        self.install()

    def test_no_password_is_anywhere(self):
        # Goal: neither an initial password nor one's own, nor what others typed, is in a file of the services or a log.
        secrets = [people.create(self.suite, "lan", "office", BLOC), PASSWORD, "chín con trâu trắng khác"]
        self.portal.change_password("lan", secrets[0], PASSWORD)
        self.portal.log_in("lan", PASSWORD)
        with self.refused(Status.UNAUTHENTICATED):
            self.portal.log_in("lan", secrets[2], address="192.0.2.8")
        secrets.append(people.account(self.suite, "reset", "--user", "lan")["initialPassword"])
        for running in (True, False):
            files = [path for path in self.suite.folder.rglob("*") if path.is_file()]
            self.assertTrue(any(path.name == "suite.log" for path in files))
            for path in files:
                content = path.read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret.encode(), content, path)
            if running:
                self.suite.stop()

    def test_the_journal_is_verified_and_handed_to_nobody(self):
        # Goal: `verify` walks the accounts' journal with the directory's; a changed entry is named; the feed has none.
        self.settle("thu-ky")
        client = self.suite.client(harness.SERVICE, "directory")
        feed = client.Watch(stubs.directory.WatchRequest(past_only=True))
        events = [stubs.event.Event.FromString(answer.entry.body) for answer in feed]
        self.assertEqual(len(events), 1 + len(examples.events()))
        self.assertNotIn(b"thu-ky", b"".join(event.SerializeToString() for event in events))
        self.suite.stop()
        self.assertEqual(self.suite.verify().returncode, 0)
        entry = "WHERE cluster = 'accounts' AND position = 1"
        (body,), = self.suite.execute("directory", f"SELECT body FROM journal {entry}")
        self.change(f"UPDATE journal SET body = %s {entry}", body.replace(b"thu-ky", b"thu-kz"))
        done = self.suite.verify()
        self.assertEqual(done.returncode, 5, done.stdout)
        self.assertIn("directory accounts 1:", done.stdout + done.stderr)

    def test_secrets_exchanged_in_the_database_are_not_believed(self):
        # Goal: who can write to the database but not sign cannot give an account a password he knows.
        self.settle("lan"), self.settle("mai", password="một câu khác để nhớ")
        self.suite.stop()
        self.change("UPDATE account_secrets SET password_hash = (SELECT password_hash FROM account_secrets "
                    "WHERE user_name = 'mai') WHERE user_name = 'lan'")
        self.suite.start()
        with self.refused(Status.UNAUTHENTICATED) as refusal:
            self.portal.log_in("lan", "một câu khác để nhớ")
        self.assertEqual(refusal.reason, "CREDENTIALS")
        self.assertIn("the secrets of an account are not those its journal says",
                      (self.suite.folder / "suite.log").read_text())
        self.portal.log_in("mai", "một câu khác để nhớ")

    def change(self, statement, *values):
        self.assertEqual(len(self.suite.execute("directory", f"{statement} RETURNING 1", *values)), 1)


class OperatorTest(PeopleTest):

    def test_requests_are_checked(self):
        # Goal: what an operator may not ask for is refused with a reason, and changes nothing.
        self.install()
        messages = stubs.accounts
        client = harness.Client(stubs.account_stub(self.suite.channel(harness.OPERATOR, "directory")))
        create = lambda **what: client.CreateAccount(messages.CreateAccountRequest(
            **{"user": "lan", "role": stubs.options.ROLE_OFFICE, "bloc": BLOC, "request_id": "create-lan", **what}))
        for name, what in {
            "short": {"user": "la"}, "long": {"user": "a" * 41}, "upper case": {"user": "Lan"}, "mark": {"user": "lán"},
            "number first": {"user": "1lan"}, "no role": {"role": 0}, "service": {"role": stubs.options.ROLE_SERVICE},
            "portal": {"role": stubs.options.ROLE_PORTAL}, "no bloc": {"bloc": ""},
            "operator of a bloc": {"role": stubs.options.ROLE_OPERATOR}, "request id": {"request_id": "short"},
        }.items():
            with self.subTest(name), self.refused(Status.INVALID_ARGUMENT) as refusal:
                create(**what)
            self.assertTrue(refusal.vietnamese)
        with self.refused(Status.FAILED_PRECONDITION):
            create(bloc="la")
        create()
        for reason, what in {"REQUEST_REPEATED": {}, "REQUEST_ID_USED": {"bloc": OTHER},
                             "ACCOUNT_EXISTS": {"request_id": "create-lan-again"}}.items():
            with self.subTest(reason), self.refused(Status.ALREADY_EXISTS) as refusal:
                create(**what)
            self.assertEqual(refusal.reason, reason)
        with self.refused(Status.NOT_FOUND):
            client.ResetAccount(messages.ResetAccountRequest(user="mai", request_id="reset-mai"))
        with self.refused(Status.INVALID_ARGUMENT):
            client.ResetAccount(messages.ResetAccountRequest(user="lan", reason="x" * 2001, request_id="reset-lan"))
        self.assertEqual([each["user"] for each in people.account(self.suite, "list")], ["lan"])

    def test_lists_come_in_pages(self):
        # Goal: every account once, in order, whatever the page size.
        self.install()
        users = [f"user{number}" for number in range(5)]
        for user in reversed(users):
            people.create(self.suite, user, "operator")
        client = harness.Client(stubs.account_stub(self.suite.channel(harness.OPERATOR, "directory")))
        for size in (1, 2, 5, 6):
            listed, token = [], ""
            while True:
                page = client.ListAccounts(stubs.accounts.ListAccountsRequest(page_size=size, page_token=token))
                listed += [account.user for account in page.accounts]
                token = page.next_page_token
                if not token:
                    break
            self.assertEqual(listed, users)
        for request in ({"page_token": "rubbish"}, {"page_size": -1}):
            with self.refused(Status.INVALID_ARGUMENT):
                client.ListAccounts(stubs.accounts.ListAccountsRequest(**request))


if __name__ == "__main__":
    unittest.main(verbosity=2)
