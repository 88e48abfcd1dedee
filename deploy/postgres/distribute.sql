-- Spreads the suite's tables over the machines of a Citus cluster (Citus 11.2 to 13 on PostgreSQL 15).
--
--   1. Start every service once with --database, so that the tables are there; then stop them all.
--   2. psql --file=deploy/postgres/distribute.sql "host=coordinator dbname=giaoban user=giaoban …"
--   3. Start the services, all with the coordinator as their database.
--
-- Running it again does what is missing, as after a new release that has another table: a table that is distributed
-- already is refused with a message, and psql goes on to the next.
--
-- WHAT RUNS WHERE
--
-- * All that belongs to one cluster of blocs is on one worker: the tables below are cut into shards by the hash of the
--   column `cluster`, and all are in one group, so that a cluster's journal, requests, revisions and drafts of all three
--   report kinds stand and move together. Every statement of the daily work says `cluster = $1` and goes to that one worker
--   as it is; a submission or a review is a transaction of this worker alone, committed there in one phase.
--   tests/suite/statements_test.py reads from the server that this is so.
-- * The coordinator keeps the rest, no more than the clusters and people there are: the directory, accounts, versions of the
--   schema. These are not reference tables: no statement joins them with a cluster's rows, and a reference table is written
--   on all workers in two phases, so that the loss of any worker would keep everybody from logging in.
-- * Two statements ask all workers, both a row for each cluster, once a second in each process and never for a caller: the
--   ends of all journals (where a process looks whether it missed a notification, and a feed of all clusters begins) and
--   the counts of giaoban_reports. `giaoban verify` reads everything, cluster by cluster.
--
-- WHAT TO MIND
--
-- * Every process of a service connects to the same node, the coordinator: the lock that gives a cluster one writer at a
--   time (pg_advisory_xact_lock) and the announcements of commits (LISTEN, NOTIFY) are a node's own. With a service's
--   processes on several nodes, two writers would meet at the journal's primary key: one is refused and its callers are told to
--   repeat, so nothing is lost or doubled, but it would be slow; and announcements would be heard a second late.
-- * Citus commits on the worker before the coordinator lets go of the lock, so the next writer sees all of it. Should the
--   coordinator die in between, nobody knows for a moment; the request table tells, as with one server.
-- * What the driver sets for a session (synchronous_commit = on, the time limits) holds on the coordinator only. Set
--   synchronous_commit = on, or remote_apply with standbys, in postgresql.conf of every worker.
-- * Before Citus 11.2 workers did not take over REPEATABLE READ, and what one call reads would not be of one moment. What is
--   read of several workers in one transaction never is; neither of the two statements above needs it.
-- * There are no sequences, identity columns, foreign keys or triggers, and every key of a distributed table begins with
--   `cluster`: Citus has nothing to refuse. Prepared statements are the coordinator's; it sends text to the workers.
-- * Migrations run on the coordinator: ALTER TABLE and CREATE INDEX reach the shards; a new table begins as a local one, on
--   the coordinator, and works; this file then needs its line (tests/suite/distribution_test.py says so).
-- * Eight clusters on 32 shards may well fall on few workers. See citus_shards, and move with citus_move_shard_placement; a
--   cluster that needs a worker to itself gets its own shard with isolate_tenant_to_new_shard.
-- * Each node is a PostgreSQL server that can be lost: coordinator and workers each want their standby.
--
-- This file has not been run: Debian has no package of Citus. It is checked against the tables the services make, and the
-- above against the documentation and sources of Citus.

SET search_path TO public;

-- Membership. The journal begins the group: entries with body, hash and proof; by far the most bytes.
SELECT create_distributed_table('membership.journal', 'cluster', colocate_with => 'none');
-- One row for each cluster: that it has entries.
SELECT create_distributed_table('membership.journal_cluster', 'cluster', colocate_with => 'membership.journal');
-- Who asked for which entry; looked up before each commit.
SELECT create_distributed_table('membership.request', 'cluster', colocate_with => 'membership.journal');
-- The state of each revision, written with its entry.
SELECT create_distributed_table('membership.revision', 'cluster', colocate_with => 'membership.journal');
-- Revisions by state, five rows for each cluster, written with its entry.
SELECT create_distributed_table('membership.revision_count', 'cluster', colocate_with => 'membership.journal');
-- Drafts; written with nothing else.
SELECT create_distributed_table('membership.draft', 'cluster', colocate_with => 'membership.journal');

-- Training: the same tables, a cluster's rows on the worker that has its membership.
SELECT create_distributed_table('training.journal', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('training.journal_cluster', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('training.request', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('training.revision', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('training.revision_count', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('training.draft', 'cluster', colocate_with => 'membership.journal');

-- Inspection: likewise.
SELECT create_distributed_table('inspection.journal', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('inspection.journal_cluster', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('inspection.request', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('inspection.revision', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('inspection.revision_count', 'cluster', colocate_with => 'membership.journal');
SELECT create_distributed_table('inspection.draft', 'cluster', colocate_with => 'membership.journal');

-- Nothing is done about these: on the coordinator they are where they belong.
-- local membership.schema_version         read at the start of a process
-- local membership.schema_migration       the same
-- local training.schema_version           the same
-- local training.schema_migration         the same
-- local inspection.schema_version         the same
-- local inspection.schema_migration       the same
-- local directory.schema_version          the same
-- local directory.schema_migration        the same
-- local directory.journal                 two journals for all clusters, "" and "accounts": one writer each, a few entries a day
-- local directory.journal_cluster         the names of these two
-- local directory.request                 who asked for which of their entries
-- local directory.account_secrets         hashes of passwords, by person
-- local directory.account_network         from where a person logged in
-- local directory.account_pending_code    one-time codes that wait for their first use
