package org.tresccad.error;

/** What went wrong, in terms every API of ours can render. The table from kind to HTTP status is in {@code rest.fault}. */
public enum ErrorKind {
    /** The request itself is malformed or asks for something that cannot exist. */
    BAD_REQUEST,
    /** No credentials, wrong credentials, or a token that is unknown or expired. */
    UNAUTHENTICATED,
    /** Known caller, not allowed. */
    FORBIDDEN,
    /** The named thing does not exist, or the caller may not know that it does. */
    NOT_FOUND,
    /** The thing exists but its state does not allow this now. */
    CONFLICT,
    /** A quota of the caller is used up. */
    QUOTA_EXCEEDED,
    /** Content is larger than a limit says. */
    TOO_LARGE,
    /** The media type of a body is not one we read. */
    UNSUPPORTED_MEDIA_TYPE,
    /** Something that arrived (package, image, save file) is damaged, foreign or hostile. */
    INVALID_CONTENT,
    /** The route or mode exists in the API but not in this version. */
    NOT_IMPLEMENTED,
    /** No room on the host: disk or memory. */
    NO_SPACE,
    /** Something we depend on (libvirtd, another cloud) does not answer. */
    UNAVAILABLE,
    /** A wait or an external program took longer than it may. */
    TIMEOUT,
    /** A defect of ours; the client learns only the request id. */
    INTERNAL
}
