BEGIN TRANSACTION;
CREATE TABLE event (
    position BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    actor TEXT NOT NULL,
    person TEXT NOT NULL
  );
INSERT INTO "event" VALUES(1,1795320199639106,2,'office/ha-giang','lan.ha');
CREATE TABLE journal (
    cluster TEXT NOT NULL,
    position BIGINT NOT NULL,
    body BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    proof BYTEA NOT NULL, time BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (cluster, position)
  );
INSERT INTO "journal" VALUES('audit',1,X'0A0C0887D389D80610D0F7DFB00210021A0F6F66666963652F68612D6769616E67221F0A093139322E302E322E3712066C616E2E68611A0A706F7274616C2F7765622A332F6769616F62616E2E6469726563746F72792E76312E4163636F756E74536572766963652F4368616E676550617373776F72643801',X'07ED404D3B6FBF6231EB720E5CEC0F7FC1ED80479A3EC2B4F9ECA84036A1807F',X'10012240503A3B8CACF2F9B41C4247C5B147E6AB78F47AD3BA9EFB006018BA2903F3BF0F0A1DEB803C407F4B7B0F99440032EA04116BE0DEDA340A9D98F1CC220C26D4072A1030656561643739373861313834656164',1795320199639271);
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
INSERT INTO "request" VALUES('audit','audit','0.1',X'80D109191AACF5FD91986E5A06CC6E41F2C8C0D0FCB06AF4A3ED26033B640F65',1);
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
