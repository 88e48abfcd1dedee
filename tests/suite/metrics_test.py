"""Goal: every service says how it is: metrics a Prometheus can read and that name no bloc, health for each service, and
reflection that lists them."""

import re
import subprocess
import unittest

import grpc

import examples
import harness
import stubs

FAMILIES = {
    "grpc_server_started_total", "grpc_server_handled_total", "grpc_server_handling_seconds", "giaoban_build_info",
    "giaoban_audit_events_total", "giaoban_audit_lost_total",
    "giaoban_limit", "giaoban_limit_reached_total", "giaoban_certificate_expiry_timestamp_seconds",
    "giaoban_identity_usable",
}
STORING = {"giaoban_commit_seconds", "giaoban_commit_entries", "giaoban_commit_waiting"}
FOLLOWING = {"giaoban_feed_entries_total", "giaoban_feed_lag_seconds", "giaoban_feed_connected"}
INTAKE = STORING | FOLLOWING | {"giaoban_reports", "giaoban_findings_total"}
# A family without a series does not show: here the aggregator is the one that denies a call.
AGGREGATING = FOLLOWING | {"giaoban_period_reports_expected", "giaoban_period_reports_accepted",
                           "giaoban_access_denied_total"}
EXPECTED = {"directory": FAMILIES | STORING, "aggregator": FAMILIES | AGGREGATING,
            **{kind: FAMILIES | INTAKE for kind in stubs.KINDS}}
EXPECTED["suite"] = set.union(*EXPECTED.values())

SERVING, NOT_SERVING = 1, 2


def health(suite, service, name):
    """Asks grpc.health.v1.Health/Check, whose messages are one field each: the service's name, and its status."""
    check = suite.channel(harness.OPERATOR, service).unary_unary(
        "/grpc.health.v1.Health/Check", request_serializer=lambda text: bytes([10, len(text)]) + text.encode(),
        response_deserializer=lambda answer: answer[1] if answer else 0)
    return check(name, timeout=harness.CALL_SECONDS, wait_for_ready=True)


def listed_services(suite, service):
    """Asks server reflection for its services (field 7 of the request) and returns the raw answer."""
    reflect = suite.channel(harness.OPERATOR, service).stream_stream(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
    return next(reflect(iter([b"\x3a\x01*"]), timeout=harness.CALL_SECONDS))


class MetricsTest(harness.SuiteTest):

    def setUp(self):
        self.installations = [self.new_suite(together) for together in (True, False)]
        for suite in self.installations:
            suite.wait_for_summary(at_least=suite.accept_examples((examples.SECOND,)))

    def test_what_is_counted(self):
        # Goal: promtool finds nothing to complain of, every family is there, and nothing names a bloc or a report.
        for suite in self.installations:
            with self.refused(grpc.StatusCode.INVALID_ARGUMENT):
                suite.submit(examples.read(examples.SECOND, "lang-son", "training").but(trn_class_total=None), base=1)
            with self.refused(grpc.StatusCode.PERMISSION_DENIED):
                suite.summary(identity=harness.OPERATOR)
            for process in suite.names:
                text = suite.metrics_text(process)
                lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
                self.assertEqual((lint.returncode, lint.stdout + lint.stderr), (0, ""))
                families = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
                self.assertLessEqual(EXPECTED[process], families)
                for bloc in examples.BLOCS:
                    self.assertNotIn(bloc, text)
                self.assertNotIn(examples.SECOND, text)

    def test_calls_are_counted_by_code(self):
        # Goal: each call is counted once, under its method and the code it ended with.
        for suite in self.installations:
            process = suite.process_of("training")
            before = self.handled(suite, process)
            example = examples.read(examples.SECOND, "lang-son", "training")
            for _ in range(3):
                with self.refused(grpc.StatusCode.ABORTED):
                    suite.submit(example.free(1), base=0, reason="x")
            suite.submit(example.free(1), base=1, reason="x")
            wanted = {**before, "ABORTED": before.get("ABORTED", 0) + 3, "OK": before["OK"] + 1}
            harness.eventually("the calls are counted", lambda: self.handled(suite, process) == wanted)

    def handled(self, suite, process):
        return {labels["grpc_code"]: count for labels, count in suite.series(process, "grpc_server_handled_total")
                if (labels["grpc_service"], labels["grpc_method"]) == (stubs.full_name("training"), "Submit")}

    def test_the_domain_is_counted(self):
        # Goal: what the gauges of the domain say is what was done.
        for suite in self.installations:
            read = lambda service, name, label: {labels[label]: value for labels, value in suite.series(
                suite.process_of(service), name) if labels.get("kind", service) == service}
            harness.eventually("all are accepted", lambda: read("training", "giaoban_reports", "state").get("accepted") ==
                               len(examples.BLOCS))
            # Both example half-years are open to late reports.
            expected = {kind: 2.0 * len(examples.BLOCS) for kind in stubs.KINDS}
            accepted = {kind: 1.0 * len(examples.BLOCS) for kind in stubs.KINDS}
            for name, counts in (("expected", expected), ("accepted", accepted)):
                harness.eventually(f"reports {name}", lambda: counts == {
                    labels["kind"]: value for labels, value in
                    suite.series(suite.process_of("aggregator"), f"giaoban_period_reports_{name}")})
            for labels, connected in suite.series(suite.process_of("aggregator"), "giaoban_feed_connected"):
                self.assertEqual(connected, 1, labels)


class HealthTest(harness.SuiteTest):

    def test_health_and_reflection(self):
        # Goal: each service and the server as a whole answer SERVING once they can work; reflection lists the services.
        for together in (True, False):
            suite = self.new_suite(together)
            for service in stubs.SERVICES:
                with self.subTest(service, together=together):
                    for name in (stubs.full_name(service), ""):
                        harness.eventually(f"{service} is healthy", lambda: health(suite, service, name) == SERVING)
                    self.assertIn(stubs.full_name(service).encode(), listed_services(suite, service))

    def test_health_tells_the_truth(self):
        # Goal: a service that has not heard from the directory is NOT_SERVING, and turns by itself when it has.
        suite = harness.Suite(together=False)
        self._suites.append(suite)
        suite.start("training")
        self.assertEqual(health(suite, "training", stubs.full_name("training")), NOT_SERVING)
        suite.start("directory")
        client = suite.client(harness.OPERATOR, "directory")
        for event in examples.events():
            suite.record(client, event)
        harness.eventually("training is healthy",
                           lambda: health(suite, "training", stubs.full_name("training")) == SERVING)


if __name__ == "__main__":
    unittest.main(verbosity=2)
