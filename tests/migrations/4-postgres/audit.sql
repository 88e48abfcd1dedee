BEGIN TRANSACTION;
CREATE TABLE event (
    position BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    actor TEXT NOT NULL,
    person TEXT NOT NULL
  );
INSERT INTO "event" VALUES(1,1795320201608447,2,'office/ha-giang','lan.ha');
CREATE TABLE journal (
    cluster TEXT NOT NULL,
    position BIGINT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    proof BYTEA NOT NULL, time BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (cluster, position)
  );
INSERT INTO "journal" VALUES('audit',1,X'0A0C0889D389D8061098D490A20210021A0F6F66666963652F68612D6769616E67221F0A093139322E302E322E3712066C616E2E68611A0A706F7274616C2F7765622A332F6769616F62616E2E6469726563746F72792E76312E4163636F756E74536572766963652F4368616E676550617373776F72643801',X'BFC3CA79F51138E3071C426BAC11DF6B5A4C42DC2208088035509A680E7BD33B',X'100122404ABB5218908D681CD34AB71207F1917C252D782EED6A5BC50503D20F62FD929F916ED8CD4D84205848CE5BE21DFD058CD879D379EE7D33C221321CF85986A10C2A1039353737366532393465616463666361',1795320201608648);
CREATE TABLE journal_cluster (cluster TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;
INSERT INTO "journal_cluster" VALUES('audit');
CREATE TABLE request (
    cluster TEXT NOT NULL,
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (cluster, scope, id)
  ) WITHOUT ROWID;
INSERT INTO "request" VALUES('audit','audit','0.1',X'D6EB188A7B9A93DFCD70A24C5BB2B33176A479CA8DDE39BEF80EE1BFD4C5FEC2',1);
CREATE TABLE schema_migration (name TEXT NOT NULL, version BIGINT NOT NULL, oldest BIGINT NOT NULL, statements TEXT NOT NULL, PRIMARY KEY (name, version));
INSERT INTO "schema_migration" VALUES('audit',1,1,'
  CREATE TABLE event (
    position BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    actor TEXT NOT NULL,
    person TEXT NOT NULL
  );
  CREATE INDEX event_time ON event (time, position);
  CREATE INDEX event_kind ON event (kind, time, position);
  CREATE INDEX event_actor ON event (actor, time, position);
  CREATE INDEX event_person ON event (person, time, position)
');
INSERT INTO "schema_migration" VALUES('journal',1,1,'
  CREATE TABLE journal (
    cluster TEXT NOT NULL,
    position BIGINT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    proof BYTEA NOT NULL,
    PRIMARY KEY (cluster, position)
  );
  CREATE TABLE request (
    cluster TEXT NOT NULL,
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (cluster, scope, id)
  ) /* narrow */;
');
INSERT INTO "schema_migration" VALUES('journal',2,2,'ALTER TABLE journal ADD COLUMN time BIGINT NOT NULL DEFAULT 0');
INSERT INTO "schema_migration" VALUES('journal',3,3,'
  CREATE TABLE journal_cluster (cluster TEXT NOT NULL PRIMARY KEY) /* narrow */;
  INSERT INTO journal_cluster (cluster) SELECT DISTINCT cluster FROM journal
');
CREATE TABLE schema_version (name TEXT PRIMARY KEY, version BIGINT NOT NULL);
INSERT INTO "schema_version" VALUES('audit',1);
INSERT INTO "schema_version" VALUES('journal',3);
CREATE INDEX event_time ON event (time, position);
CREATE INDEX event_kind ON event (kind, time, position);
CREATE INDEX event_actor ON event (actor, time, position);
CREATE INDEX event_person ON event (person, time, position);
COMMIT;
