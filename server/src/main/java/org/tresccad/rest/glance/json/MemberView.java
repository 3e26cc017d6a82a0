package org.tresccad.rest.glance.json;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.tresccad.image.ImageMember;
import org.tresccad.rest.Json;

/**
 * A project an image is shared with: {@code {"image_id": ..., "member_id": ..., "status": "pending", "created_at": ...,
 * "updated_at": ..., "schema": "/v2/schemas/member"}}.
 */
public record MemberView(
        @JsonProperty("image_id") String imageId,
        @JsonProperty("member_id") String memberId,
        String status,
        @JsonProperty("created_at") String createdAt,
        @JsonProperty("updated_at") String updatedAt,
        String schema) {
    /** The view of {@code member}. */
    public static MemberView of(ImageMember member) {
        return new MemberView(
                member.image().toString(),
                member.member().value(),
                member.status().wireName(),
                Json.seconds(member.createdAt()),
                Json.seconds(member.updatedAt()),
                "/v2/schemas/member");
    }
}
