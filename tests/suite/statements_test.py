"""Goal: no statement of the daily work crosses clusters. The server tells which statements it was given while offices and
chairs of two clusters used every method there is, and its planner that each reads the tables of clusters by the key of one
cluster. What looks at all clusters is named here, and runs once a second whatever the load."""

import re
import time
import unittest
import uuid

import psycopg2

import examples
import harness
import stubs

# Amendments of each of the first cluster's reports.
AMENDMENTS = 12
# How a statement begins that may look at all clusters, and what it is for.
OF_ALL_CLUSTERS = {
    "SELECT cluster, (SELECT coalesce(max(position)": "the ends of all journals, for who missed an announcement",
    "SELECT state, CAST(sum(number)": "giaoban_reports",
}
BOUND = re.compile(r"\(cluster = '(\d+)'::text\)")
INDEXED = ("Index Scan", "Index Only Scan")


class StatementsTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite(together=False)
        self.suite.load_cluster(examples.OTHER_FOLDER)
        self.sql("CREATE EXTENSION pg_stat_statements")
        self.sql("SELECT pg_stat_statements_reset()")

    def sql(self, *statements, schema="public"):
        """The rows of the last statement."""
        with psycopg2.connect(self.suite.database, options=f"-c search_path={schema},public") as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def test_each_statement_is_about_one_cluster(self):
        start = time.monotonic()
        submissions = self.work()
        looks = len(self.suite.names) * (time.monotonic() - start + 5)
        self.assert_every_method_was_called()
        touched, calls, of_all = set(), 0, 0
        for text, times in self.statements():
            if any(text.startswith(beginning) for beginning in OF_ALL_CLUSTERS):
                self.assertLess(times, looks, text)
                of_all += times
                continue
            with self.subTest(text):
                touched |= self.assert_one_cluster(text)
                calls += times
        self.assertEqual(touched, self.owned(), "tables that nothing was done with")
        print(f"{submissions} submissions: {calls} statements on tables of clusters, each about one; {of_all} about all",
              flush=True)

    # --- What people do --------------------------------------------------------------

    def work(self) -> int:
        """Every method of a report's service, in two clusters, and summaries; returns the number of submissions."""
        submit, review = self.suite.submit, self.suite.review
        documented = examples.read_json(examples.OTHER_FOLDER / "thua-thien-hue-2019-H1.json")
        review(submit(documented).receipt, identity="chair/thua-thien-hue")
        accepted = self.suite.accept_examples((examples.SECOND,))
        for example in examples.read_all((examples.SECOND,)):
            for base in range(1, AMENDMENTS):
                last = submit(example.free(base), base=base, reason="thử").receipt
            self.use_every_method(example, last)
        self.suite.summary(at_least=accepted)
        self.suite.summary(key=examples.summary_key(basis="SUBMITTED"))
        return 1 + AMENDMENTS * len(accepted)

    def use_every_method(self, example, last):
        kind, key = stubs.kinds[example.kind].messages, example.key
        office, chair = (self.suite.client(identity, example.kind) for identity in (f"office/{key.bloc}", harness.CHAIR))
        office.SaveDraft(kind.SaveDraftRequest(draft=stubs.report.Draft(key=key), report=example.report))
        office.Get(kind.GetRequest(selection=stubs.report.Selection(key=key, draft=True)))
        self.suite.submit(example.free(7), base=AMENDMENTS, reason="thử", validate_only=True)
        office.Withdraw(kind.WithdrawRequest(withdrawal=stubs.report.Withdrawal(
            key=key, revision=last.revision, request_id=str(uuid.uuid4()))))
        returned = self.suite.submit(example.free(8), base=last.revision, reason="thử").receipt
        self.suite.review(returned, "RETURN", reason="thử")
        chair.Get(kind.GetRequest(selection=stubs.report.Selection(key=key)))
        chair.List(kind.ListRequest(cluster=key.cluster, period=key.period))
        self.suite.history(example, f"office/{key.bloc}")
        for client in (office, chair):
            after = [stubs.report.FeedPosition(cluster=key.cluster)]
            self.assertTrue(list(client.Watch(kind.WatchRequest(after=after, past_only=True))))

    def assert_every_method_was_called(self):
        for kind in stubs.KINDS:
            called = {labels["grpc_method"] for labels, _ in self.suite.series(kind, "grpc_server_handled_total")
                      if labels["grpc_service"] == stubs.full_name(kind)}
            service = stubs.kinds[kind].messages.DESCRIPTOR.services_by_name[f"{kind.capitalize()}Service"]
            self.assertEqual({method.name for method in service.methods} - called, set(), kind)

    # --- What came of it -------------------------------------------------------------

    def owned(self) -> set:
        return {name for name, in self.sql("SELECT table_name FROM information_schema.columns "
                                           "WHERE table_schema = 'training' AND column_name = 'cluster'")}

    def statements(self) -> list:
        """(text, times) of the statements on tables of clusters that any service gave the server."""
        table = rf"\y(FROM|INTO|UPDATE|JOIN) ({'|'.join(self.owned())})\y"
        return self.sql(f"SELECT query, sum(calls) FROM pg_stat_statements JOIN pg_database ON oid = dbid "
                        f"WHERE datname = current_database() AND query ~ '{table}' GROUP BY query")

    def assert_one_cluster(self, text) -> set:
        """That a statement reads and writes rows of one cluster; the tables it does so with."""
        inserted = re.match(r"INSERT INTO (\w+) \(cluster(?:, \w+)*\) VALUES \(\$1[,)]", text)
        if inserted:
            return {inserted[1]}
        # Each parameter as its number: what kind of value it is the server sees itself.
        spoken = re.sub(r"\$(\d+)", r"'\1'", text)
        ((plan,),) = self.sql("SET enable_seqscan TO off", "SET enable_bitmapscan TO off",
                              f"EXPLAIN (FORMAT JSON) {spoken}", schema="training")
        tables, clusters = set(), set()
        for node in nodes(plan[0]["Plan"]):
            if "Relation Name" not in node or node["Node Type"] == "ModifyTable":
                continue
            self.assertIn(node["Node Type"], INDEXED)
            found = BOUND.search(node.get("Index Cond", "").replace("((", "("))
            self.assertTrue(found, f"not by the cluster: {node}")
            tables.add(node["Relation Name"])
            clusters.add(found[1])
        self.assertEqual(len(clusters), 1, plan)
        return tables


def nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


if __name__ == "__main__":
    unittest.main(verbosity=2)
