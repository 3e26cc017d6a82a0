-- Highest epoch of a lineage known to be decided, anywhere. Never deleted.
CREATE TABLE lineage (
    lineage       TEXT PRIMARY KEY,
    highest_epoch INTEGER NOT NULL
) STRICT;

-- The write-once register of the epochs whose home is this host. Never deleted.
CREATE TABLE handover (
    lineage    TEXT NOT NULL,
    epoch      INTEGER NOT NULL,
    nonce      TEXT NOT NULL,
    project_id TEXT NOT NULL,
    verdict    TEXT NOT NULL CHECK (verdict IN ('open', 'claimed', 'withdrawn')),
    claimant   TEXT,
    PRIMARY KEY (lineage, epoch),
    CHECK ((verdict = 'claimed') = (claimant IS NOT NULL))
) STRICT;

CREATE TRIGGER handover_is_written_once BEFORE UPDATE ON handover
WHEN OLD.verdict <> 'open'
BEGIN
    SELECT RAISE(ABORT, 'this epoch is decided');
END;

CREATE TRIGGER handover_is_kept BEFORE DELETE ON handover
BEGIN
    SELECT RAISE(ABORT, 'the register is kept for ever');
END;
