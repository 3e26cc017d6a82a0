-- What a guest is told of its standing still on this host. Numbers go on over epochs and hosts: see GuestEvents.
CREATE TABLE guest_event (
    instance_id TEXT NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('PREPARE', 'CANCELLED', 'FROZEN', 'THAWED')),
    at          INTEGER NOT NULL,
    cause       TEXT CHECK (cause IN ('MOVE', 'SAVE')),
    destination TEXT,
    deadline    INTEGER,
    gap_ms      INTEGER,
    PRIMARY KEY (instance_id, number)
) STRICT, WITHOUT ROWID;
