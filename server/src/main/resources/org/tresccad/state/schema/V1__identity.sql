-- Tokens by the SHA-256 of their secret. Users and projects are configuration, not state. Times: milliseconds since 1970.
CREATE TABLE token (
    digest     TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    project_id TEXT,
    methods    TEXT    NOT NULL,
    audit_id   TEXT    NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX token_expires_at ON token (expires_at);
