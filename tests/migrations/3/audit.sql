BEGIN TRANSACTION;
CREATE TABLE event (
    position BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    actor TEXT NOT NULL,
    person TEXT NOT NULL
  );
INSERT INTO "event" VALUES(1,1795290981286083,2,'office/ha-giang','lan.ha');
CREATE TABLE journal (
    cluster TEXT NOT NULL,
    position BIGINT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    proof BYTEA NOT NULL, time BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (cluster, position)
  );
INSERT INTO "journal" VALUES('audit',1,X'0A0C08E5EE87D80610B88FB5880110021A0F6F66666963652F68612D6769616E67221F0A093139322E302E322E3712066C616E2E68611A0A706F7274616C2F7765622A332F6769616F62616E2E6469726563746F72792E76312E4163636F756E74536572766963652F4368616E676550617373776F72643801',X'A5EA0240E3B8DBDBD26E9A9993F630F9928142BA4F3F87E5D6A6A5729CC5C5E1',X'100122405A623CD95B1AD09BDB6585898AE755F67367FD346C3291F22DB82BD6503E9C1D2520D50EF78501374B5AFEE87D37791019AE7011EC0F8F965C8F9C513C1724092A1031366433326361363064363139613334',1795290981286267);
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
INSERT INTO "request" VALUES('audit','audit','0.1',X'50AA35651871C8840135219488E7A5CCF037AD5CDBEEB7A02E1E520EF34BEB71',1);
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
