-- Who has which address on this host. The constraints are what makes address conflicts impossible; the code that picks
-- addresses only has to be right about what is free.
CREATE TABLE port (
    id       TEXT NOT NULL PRIMARY KEY,
    owner    TEXT NOT NULL UNIQUE,
    mac      TEXT NOT NULL UNIQUE,
    address  TEXT NOT NULL UNIQUE,
    hostname TEXT NOT NULL,
    tap      TEXT NOT NULL UNIQUE CHECK (length(tap) <= 15)
) STRICT;
