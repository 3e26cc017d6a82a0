package org.tresccad.rest.fault;

import org.tresccad.error.ErrorKind;

/**
 * How a kind of error looks on the wire: the one table.
 *
 * @param status HTTP's code
 * @param novaKey the key that Nova's clients look for
 * @param title HTTP's reason, Keystone's title
 */
public record Fault(int status, String novaKey, String title) {
    /** The fault of a kind of error. */
    public static Fault of(ErrorKind kind) {
        return switch (kind) {
            case BAD_REQUEST, INVALID_CONTENT -> ofStatus(400);
            case UNAUTHENTICATED -> ofStatus(401);
            case FORBIDDEN, QUOTA_EXCEEDED -> ofStatus(403);
            case NOT_FOUND -> ofStatus(404);
            case CONFLICT -> ofStatus(409);
            case TOO_LARGE -> ofStatus(413);
            case UNSUPPORTED_MEDIA_TYPE -> ofStatus(415);
            case INTERNAL -> ofStatus(500);
            case NOT_IMPLEMENTED -> ofStatus(501);
            case UNAVAILABLE -> ofStatus(503);
            case TIMEOUT -> ofStatus(504);
            case NO_SPACE -> ofStatus(507);
        };
    }

    /** The fault of a status that JAX-RS itself came up with. */
    public static Fault ofStatus(int status) {
        return switch (status) {
            case 400 -> new Fault(400, "badRequest", "Bad Request");
            case 401 -> new Fault(401, "unauthorized", "Unauthorized");
            case 403 -> new Fault(403, "forbidden", "Forbidden");
            case 404 -> new Fault(404, "itemNotFound", "Not Found");
            case 405 -> new Fault(405, "badMethod", "Method Not Allowed");
            case 406 -> new Fault(406, "notAcceptable", "Not Acceptable");
            case 409 -> new Fault(409, "conflictingRequest", "Conflict");
            case 413 -> new Fault(413, "overLimit", "Request Entity Too Large");
            case 415 -> new Fault(415, "badMediaType", "Unsupported Media Type");
            case 416 -> new Fault(416, "badRequest", "Range Not Satisfiable");
            case 501 -> new Fault(501, "notImplemented", "Not Implemented");
            case 503 -> new Fault(503, "serviceUnavailable", "Service Unavailable");
            case 504 -> new Fault(504, "gatewayTimeout", "Gateway Timeout");
            case 507 -> new Fault(507, "insufficientStorage", "Insufficient Storage");
            default ->
                status >= 400 && status < 500
                        ? new Fault(status, "badRequest", "Bad Request")
                        : new Fault(500, "computeFault", "Internal Server Error");
        };
    }
}
