package org.tresccad.image;

import java.time.Instant;
import org.tresccad.identity.ProjectId;

/** A project that an image is shared with. */
public record ImageMember(ImageId image, ProjectId member, MemberStatus status, Instant createdAt, Instant updatedAt) {}
