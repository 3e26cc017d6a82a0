package org.tresccad.client.error;

/** Bytes that arrived are not those that were announced. */
public final class ContentMismatch extends CloudException {
    private static final long serialVersionUID = 1L;

    private final String expected;
    private final String actual;

    /** Digests or sizes, with their algorithm or unit in the text. */
    public ContentMismatch(String cloud, String attempt, String expected, String actual) {
        super(
                cloud,
                attempt,
                "Cloud " + cloud + ": " + attempt + ": content differs: expected " + expected + ", got " + actual
                        + ". It was damaged on the way or at rest; nothing of it may be used.");
        this.expected = expected;
        this.actual = actual;
    }

    /** What was announced. */
    public String expected() {
        return expected;
    }

    /** What came. */
    public String actual() {
        return actual;
    }
}
