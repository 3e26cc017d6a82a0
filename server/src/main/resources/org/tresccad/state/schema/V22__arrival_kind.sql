-- As what an instance arrives: as itself, as a clone with a lineage of its own, or reclaimed from a home that is lost.
ALTER TABLE arrival ADD COLUMN kind TEXT NOT NULL DEFAULT 'HANDOVER'
    CHECK (kind IN ('HANDOVER', 'CLONE', 'RECLAIM'));
