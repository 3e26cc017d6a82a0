CREATE TABLE flavor (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    vcpus      INTEGER NOT NULL CHECK (vcpus > 0),
    memory_mib INTEGER NOT NULL CHECK (memory_mib > 0),
    disk_gib   INTEGER NOT NULL CHECK (disk_gib >= 0),
    is_public  INTEGER NOT NULL,
    extra      TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE keypair (
    user_id     TEXT NOT NULL,
    name        TEXT NOT NULL,
    public_key  TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (user_id, name)
) STRICT;

-- spec and details hold JSON: what never changes after creation, and what the owner may change.
CREATE TABLE instance (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    lineage    TEXT NOT NULL UNIQUE,
    epoch      INTEGER NOT NULL,
    project_id TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    status     TEXT NOT NULL,
    task       TEXT,
    fault      TEXT,
    domain     TEXT NOT NULL UNIQUE,
    spec       TEXT NOT NULL,
    metadata   TEXT NOT NULL,
    hardware   TEXT,
    is_locked  INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    launched_at INTEGER
) STRICT;
CREATE INDEX instance_by_project ON instance (project_id);

-- Nova's os-instance-actions: kept after the instance is gone.
CREATE TABLE instance_action (
    request_id  TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    project_id  TEXT NOT NULL,
    user_id     TEXT NOT NULL,
    action      TEXT NOT NULL,
    message     TEXT,
    started_at  INTEGER NOT NULL,
    PRIMARY KEY (instance_id, request_id, action)
) STRICT;
