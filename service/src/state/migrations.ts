/**
 * The schema, as numbered steps that only ever grow. `PRAGMA user_version` says how many have been applied;
 * each step and its number are committed together, so a crash between steps resumes at the next one.
 */
import type { DatabaseSync } from "node:sqlite";

const migrations: readonly string[] = [
  `
  CREATE TABLE nodes (
    name TEXT PRIMARY KEY,
    agent_url TEXT NOT NULL,
    architecture TEXT NOT NULL,
    domain_type TEXT NOT NULL,
    labels TEXT NOT NULL,
    capacity TEXT NOT NULL,
    link_bytes_per_second REAL,
    epoch INTEGER NOT NULL,
    cordoned INTEGER NOT NULL DEFAULT 0,
    fenced INTEGER NOT NULL DEFAULT 0,
    last_seen_ms INTEGER
  ) STRICT;

  CREATE TABLE versions (
    version TEXT PRIMARY KEY,
    index_bytes BLOB NOT NULL,
    size_bytes INTEGER NOT NULL,
    data_bytes INTEGER NOT NULL,
    chunk_count INTEGER NOT NULL,
    targets TEXT NOT NULL,
    complete INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER
  ) STRICT;

  CREATE TABLE image_versions (
    image TEXT NOT NULL,
    version TEXT NOT NULL REFERENCES versions (version) ON DELETE CASCADE,
    created_ms INTEGER NOT NULL,
    committed_order INTEGER,
    PRIMARY KEY (image, version)
  ) STRICT;
  CREATE INDEX image_versions_by_version ON image_versions (version);

  CREATE TABLE clusters (
    name TEXT PRIMARY KEY,
    spec TEXT NOT NULL,
    updated_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE placements (
    cluster TEXT NOT NULL REFERENCES clusters (name) ON DELETE CASCADE,
    member TEXT NOT NULL,
    domain TEXT NOT NULL UNIQUE,
    node TEXT NOT NULL,
    version TEXT NOT NULL,
    vcpus INTEGER NOT NULL,
    memory_mib INTEGER NOT NULL,
    disk_bytes INTEGER NOT NULL,
    domain_type TEXT NOT NULL,
    missing_bytes INTEGER NOT NULL,
    estimated_seconds REAL,
    reason TEXT NOT NULL,
    PRIMARY KEY (cluster, member)
  ) STRICT;

  CREATE TABLE plans (
    plan_id TEXT PRIMARY KEY,
    cluster TEXT NOT NULL,
    placements TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE volumes (
    domain TEXT PRIMARY KEY,
    cluster TEXT NOT NULL,
    member TEXT NOT NULL,
    node TEXT NOT NULL,
    version TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    path TEXT NOT NULL,
    seed_path TEXT NOT NULL,
    seed_digest TEXT NOT NULL,
    created_at TEXT NOT NULL,
    fetched_bytes INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE vms (
    domain TEXT PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    node TEXT NOT NULL,
    cluster TEXT,
    vcpus INTEGER NOT NULL,
    memory_mib INTEGER NOT NULL,
    started_ms INTEGER
  ) STRICT;

  CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    node TEXT,
    image TEXT,
    version TEXT,
    cluster TEXT,
    domain TEXT,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_version ON events (version, id);
  CREATE TRIGGER events_never_change BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
  CREATE TRIGGER events_never_go BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
  `,
  `
  CREATE TABLE boot_profiles (
    version TEXT PRIMARY KEY REFERENCES versions (version) ON DELETE CASCADE,
    node TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    seconds REAL NOT NULL,
    chunks TEXT NOT NULL,
    chunk_count INTEGER NOT NULL,
    image_bytes INTEGER NOT NULL
  ) STRICT;

  ALTER TABLE volumes ADD COLUMN hydration TEXT NOT NULL
    DEFAULT '{"state":"waiting","presentBytes":0,"totalBytes":0}';
  ALTER TABLE volumes ADD COLUMN hydrated_at TEXT;
  `,
  `
  CREATE TABLE pulls (
    id TEXT PRIMARY KEY,
    image TEXT NOT NULL,
    url TEXT NOT NULL,
    checksum TEXT NOT NULL,
    phase TEXT NOT NULL,
    node TEXT,
    version TEXT,
    error_code TEXT,
    error_message TEXT,
    started_ms INTEGER NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE pool (id TEXT PRIMARY KEY) STRICT;
  INSERT INTO pool (id) VALUES (lower(hex(randomblob(16))));
  CREATE TABLE catalogue_marks (number INTEGER PRIMARY KEY AUTOINCREMENT, mark TEXT NOT NULL UNIQUE) STRICT;
  CREATE TRIGGER version_came AFTER INSERT ON versions
    BEGIN INSERT INTO catalogue_marks (mark) VALUES (lower(hex(randomblob(16)))); END;
  CREATE TRIGGER version_went AFTER DELETE ON versions
    BEGIN INSERT INTO catalogue_marks (mark) VALUES (lower(hex(randomblob(16)))); END;
  `,
  `
  ALTER TABLE nodes ADD COLUMN draining INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX events_by_image ON events (image, id);
  CREATE INDEX events_by_kind ON events (kind, at_ms);

  DROP TABLE plans;
  CREATE TABLE plans (
    plan_id TEXT PRIMARY KEY,
    cluster TEXT NOT NULL,
    spec_digest TEXT NOT NULL,
    basis TEXT NOT NULL,
    placements TEXT NOT NULL,
    explanations TEXT NOT NULL,
    shown_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    void_reason TEXT
  ) STRICT;
  CREATE INDEX plans_by_cluster ON plans (cluster, spec_digest, shown_ms);
  `,
  `
  CREATE TABLE retired_disks (
    domain TEXT PRIMARY KEY,
    cluster TEXT NOT NULL,
    node TEXT NOT NULL,
    version TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    seed_digest TEXT NOT NULL,
    awaited INTEGER NOT NULL
  ) STRICT;
  `,
];

/** Applies the steps that the database lacks. Throws when it was written by a newer version of DVCE. */
export function migrate(sql: DatabaseSync): void {
  const applied = Number(sql.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (applied > migrations.length) {
    throw new Error(
      `The database has schema ${applied}, this version of DVCE knows ${migrations.length}: ` +
        "run the version that wrote it, or a newer one",
    );
  }
  migrations.slice(applied).forEach((step, offset) => {
    sql.exec("BEGIN IMMEDIATE");
    try {
      sql.exec(step);
      sql.exec(`PRAGMA user_version = ${applied + offset + 1}`);
      sql.exec("COMMIT");
    } catch (error) {
      sql.exec("ROLLBACK");
      throw error;
    }
  });
}
