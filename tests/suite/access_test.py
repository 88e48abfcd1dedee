"""Goal: who may call what is written down for every method, role, bloc and cluster, and is so: the table is
tests/contract/access.golden, and all of it is walked here on a running suite. A denial says nothing about what exists,
reaches no handler when it is the role's, is counted under the method that was called, and is logged with who and what.
"""

import collections
import dataclasses
import json
import os
import re
import unittest

import grpc

import certificate
import examples
import harness
import people
import stubs
import walk

GOLDEN = stubs.ROOT / "tests" / "contract" / "access.golden"
HEADER = """\
# Who may call what: method, caller, the bloc and the cluster that the request names, verdict. The roles are those of
# the options in proto/; "by the portal" is a person with an account, "portal for nobody" the portal's certificate
# alone. A bloc or cluster is the caller's own or another, for callers that have none any; "-" where none is named.
#
#   allowed          any answer but a denial
#   denied: role     refused before the method runs, with the same words for everything a role may not call
#   denied: scope    refused by the method before it looks anything up, with the same words whatever there is
#   unauthenticated  the certificate names nobody who may come in
#   not served       the contract has the method and no service offers it
#
# Where the answer depends on something else in the request, that is named behind the method.
"""

OTHER_CLUSTER, UNKNOWN, UNKNOWN_PERIOD = "tu-lieu", "khong-co", "2031-H1"
PERIODS = collections.defaultdict(lambda: examples.SECOND, {OTHER_CLUSTER: "2019-H1"})
# Of each cluster: blocs with reports, and one without.
MEMBERS = {examples.CLUSTER: ("bac-kan", "ha-giang"), OTHER_CLUSTER: ("thua-thien-hue", "nghe-an")}

DENIED, UNAUTHENTICATED = grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED
# An answer of these kinds tells nothing about access.
NO_VERDICT = {grpc.StatusCode[name] for name in
              ("UNKNOWN", "INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "DATA_LOSS", "UNIMPLEMENTED")}


@dataclasses.dataclass(frozen=True)
class Caller:
    """A row of the table: what it is called, its role in the contract, who it is, and what is its own."""
    title: str
    role: str
    identity: str
    bloc: str = ""
    cluster: str = ""
    person: str = ""  # user name of somebody whom the portal acts for

    def target(self, bloc, cluster, period=None) -> walk.Target:
        return walk.Target(bloc, cluster, period or PERIODS[cluster])

    def cells(self) -> dict:
        """What there is to name: (own or other bloc, own or other cluster) → targets that must not be told apart."""
        if not self.bloc:
            blocs = [(bloc, cluster) for cluster, blocs in MEMBERS.items() for bloc in blocs]
            return {("any", "any"): [self.target(*names) for names in blocs + [(UNKNOWN, UNKNOWN)]]}
        foreign = OTHER_CLUSTER if self.cluster == examples.CLUSTER else examples.CLUSTER
        others = [bloc for bloc in (*MEMBERS[self.cluster], MEMBERS[foreign][0], UNKNOWN) if bloc != self.bloc]
        return {
            ("own", "own"): [self.target(self.bloc, self.cluster, period) for period in (None, UNKNOWN_PERIOD)],
            ("other", "own"): [self.target(bloc, self.cluster) for bloc in others],
            ("own", "other"): [self.target(self.bloc, cluster) for cluster in (foreign, UNKNOWN)],
            ("other", "other"): [self.target(bloc, foreign) for bloc in (*MEMBERS[foreign], UNKNOWN)] + [
                self.target(UNKNOWN, UNKNOWN)],
        }

    def targets(self, method: walk.Method) -> dict:
        """The cells as far as a request of the method names blocs and clusters."""
        if method.request is None:
            return {("-", "-"): [None]}
        named = [walk.names(method.request.DESCRIPTOR, names) for names in (walk.BLOCS, {"cluster"})]
        found = collections.defaultdict(list)
        for words, targets in self.cells().items():
            found[tuple(word if there else "-" for word, there in zip(words, named))] += targets
        return found


CALLERS = (
    Caller("office", "office", "office/cao-bang", "cao-bang", examples.CLUSTER),
    Caller("office by the portal", "office", "office/cao-bang", "cao-bang", examples.CLUSTER, "lan.cao-bang"),
    Caller("chair", "chair", harness.CHAIR, examples.CHAIR, examples.CLUSTER),
    Caller("chair of another cluster", "chair", "chair/thua-thien-hue", "thua-thien-hue", OTHER_CLUSTER),
    Caller("chair of no cluster", "chair", "chair/lang-son", "lang-son", examples.CLUSTER),
    Caller("operator", "operator", harness.OPERATOR),
    Caller("service", "service", harness.SERVICE),
    Caller("portal for nobody", "portal", harness.PORTAL),
    Caller("nobody", "", "nobody"),
)
OFFICE, NOBODY = CALLERS[0], CALLERS[-1]


def served_services(channel) -> set:
    """The services that reflection lists."""
    reflection = next(method for method in walk.contract() if method.name == "ServerReflectionInfo")
    answer = walk.call(channel, reflection, reflection.payload)
    return {name.decode() for name in re.findall(rb"[a-z][a-z0-9.]*\.[A-Z][A-Za-z]+", answer.body[0])}


class AccessTest(harness.SuiteTest):

    def setUp(self):
        self.suite = suite = self.new_suite()
        suite.load_cluster(examples.OTHER_FOLDER)
        certificate.issue_for_nobody(suite, "nobody")
        for bloc in ("cao-bang", "bac-kan"):
            self.leave_reports(bloc)
        documented = examples.read_json(examples.OTHER_FOLDER / "thua-thien-hue-2019-H1.json")
        suite.review(suite.submit(documented).receipt, identity="chair/thua-thien-hue")
        suite.wait_for_summary()
        self.channels = {caller: suite.channel(harness.PORTAL if caller.person else caller.identity, "directory")
                         for caller in CALLERS}
        self.metadata = {caller: self.log_in(caller) if caller.person else () for caller in CALLERS}

    def log_in(self, caller) -> tuple:
        """Gives somebody an account; returns what goes with calls the portal makes for that person."""
        initial = people.create(self.suite, caller.person, caller.role, caller.bloc)
        statement = people.Portal(self.suite).change_password(caller.person, initial, "một mật khẩu dài")
        return ((people.STATEMENT, statement.SerializeToString()),)

    def leave_reports(self, bloc):
        """A report in every state, and a draft."""
        read = lambda kind: examples.read(examples.SECOND, bloc, kind)
        self.suite.review(self.suite.submit(read("training")).receipt)
        self.suite.submit(read("training").free(3), base=1, reason="bổ sung")
        self.suite.review(self.suite.submit(read("membership")).receipt, "RETURN", reason="chưa khớp")
        for kind in stubs.KINDS:
            messages, example = stubs.kinds[kind].messages, read(kind)
            draft = stubs.report.Draft(key=example.key)
            self.suite.client(f"office/{bloc}", kind).SaveDraft(
                messages.SaveDraftRequest(draft=draft, report=example.report))

    def counted(self, name) -> collections.Counter:
        """A counter of calls by path."""
        return collections.Counter({f"/{labels['grpc_service']}/{labels['grpc_method']}": int(value)
                                    for labels, value in self.suite.series("suite", name)})

    def denials_logged(self) -> collections.Counter:
        lines = map(json.loads, (self.suite.folder / "suite.log").read_text().splitlines())
        return collections.Counter((line["identity"], line["path"]) for line in lines
                                   if line["message"] == "access denied")

    # --- The walk ----------------------------------------------------------------

    def call(self, caller, method, payload=b"") -> walk.Answer:
        return walk.call(self.channels[caller], method, payload, self.metadata[caller])

    def walk(self, caller, method) -> list:
        """Calls a method with everything a caller can name: (cell, label, answers)."""
        found = []
        for cell, targets in caller.targets(method).items():
            choices = method.request and walk.choices(method.request.DESCRIPTOR) or [("", (None, None))]
            for label, choice in choices:
                payloads = [method.payload] if method.request is None else dict.fromkeys(
                    walk.fill(method.request(), target, choice).SerializeToString() for target in targets)
                found.append((cell, label, [self.call(caller, method, payload) for payload in payloads]))
        return found

    def verdict(self, answers, reached) -> str:
        """What all of the answers say about access, with the same words."""
        self.assertFalse({answer.code for answer in answers} & NO_VERDICT, answers)
        codes = {answer.code if answer.code is DENIED or not reached else None for answer in answers}
        self.assertEqual(len(codes), 1, answers)
        code = codes.pop()
        if code is None:
            return "allowed"
        self.assertEqual(len(set(answers)), 1, "a denial tells two things apart")
        if code is UNAUTHENTICATED:
            return "unauthenticated"
        self.assertIs(code, DENIED, answers)
        self.assertEqual(answers[0].message, "not allowed")
        return "denied: scope" if reached else "denied: role"

    def verdicts(self, caller, method) -> list:
        """The lines of the table for a caller and a method, checked against what the process counted of it."""
        started, denied = (self.counted(name) for name in self.COUNTERS)
        answered = self.walk(caller, method)
        calls = [answer for _, _, answers in answered for answer in answers]
        now_started, now_denied = (self.counted(name) for name in self.COUNTERS)
        reached = now_started != started
        # Where anything ran, it was this method and no other, once for each call.
        self.assertEqual(now_started - started, collections.Counter({method.path: len(calls)} if reached else {}))
        self.assertEqual(reached, caller.role in method.roles, "the contract says otherwise")
        refused = sum(answer.code is DENIED or not reached for answer in calls)
        self.assertEqual(now_denied - denied, collections.Counter({method.path: refused} if refused else {}))
        self.expected_log[caller.identity, method.path] += refused
        by_cell = collections.defaultdict(dict)
        for cell, label, answers in answered:
            by_cell[cell][label] = self.verdict(answers, reached)
        lines = []
        for cell, by_label in by_cell.items():
            alike = len(set(by_label.values())) == 1
            for label, verdict in list(by_label.items())[:1 if alike else None]:
                name = f"{method.path[1:]}{'' if alike else f' {label}'}"
                lines.append((name, caller.title, *cell, verdict))
        return lines

    COUNTERS = ("grpc_server_started_total", "giaoban_access_denied_total")

    def test_every_method_for_every_role(self):
        # Goal: the table is complete and true, and so is what is counted and logged on the way.
        served = served_services(self.channels[OFFICE])
        methods = walk.contract()
        self.assertLessEqual(served, {method.service for method in methods}, "a service without a contract")
        journals = self.suite.journals()
        self.expected_log = self.denials_logged()
        table = []
        for method in methods:
            if method.service not in served:
                table.append((method.path[1:], "-", "-", "-", "not served"))
                continue
            for caller in CALLERS:
                with self.subTest(method=method.path, caller=caller.title):
                    table += self.verdicts(caller, method)
        self.assertEqual(self.denials_logged(), +self.expected_log)
        for text in ((self.suite.folder / "suite.log").read_text(), self.suite.metrics_text("suite")):
            self.assertNotIn(str(walk.FIGURE), text)
        self.assertEqual(self.suite.journals(), journals, "the walk was to change nothing")
        self.compare(methods, table)

    def compare(self, methods, table):
        widths = [max(len(line[column]) for line in table) for column in range(4)]
        text = HEADER + "".join(
            "  ".join(f"{word:{width}}" for word, width in zip(line, widths)) + f"  {line[4]}\n" for line in table)
        if os.environ.get("GIAOBAN_REGENERATE") == "1":
            GOLDEN.write_text(text)
        golden = [line for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]
        self.assertEqual({line.split()[0] for line in golden}, {method.path[1:] for method in methods},
                         "a method without a verdict, or a verdict without a method")
        print(f"{len(golden)} verdicts on {len(methods)} methods", flush=True)
        self.assertEqual(GOLDEN.read_text().splitlines(), text.splitlines(),
                         "If the change is meant, run this test with GIAOBAN_REGENERATE=1.")

    def test_what_is_no_method(self):
        # Goal: nobody finds out by calling which methods there are: a path that is none, or nearly one, is denied with
        # the words of a method that may not be called, and counted under no name a caller chose.
        real = next(method for method in walk.contract() if method.path.endswith("TrainingService/Review"))
        paths = [(real.service, "Nothing"), (real.service, "review"), (real.service, "Review/"), (real.service, ""),
                 (f"/{real.service}", "Review"), (real.service.upper(), "Review"), ("giaoban.web.v1.Door", "Open"),
                 ("", "")]
        denial = self.call(OFFICE, real)
        self.assertEqual((denial.code, denial.message), (DENIED, "not allowed"))
        started, denied = (self.counted(name) for name in self.COUNTERS)
        for service, name in paths:
            method = walk.Method(service, name, frozenset())
            with self.subTest(method.path):
                self.assertEqual(self.call(OFFICE, method), denial)
                self.assertEqual(self.call(NOBODY, method).code, UNAUTHENTICATED)
        now_started, now_denied = (self.counted(name) for name in self.COUNTERS)
        self.assertEqual(now_started, started)
        self.assertEqual(now_denied - denied, {"/unknown/unknown": 2 * len(paths)})


if __name__ == "__main__":
    unittest.main(verbosity=2)
