BEGIN TRANSACTION;
CREATE TABLE event (
    position BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    actor TEXT NOT NULL,
    person TEXT NOT NULL
  );
INSERT INTO "event" VALUES(1,1795290984127712,2,'office/ha-giang','lan.ha');
CREATE TABLE journal (
    cluster TEXT NOT NULL,
    position BIGINT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    proof BYTEA NOT NULL, time BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (cluster, position)
  );
INSERT INTO "journal" VALUES('audit',1,X'0A0B08E8EE87D8061080F6F23C10021A0F6F66666963652F68612D6769616E67221F0A093139322E302E322E3712066C616E2E68611A0A706F7274616C2F7765622A332F6769616F62616E2E6469726563746F72792E76312E4163636F756E74536572766963652F4368616E676550617373776F72643801',X'3A4784D9923DA773F619EC1A612CA81EB82554CBE866F95CC9586936D27EB815',X'10012240955D94ECCA81AA917AA132AB0FF5DD25D0C134D62E5991ED668A78839D59AB7A2CC9011193B09B7CFB1A09C5BD1DE486CB28C7639D5E1D2BF4C5DCE0C660590B2A1030393436633866363233316136356262',1795290984127881);
CREATE TABLE journal_cluster (cluster TEXT NOT NULL PRIMARY KEY);
INSERT INTO "journal_cluster" VALUES('audit');
CREATE TABLE request (
    cluster TEXT NOT NULL,
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    digest BYTEA NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (cluster, scope, id)
  );
INSERT INTO "request" VALUES('audit','audit','0.1',X'83200C2F68CA5194E6623A7964FF0547EA337FD3B2123671927849DC86FBB238',1);
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
  );
');
INSERT INTO "schema_migration" VALUES('journal',2,2,'ALTER TABLE journal ADD COLUMN time BIGINT NOT NULL DEFAULT 0');
INSERT INTO "schema_migration" VALUES('journal',3,3,'
  CREATE TABLE journal_cluster (cluster TEXT NOT NULL PRIMARY KEY);
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
