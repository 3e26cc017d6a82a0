package org.tresccad.daemon.config;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Who may use the host, and how much of it.
 *
 * @param tokenLifetime how long a token is valid
 * @param flavors created at the first start; later changes belong to the API
 */
public record TenancyConfig(
        List<ProjectConfig> projects,
        List<UserConfig> users,
        Duration tokenLifetime,
        List<FlavorConfig> flavors,
        QuotaConfig quotas) {
    /** Copies. */
    public TenancyConfig {
        projects = List.copyOf(projects);
        users = List.copyOf(users);
        flavors = List.copyOf(flavors);
    }

    static TenancyConfig read(ConfigReader in) {
        List<ProjectConfig> projects = in.items("projects", ProjectConfig::read, List.of());
        List<UserConfig> users = in.items("users", UserConfig::read, List.of());
        Duration lifetime = in.section("token").value("lifetime", "1h", Values::duration);
        List<FlavorConfig> flavors = in.items("flavors", FlavorConfig::read, FlavorConfig.DEFAULTS);
        unique(in, "projects", projects, ProjectConfig::name);
        unique(in, "users", users, UserConfig::name);
        unique(in, "flavors", flavors, FlavorConfig::name);
        Set<String> known =
                new HashSet<>(projects.stream().map(ProjectConfig::name).toList());
        for (int i = 0; i < users.size(); i++) {
            List<UserConfig.Membership> memberships = users.get(i).memberships();
            for (int j = 0; j < memberships.size(); j++) {
                String project = memberships.get(j).project();
                if (!known.contains(project)) {
                    in.problem(
                            "users[" + i + "].projects[" + j + "].name",
                            "there is no project \"" + project + "\" in projects");
                }
            }
        }
        return new TenancyConfig(projects, users, lifetime, flavors, QuotaConfig.read(in.section("quotas")));
    }

    private static <T> void unique(ConfigReader in, String key, List<T> items, Function<T, String> name) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < items.size(); i++) {
            if (!seen.add(name.apply(items.get(i)))) {
                in.problem(key + "[" + i + "].name", "\"" + name.apply(items.get(i)) + "\" is there more than once");
            }
        }
    }
}
