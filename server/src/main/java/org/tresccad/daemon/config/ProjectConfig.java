package org.tresccad.daemon.config;

import java.util.Optional;
import org.tresccad.identity.ProjectId;

/**
 * A project (tenant).
 *
 * @param id empty: derived from the name
 */
public record ProjectConfig(String name, Optional<ProjectId> id) {
    static ProjectConfig read(ConfigReader in) {
        return new ProjectConfig(
                in.required("name", "unnamed", Values::label), in.optional("id", text -> new ProjectId(text)));
    }
}
