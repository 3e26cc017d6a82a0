package org.tresccad.client.tresccad;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * Whether something could run at another place.
 *
 * @param possible whether there are no reasons against it
 * @param reasons every reason why not
 * @param sendsBaseImage whether a move would send the base image ahead, because it is not there
 */
public record Check(
        boolean possible,
        List<Reason> reasons,
        @JsonProperty("sends_base_image") boolean sendsBaseImage) {
    /** Copies the list. */
    public Check {
        reasons = List.copyOf(reasons);
    }

    /**
     * Why not.
     *
     * @param subject a word for programs: {@code cpu}, {@code room}, {@code base_image}, ...
     * @param message a sentence for people
     */
    public record Reason(String subject, String message) {}
}
