package org.tresccad.rest.nova;

import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/**
 * A regular expression from a query: Nova's filters {@code name} and {@code ip}. A pattern may be made to take for ever
 * (CWE-1333), so the steps of a match are counted and limited.
 */
final class TextPattern implements Predicate<String> {
    private static final int LONGEST = 255;
    private static final int MOST_STEPS = 50_000;

    private final Pattern pattern;

    /**
     * Compiles {@code text}.
     *
     * @throws TresccadException BAD_REQUEST when it is no regular expression
     */
    TextPattern(String text) {
        if (text.length() > LONGEST) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "A filter is longer than " + LONGEST + " characters.");
        }
        try {
            pattern = Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "A filter is not a regular expression.", e);
        }
    }

    /**
     * Whether the pattern is found in {@code text}.
     *
     * @throws TresccadException BAD_REQUEST when that takes too many steps
     */
    @Override
    public boolean test(String text) {
        try {
            return pattern.matcher(new Counted(text)).find();
        } catch (StackOverflowError e) {
            throw tooComplicated();
        }
    }

    private static TresccadException tooComplicated() {
        return new TresccadException(ErrorKind.BAD_REQUEST, "A filter's regular expression is too complicated.");
    }

    /** A text that allows only so many looks at it. */
    private static final class Counted implements CharSequence {
        private final String text;
        private int steps;

        Counted(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++steps > MOST_STEPS) {
                throw tooComplicated();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
