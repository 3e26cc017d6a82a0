package org.tresccad.rest.nova;

import jakarta.ws.rs.core.MultivaluedMap;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.Instance;
import org.tresccad.rest.nova.json.Fields;
import org.tresccad.rest.nova.json.ServerStatus;
import org.tresccad.rest.nova.json.ServerView.Subject;

/** The filters and orders of {@code GET /servers}. Parameters Nova has and we have nothing for match everything. */
final class ServerListQuery {
    private static final Map<String, Function<Subject, String>> TEXT_ORDERS = Map.of(
            "created_at", s -> sortable(s.instance().createdAt()),
            "updated_at", s -> sortable(s.instance().updatedAt()),
            "launched_at",
                    s -> s.instance()
                            .launchedAt()
                            .map(ServerListQuery::sortable)
                            .orElse(""),
            "display_name", s -> s.instance().name(),
            "uuid", s -> s.instance().id().toString(),
            "vm_state", s -> ServerStatus.vmState(s.instance().status()),
            "task_state", s -> s.instance().task().map(Enum::name).orElse(""),
            "key_name", s -> s.instance().spec().key().map(k -> k.name()).orElse(""),
            "image_ref", s -> s.instance().spec().image().map(Object::toString).orElse(""),
            "display_description", s -> s.annotation().description().orElse(""));

    /** Keys by which all servers of a host are equal, or which no client can see the values of. */
    private static final Set<String> VOID_ORDERS = Set.of(
            "access_ip_v4",
            "access_ip_v6",
            "auto_disk_config",
            "availability_zone",
            "config_drive",
            "host",
            "hostname",
            "instance_type_id",
            "launch_index",
            "locked",
            "locked_by",
            "node",
            "power_state",
            "progress",
            "project_id",
            "ramdisk_id",
            "kernel_id",
            "root_device_name",
            "terminated_at",
            "user_id");

    private final NovaRequest request;
    private final MultivaluedMap<String, String> query;

    ServerListQuery(NovaRequest request) {
        this.request = request;
        this.query = request.query();
    }

    /**
     * Whether every project's servers are asked for.
     *
     * @throws TresccadException FORBIDDEN for others than admins
     */
    boolean isOfAllProjects() {
        boolean asked = first("all_tenants").map(ServerListQuery::isTrue).orElse(false);
        if (asked && !request.caller().isAdmin()) {
            throw new TresccadException(ErrorKind.FORBIDDEN, "Only an admin may list every project's servers.");
        }
        return asked;
    }

    /** Those of {@code all} that match, in the order asked for. */
    List<Subject> apply(List<Subject> all) {
        List<Predicate<Subject>> filters = filters();
        List<Subject> matching = new ArrayList<>(all.stream()
                .filter(subject -> filters.stream().allMatch(filter -> filter.test(subject)))
                .toList());
        order().ifPresent(matching::sort);
        return matching;
    }

    private List<Predicate<Subject>> filters() {
        List<Predicate<Subject>> filters = new ArrayList<>();
        first("name")
                .map(TextPattern::new)
                .ifPresent(p -> filters.add(s -> p.test(s.instance().name())));
        first("ip")
                .map(TextPattern::new)
                .ifPresent(p -> filters.add(s -> s.port()
                        .filter(port -> p.test(port.address().toString()))
                        .isPresent()));
        first("ip6").ifPresent(p -> filters.add(s -> false));
        first("image")
                .ifPresent(ref -> filters.add(s -> s.instance()
                        .spec()
                        .image()
                        .filter(image -> image.toString().equals(afterSlash(ref)))
                        .isPresent()));
        first("flavor")
                .ifPresent(ref ->
                        filters.add(s -> s.instance().spec().flavor().id().equals(afterSlash(ref))));
        statuses().ifPresent(wanted -> filters.add(s -> wanted.contains(ServerStatus.of(s.instance()))));
        time("changes-since")
                .ifPresent(t -> filters.add(s -> !s.instance().updatedAt().isBefore(t)));
        if (request.version().isAtLeast(66)) {
            time("changes-before")
                    .ifPresent(t -> filters.add(s -> !s.instance().updatedAt().isAfter(t)));
        }
        first("reservation_id")
                .ifPresent(id -> filters.add(
                        s -> s.annotation().reservation().filter(id::equals).isPresent()));
        first("uuid")
                .ifPresent(id -> filters.add(s -> s.instance().id().toString().equals(id)));
        first("user_id")
                .ifPresent(id -> filters.add(s -> s.instance().user().value().equals(id)));
        first("key_name")
                .ifPresent(key -> filters.add(s -> s.instance()
                        .spec()
                        .key()
                        .filter(k -> k.name().equals(key))
                        .isPresent()));
        first("vm_state")
                .ifPresent(word -> filters.add(
                        s -> ServerStatus.vmState(s.instance().status()).equals(word)));
        first("deleted").filter(ServerListQuery::isTrue).ifPresent(yes -> addDeleted(filters));
        if (request.caller().isAdmin()) {
            first("tenant_id")
                    .or(() -> first("project_id"))
                    .ifPresent(id ->
                            filters.add(s -> s.instance().project().value().equals(id)));
        }
        addTags(filters);
        if (request.version().isAtLeast(73)) {
            first("locked").ifPresent(word -> filters.add(s -> s.instance().isLocked() == isTrue(word)));
        }
        return filters;
    }

    /** A deleted server is gone from here. */
    private void addDeleted(List<Predicate<Subject>> filters) {
        if (request.caller().isAdmin()) {
            filters.add(s -> false);
        }
    }

    private void addTags(List<Predicate<Subject>> filters) {
        if (!request.version().isAtLeast(26)) {
            return;
        }
        tags("tags").ifPresent(tags -> filters.add(s -> s.annotation().tags().containsAll(tags)));
        tags("tags-any").ifPresent(tags -> filters.add(s -> hasAny(s, tags)));
        tags("not-tags")
                .ifPresent(tags -> filters.add(s -> !s.annotation().tags().containsAll(tags)));
        tags("not-tags-any").ifPresent(tags -> filters.add(s -> !hasAny(s, tags)));
    }

    private static boolean hasAny(Subject subject, Collection<String> tags) {
        return subject.annotation().tags().stream().anyMatch(tags::contains);
    }

    private Optional<List<String>> tags(String name) {
        return first(name).map(text -> Arrays.asList(text.split(",", -1)));
    }

    /** Unknown words match nothing, as in Nova; deleted servers are for admins to ask for. */
    private Optional<List<ServerStatus>> statuses() {
        List<String> words = query.getOrDefault("status", List.of());
        if (words.isEmpty()) {
            return Optional.empty();
        }
        if (words.stream().anyMatch("deleted"::equalsIgnoreCase)
                && !request.caller().isAdmin()) {
            throw new TresccadException(ErrorKind.FORBIDDEN, "Only administrators may list deleted instances");
        }
        return Optional.of(words.stream()
                .map(ServerStatus::parse)
                .flatMap(Optional::stream)
                .toList());
    }

    private Optional<Instant> time(String name) {
        return first(name).map(text -> {
            String iso = text.replace(' ', 'T');
            try {
                return OffsetDateTime.parse(iso).toInstant();
            } catch (DateTimeParseException withoutZone) {
                try {
                    return LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
                } catch (DateTimeParseException e) {
                    throw Fields.invalid(name, "is not a time in ISO 8601");
                }
            }
        });
    }

    private Optional<Comparator<Subject>> order() {
        List<String> keys = query.getOrDefault("sort_key", List.of());
        List<String> directions = query.getOrDefault("sort_dir", List.of());
        @Nullable Comparator<Subject> order = null;
        for (int i = 0; i < keys.size(); i++) {
            String direction = i < directions.size() ? directions.get(i).toLowerCase(Locale.ROOT) : "desc";
            if (!direction.equals("asc") && !direction.equals("desc")) {
                throw Fields.invalid("sort_dir", "is neither asc nor desc");
            }
            Comparator<Subject> next = by(keys.get(i));
            next = direction.equals("desc") ? next.reversed() : next;
            order = order == null ? next : order.thenComparing(next);
        }
        if (order == null && directions.stream().anyMatch("asc"::equalsIgnoreCase)) {
            return Optional.of(by("created_at"));
        }
        return Optional.ofNullable(order);
    }

    private static Comparator<Subject> by(String key) {
        @Nullable Function<Subject, String> text = TEXT_ORDERS.get(key);
        if (text == null) {
            if (!VOID_ORDERS.contains(key)) {
                throw Fields.invalid("sort_key", "is not one that servers can be sorted by");
            }
            return Comparator.comparing(server -> "");
        }
        return Comparator.comparing(text);
    }

    private Optional<String> first(String name) {
        return Optional.ofNullable(query.getFirst(name));
    }

    private static String sortable(Instant time) {
        return String.format(Locale.ROOT, "%020d", time.toEpochMilli());
    }

    private static boolean isTrue(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "", "1", "true", "t", "yes", "y", "on" -> true;
            case "0", "false", "f", "no", "n", "off" -> false;
            default -> throw Fields.invalid("query", "has a word that is not a boolean");
        };
    }

    private static String afterSlash(String ref) {
        return ref.substring(ref.lastIndexOf('/') + 1);
    }

    /** What a list is paged by. */
    static String id(Subject subject) {
        Instance instance = subject.instance();
        return instance.id().toString();
    }
}
