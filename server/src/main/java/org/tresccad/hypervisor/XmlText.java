package org.tresccad.hypervisor;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes indented XML in ASCII. Values are escaped whatever they hold; characters that XML 1.0 does not know at all become
 * U+FFFD, so that no name of an instance can make a document that libvirt refuses.
 *
 * @see <a href="https://www.w3.org/TR/xml/#charsets">XML 1.0, section 2.2</a>
 */
public final class XmlText {
    private static final int REPLACEMENT = 0xFFFD;

    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /** Opens an element; {@code attributes} are names and values in turn. */
    public XmlText open(String name, String... attributes) {
        start(name, attributes);
        out.append(">\n");
        open.push(name);
        return this;
    }

    /** Closes the element opened last. */
    public XmlText close() {
        String name = open.pop();
        indent();
        out.append("</").append(name).append(">\n");
        return this;
    }

    /** An element without content. */
    public XmlText empty(String name, String... attributes) {
        start(name, attributes);
        out.append("/>\n");
        return this;
    }

    /** An element with text. */
    public XmlText text(String name, String text, String... attributes) {
        start(name, attributes);
        out.append('>');
        escape(text);
        out.append("</").append(name).append(">\n");
        return this;
    }

    @Override
    public String toString() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("not closed: " + open);
        }
        return out.toString();
    }

    private void start(String name, String... attributes) {
        indent();
        out.append('<').append(name);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("='");
            escape(attributes[i + 1]);
            out.append('\'');
        }
    }

    private void indent() {
        out.append("  ".repeat(open.size()));
    }

    private void escape(String value) {
        value.codePoints().forEach(c -> {
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '\'' -> out.append("&apos;");
                case '"' -> out.append("&quot;");
                // As they are, a parser would turn these into spaces or line ends of its own.
                case '\t', '\n', '\r' -> out.append("&#").append(c).append(';');
                default -> append(isXml(c) ? c : REPLACEMENT);
            }
        });
    }

    /** In ASCII only: the text means the same whatever encoding it is handed on in. */
    private void append(int c) {
        if (c < 0x7F) {
            out.append((char) c);
        } else {
            out.append("&#").append(c).append(';');
        }
    }

    private static boolean isXml(int c) {
        return (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) || c >= 0x10000;
    }
}
