-- What the host that an instance came from may have kept of its package: named, not held.
CREATE TABLE kept_elsewhere (
    instance_id TEXT    NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    lineage     TEXT    NOT NULL,
    epoch       INTEGER NOT NULL,
    member      TEXT    NOT NULL CHECK (member IN ('SNAPSHOT', 'DISK')),
    tree_sha256 TEXT    NOT NULL,
    size_bytes  INTEGER NOT NULL,
    PRIMARY KEY (instance_id, number)
) STRICT;

-- What this host kept of a guest that left, for the day it comes back; the files are beside the database.
CREATE TABLE residue (
    lineage     TEXT    NOT NULL,
    member      TEXT    NOT NULL CHECK (member IN ('SNAPSHOT', 'DISK')),
    epoch       INTEGER NOT NULL,
    project     TEXT    NOT NULL,
    tree_sha256 TEXT    NOT NULL,
    size_bytes  INTEGER NOT NULL,
    kept_at     TEXT    NOT NULL,
    PRIMARY KEY (lineage, member)
) STRICT;
