-- The source's journal of design section 7.
CREATE TABLE move (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    instance_id     TEXT NOT NULL,
    instance_name   TEXT NOT NULL,
    lineage         TEXT NOT NULL,
    epoch           INTEGER NOT NULL,
    nonce           TEXT NOT NULL,
    project_id      TEXT NOT NULL,
    user_id         TEXT NOT NULL,
    destination     TEXT NOT NULL,
    mode            TEXT NOT NULL,
    origin          TEXT NOT NULL,
    state           TEXT NOT NULL,
    error           TEXT,
    remote_instance TEXT,
    is_told         INTEGER NOT NULL,
    bytes_sent      INTEGER NOT NULL,
    interruption_ms INTEGER,
    total_ms        INTEGER,
    started_at      INTEGER NOT NULL,
    ended_at        INTEGER
) STRICT;
CREATE UNIQUE INDEX move_one_at_a_time ON move (instance_id)
    WHERE state IN ('REQUESTED', 'CHECKED', 'FROZEN', 'CLAIMED');
CREATE INDEX move_by_lineage ON move (lineage);
