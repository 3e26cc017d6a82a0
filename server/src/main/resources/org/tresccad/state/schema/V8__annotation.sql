-- What an owner or a client notes about an instance and the guest never sees. JSON; gone with the instance.
CREATE TABLE instance_annotation (
    instance_id TEXT PRIMARY KEY REFERENCES instance (id) ON DELETE CASCADE,
    annotation  TEXT NOT NULL
) STRICT;
