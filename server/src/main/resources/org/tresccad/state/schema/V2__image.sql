-- Times: milliseconds since 1970. Sizes: bytes.

-- Complete files in the content store, by SHA-512. format: what the bytes are (raw or qcow2), whatever images call them.
CREATE TABLE content (
    sha512       TEXT    NOT NULL PRIMARY KEY,
    md5          TEXT    NOT NULL,
    size         INTEGER NOT NULL CHECK (size >= 0),
    format       TEXT    NOT NULL,
    virtual_size INTEGER NOT NULL CHECK (virtual_size >= 0)
) WITHOUT ROWID;

-- Who else needs a content: instances whose overlays stand on it.
CREATE TABLE content_hold (
    sha512 TEXT NOT NULL REFERENCES content (sha512),
    holder TEXT NOT NULL,
    PRIMARY KEY (sha512, holder)
) WITHOUT ROWID;

CREATE INDEX content_hold_holder ON content_hold (holder);

-- Every id that was ever given to an image: an id is never used twice, also after deletion.
CREATE TABLE image_id (
    id TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE image (
    id               TEXT    NOT NULL PRIMARY KEY REFERENCES image_id (id),
    name             TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    owner            TEXT    NOT NULL,
    visibility       TEXT    NOT NULL,
    disk_format      TEXT,
    container_format TEXT,
    virtual_size     INTEGER,
    sha512           TEXT REFERENCES content (sha512),
    min_disk         INTEGER NOT NULL CHECK (min_disk >= 0),
    min_ram          INTEGER NOT NULL CHECK (min_ram >= 0),
    protected        INTEGER NOT NULL,
    hidden           INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX image_sha512 ON image (sha512);
CREATE INDEX image_owner ON image (owner);

CREATE TABLE image_tag (
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    tag      TEXT NOT NULL,
    PRIMARY KEY (image_id, tag)
) WITHOUT ROWID;

CREATE TABLE image_property (
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (image_id, name)
) WITHOUT ROWID;

CREATE TABLE image_member (
    image_id   TEXT    NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    member     TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (image_id, member)
) WITHOUT ROWID;

CREATE INDEX image_member_member ON image_member (member);
