package org.tresccad.rest.identity.json;

/** The one domain: {@code {"id": "default", "name": "Default"}}. */
public record DomainView(String id, String name) {
    /** Its id. */
    public static final String ID = "default";
    /** Its name. */
    public static final String NAME = "Default";
    /** It. */
    public static final DomainView DEFAULT = new DomainView(ID, NAME);
}
