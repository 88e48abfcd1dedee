"""Goal: the cluster is the unit of distribution: in the stores the services make, every key of a table that clusters own
begins with the cluster, and deploy/postgres/distribute.sql names these tables and the others, each as what it is."""

import collections
import contextlib
import itertools
import re
import sqlite3
import unittest

import harness
import stubs

# In the store of each report kind: what belongs to a cluster, and what does not.
OWNED = {"journal", "journal_cluster", "request", "revision", "revision_count", "draft"}
OTHERS = {"schema_version", "schema_migration"}
# The directory is one for all clusters: its two journals have names that are no clusters.
OF_THE_DIRECTORY = {"journal", "journal_cluster", "request", "account_secrets", "account_network", "account_pending_code",
                    "schema_version", "schema_migration"}

# `keys`: the columns of the primary key and of each index, the primary key first.
Table = collections.namedtuple("Table", "columns keys")

TABLES = """SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s ORDER BY ordinal_position"""
KEYS = """
SELECT tables.relname, indexrelid, attribute.attname
FROM pg_index JOIN pg_class tables ON tables.oid = indrelid JOIN pg_namespace ON pg_namespace.oid = tables.relnamespace,
  unnest(indkey) WITH ORDINALITY AS key (number, place)
  LEFT JOIN pg_attribute attribute ON attribute.attnum = key.number
WHERE attribute.attrelid = indrelid AND nspname = %s
ORDER BY indisprimary DESC, indexrelid, place"""
# What ties a row to rows elsewhere, or numbers rows of all clusters from one place.
TIES = """
SELECT conname FROM pg_constraint JOIN pg_namespace ON pg_namespace.oid = connamespace WHERE nspname = %s AND contype = 'f'
UNION ALL
SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = %s AND relkind = 'S'
UNION ALL
SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = %s"""


def of_sqlite(file) -> dict:
    tables = {}
    with contextlib.closing(sqlite3.connect(file)) as connection:
        ask = lambda sql, *values: connection.execute(sql, values).fetchall()
        for (table,) in ask("SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'"):
            columns = [name for (name,) in ask("SELECT name FROM pragma_table_info(?)", table)]
            indices = ask("SELECT name FROM pragma_index_list(?) ORDER BY origin <> 'pk'", table)
            keys = [[name for (name,) in ask("SELECT name FROM pragma_index_info(?) ORDER BY seqno", index)]
                    for (index,) in indices]
            tables[table] = Table(columns, keys)
            assert not ask("SELECT * FROM pragma_foreign_key_list(?)", table), table
    return tables


class DistributionTest(harness.SuiteTest):

    def setUp(self):
        self.suite = self.new_suite(together=False)

    def tables(self, service) -> dict:
        """The tables a service made, by name."""
        if not self.suite.database:
            return of_sqlite(self.suite.data(service) / f"{service}.db")
        ask = lambda sql, values: self.suite.execute(service, sql, *values)
        tables = {}
        for table, column in ask(TABLES, [service]):
            tables.setdefault(table, Table([], [])).columns.append(column)
        for (table, _), rows in itertools.groupby(ask(KEYS, [service]), lambda row: row[:2]):
            tables[table].keys.append([column for *_, column in rows])
        self.assertEqual(ask(TIES, 3 * [service]), [])
        return tables

    def test_the_cluster_leads_every_key(self):
        for kind in stubs.KINDS:
            tables = self.tables(kind)
            self.assertEqual({name for name, table in tables.items() if "cluster" in table.columns}, OWNED)
            self.assertEqual(tables.keys() - OWNED, OTHERS)
            for name in OWNED:
                self.assertGreaterEqual(len(tables[name].keys), 1, name)
                for key in tables[name].keys:
                    self.assertEqual(key[0], "cluster", (kind, name, key))
        self.assertEqual(self.tables("directory").keys(), OF_THE_DIRECTORY)

    def test_distribute_sql_names_the_tables_as_what_they_are(self):
        text = (stubs.ROOT / "deploy" / "postgres" / "distribute.sql").read_text(encoding="utf-8")
        said = re.findall(r"^SELECT create_distributed_table\('(\w+)\.(\w+)', '(\w+)', colocate_with => '([\w.]+)'\);", text,
                          re.MULTILINE)
        self.assertEqual(len(said), text.count("create_distributed_table("), "a line that is not understood")
        owned = [(kind, table, "cluster") for kind in stubs.KINDS for table in self.tables(kind) if table in OWNED]
        self.assertEqual(sorted(line[:3] for line in said), sorted(owned))
        # A cluster is in one place as a whole: the first table begins the group, the others join it.
        self.assertEqual([group for *_, group in said], ["none"] + [".".join(said[0][:2])] * (len(said) - 1))
        local = re.findall(r"^-- local +(\w+)\.(\w+) ", text, re.MULTILINE)
        others = [(service, table) for service in (*stubs.KINDS, "directory") for table in self.tables(service)
                  if service == "directory" or table not in OWNED]
        self.assertEqual(sorted(local), sorted(others))


if __name__ == "__main__":
    unittest.main(verbosity=2)
