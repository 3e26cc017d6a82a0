-- Moves whose epoch is decided elsewhere than in this host's register: in the image service of the cloud they go to.
CREATE TABLE move_home (
    move_id TEXT PRIMARY KEY REFERENCES move (id),
    kind    TEXT NOT NULL,
    home_id TEXT NOT NULL,
    name    TEXT NOT NULL
) STRICT;
