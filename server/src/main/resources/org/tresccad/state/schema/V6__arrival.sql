-- The target's journal of design section 7, one row per epoch that ever came here; kept, so that an epoch that was
-- refused is never accepted later.
CREATE TABLE arrival (
    lineage     TEXT NOT NULL,
    epoch       INTEGER NOT NULL,
    instance_id TEXT NOT NULL,
    project_id  TEXT NOT NULL,
    image_id    TEXT NOT NULL,
    move_id     TEXT,
    source      TEXT NOT NULL,
    nonce       TEXT NOT NULL,
    home_kind   TEXT NOT NULL,
    home_host   TEXT NOT NULL,
    claimant    TEXT NOT NULL,
    is_pushed   INTEGER NOT NULL,
    was_running INTEGER NOT NULL,
    new_address INTEGER NOT NULL,
    state       TEXT NOT NULL,
    error       TEXT,
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    PRIMARY KEY (lineage, epoch)
) STRICT;
CREATE INDEX arrival_by_move ON arrival (move_id);
