package org.tresccad.error;

/**
 * The root of all errors this daemon raises on purpose. Its message is meant for the caller of the API: what was
 * tried, on what, why not, what to do; never a path, a stack or a foreign exception's text. Subclasses live in the
 * package that raises them and carry the facts as fields.
 */
public class TresccadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorKind kind;
    private final String sentence;

    /** An error of {@code kind} whose {@code message} may be shown to the caller. */
    public TresccadException(ErrorKind kind, String message) {
        super(message);
        this.kind = kind;
        this.sentence = message;
    }

    /** As above; {@code cause} goes to the log only. */
    public TresccadException(ErrorKind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.sentence = message;
    }

    /** What kind of error this is. */
    public ErrorKind kind() {
        return kind;
    }

    /** The sentence for the caller of the API; never null. */
    @Override
    public String getMessage() {
        return sentence;
    }
}
