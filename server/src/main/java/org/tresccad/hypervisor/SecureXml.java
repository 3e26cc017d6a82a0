package org.tresccad.hypervisor;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Parses XML that may be hostile: no DTD, no entities, nothing fetched, limits on length and depth. */
public final class SecureXml {
    private static final int MOST_CHARACTERS = 1024 * 1024;
    private static final int DEEPEST = 32;

    private SecureXml() {}

    /**
     * The root element of {@code xml}.
     *
     * @throws SAXException when it is not well-formed, has a DTD, or passes a limit (1 Mi characters, 32 levels)
     */
    public static Element parse(String xml) throws SAXException {
        if (xml.length() > MOST_CHARACTERS) {
            throw new SAXException("longer than " + MOST_CHARACTERS + " characters");
        }
        try {
            return builder().parse(new InputSource(new StringReader(xml))).getDocumentElement();
        } catch (IOException e) {
            throw new SAXException(e);
        }
    }

    /** The child elements of {@code parent}, in their order. */
    public static List<Element> children(Element parent) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                found.add(element);
            }
        }
        return found;
    }

    /** The child elements of {@code parent} with that name, in their order. */
    public static List<Element> children(Element parent, String name) {
        return children(parent).stream()
                .filter(e -> e.getTagName().equals(name))
                .toList();
    }

    /** The first child element of {@code parent} with that name. */
    public static Optional<Element> child(Element parent, String name) {
        return children(parent, name).stream().findFirst();
    }

    private static DocumentBuilder builder() {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
            factory.setFeature("http://xml.org/sax/features/external-parameter-entities", false);
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
            // Reading text out of a DOM is recursive: depth is stack.
            factory.setAttribute("jdk.xml.maxElementDepth", Integer.toString(DEEPEST));
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            // The default handler prints to standard error.
            builder.setErrorHandler(null);
            return builder;
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("this Java has no XML parser that can be locked down", e);
        }
    }
}
