-- Epochs that were given up here because their home, or their destination, is lost, and what they were raised to. Kept
-- for ever: whoever had the package of the epoch hears of it when it is met again.
CREATE TABLE reclaim (
    lineage    TEXT NOT NULL,
    epoch      INTEGER NOT NULL,
    nonce      TEXT NOT NULL,
    raised     INTEGER NOT NULL CHECK (raised > epoch),
    project_id TEXT NOT NULL,
    home_kind  TEXT,
    home_host  TEXT,
    home_name  TEXT,
    is_told    INTEGER NOT NULL,
    PRIMARY KEY (lineage, epoch)
) STRICT;
