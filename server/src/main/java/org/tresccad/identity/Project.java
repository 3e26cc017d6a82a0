package org.tresccad.identity;

/**
 * A project (tenant): what owns instances and images. Every project lies in the domain {@code default}.
 *
 * @param name unique on this host
 */
public record Project(ProjectId id, String name) {
    /** Checks the name. */
    public Project {
        Names.check("project", name);
    }

    /** The project of that name, with an id that is the same after every start. */
    public static Project named(String name) {
        return new Project(new ProjectId(Names.derivedId("project", name)), name);
    }
}
