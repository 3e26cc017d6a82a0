package org.tresccad.rest.glance;

import jakarta.ws.rs.core.MultivaluedMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.Image;
import org.tresccad.image.ImageId;
import org.tresccad.image.MemberStatus;
import org.tresccad.image.Visibility;

/**
 * What a list of images is asked for: filters, order, page.
 *
 * @param visibility only these, or what lists hold by default
 * @param membership what the project said to images shared with it; empty for anything
 * @param matches all filters in one
 * @param order total: the id decides in the end
 * @param limit images on this page
 * @param marker the last image of the page before
 */
record ImageQuery(
        Optional<Visibility> visibility,
        Optional<MemberStatus> membership,
        Predicate<Image> matches,
        Comparator<Image> order,
        int limit,
        Optional<ImageId> marker) {
    /** Glance's {@code limit_param_default}. */
    private static final int DEFAULT_LIMIT = 25;
    /** Glance's {@code api_limit_max}. */
    private static final int LARGEST_LIMIT = 1000;

    static ImageQuery parse(MultivaluedMap<String, String> parameters) {
        Predicate<Image> matches = image -> true;
        boolean hidden = false;
        Optional<Visibility> visibility = Optional.empty();
        Optional<MemberStatus> membership = Optional.of(MemberStatus.ACCEPTED);
        int limit = DEFAULT_LIMIT;
        Optional<ImageId> marker = Optional.empty();
        for (String key : parameters.keySet()) {
            for (String value : parameters.get(key)) {
                switch (key) {
                    case "visibility" -> visibility = visibility(value);
                    case "member_status" -> membership = membership(value);
                    case "os_hidden" -> hidden = ImageFilter.truth(key, value);
                    case "limit" -> limit = limit(value);
                    case "marker" ->
                        marker = Optional.of(ImageId.parse(value)
                                .orElseThrow(() -> wrong("The marker is not an image you can see.")));
                    case "sort", "sort_key", "sort_dir" -> {}
                    default -> matches = matches.and(ImageFilter.of(key, value));
                }
            }
        }
        boolean wantsHidden = hidden;
        return new ImageQuery(
                visibility,
                membership,
                matches.and(image -> image.isHidden() == wantsHidden),
                order(parameters),
                limit,
                marker);
    }

    private static Optional<Visibility> visibility(String value) {
        if (value.equals("all")) {
            return Optional.empty();
        }
        return Optional.of(Visibility.parse(value)
                .orElseThrow(() -> wrong("visibility is one of public, private, shared, community, all.")));
    }

    private static Optional<MemberStatus> membership(String value) {
        if (value.equals("all")) {
            return Optional.empty();
        }
        return Optional.of(MemberStatus.parse(value)
                .orElseThrow(() -> wrong("member_status is one of accepted, pending, rejected, all.")));
    }

    private static int limit(String value) {
        try {
            int limit = Integer.parseInt(value);
            if (limit >= 0) {
                return Math.min(limit, LARGEST_LIMIT);
            }
        } catch (NumberFormatException e) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "limit must be an integer.", e);
        }
        throw wrong("limit cannot be negative.");
    }

    /** From {@code sort=name:asc,size} or from {@code sort_key=name&sort_dir=asc}, not from both. */
    private static Comparator<Image> order(MultivaluedMap<String, String> parameters) {
        List<String> keys = new ArrayList<>(parameters.getOrDefault("sort_key", List.of()));
        List<String> directions = new ArrayList<>(parameters.getOrDefault("sort_dir", List.of()));
        List<String> sorts = parameters.getOrDefault("sort", List.of());
        if (!sorts.isEmpty()) {
            if (!keys.isEmpty() || !directions.isEmpty()) {
                throw wrong("Use sort, or sort_key and sort_dir, not both.");
            }
            for (String part : String.join(",", sorts).split(",", -1)) {
                String[] keyAndDirection = part.strip().split(":", 2);
                keys.add(keyAndDirection[0].strip());
                directions.add(keyAndDirection.length == 2 ? keyAndDirection[1].strip() : "desc");
            }
        }
        if (keys.isEmpty()) {
            keys.add("created_at");
        }
        if (directions.size() > 1 && directions.size() != keys.size()) {
            throw wrong("sort_dir is given once, or once for each sort_key.");
        }
        Comparator<Image> order = null;
        for (int i = 0; i < keys.size(); i++) {
            String direction = directions.isEmpty() ? "desc" : directions.get(directions.size() == 1 ? 0 : i);
            Comparator<Image> next = directed(by(keys.get(i)), direction);
            order = order == null ? next : order.thenComparing(next);
        }
        Comparator<Image> byCreation = Comparator.comparing(Image::createdAt).reversed();
        Comparator<Image> byId =
                Comparator.comparing((Image image) -> image.id().toString()).reversed();
        return (order == null ? byCreation : order.thenComparing(byCreation)).thenComparing(byId);
    }

    private static Comparator<Image> directed(Comparator<Image> order, String direction) {
        return switch (direction) {
            case "asc" -> order;
            case "desc" -> order.reversed();
            default -> throw wrong("A sort direction is asc or desc.");
        };
    }

    private static Comparator<Image> by(String key) {
        return switch (key) {
            case "name" -> Comparator.comparing(Image::name);
            case "status" -> Comparator.comparing(image -> image.status().wireName());
            case "container_format" ->
                Comparator.comparing(image -> image.containerFormat().orElse(""));
            case "disk_format" ->
                Comparator.comparing(
                        image -> image.diskFormat().map(DiskFormat::wireName).orElse(""));
            case "size" ->
                Comparator.comparingLong(image -> image.content().sizeBytes().orElse(0));
            case "id" -> Comparator.comparing(image -> image.id().toString());
            case "created_at" -> Comparator.comparing(Image::createdAt);
            case "updated_at" -> Comparator.comparing(Image::updatedAt);
            case "visibility" ->
                Comparator.comparing(image -> image.visibility().wireName());
            case "owner" -> Comparator.comparing(image -> image.owner().value());
            case "min_disk" -> Comparator.comparingInt(Image::minDiskGib);
            case "min_ram" -> Comparator.comparingInt(Image::minRamMib);
            default -> throw wrong("Images cannot be sorted by " + key + ".");
        };
    }

    private static TresccadException wrong(String message) {
        return new TresccadException(ErrorKind.BAD_REQUEST, message);
    }
}
