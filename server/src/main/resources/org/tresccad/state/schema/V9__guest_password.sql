-- What a guest left as its password, encrypted to its owner's key. Written once.
CREATE TABLE guest_password (
    instance_id TEXT NOT NULL PRIMARY KEY REFERENCES instance (id) ON DELETE CASCADE,
    password    TEXT NOT NULL
) STRICT;
