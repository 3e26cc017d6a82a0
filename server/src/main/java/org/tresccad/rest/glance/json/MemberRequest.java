package org.tresccad.rest.glance.json;

import org.jspecify.annotations.Nullable;

/** Shares ({@code {"member": "<project id>"}}) or answers ({@code {"status": "accepted"}}). */
public record MemberRequest(
        @Nullable String member, @Nullable String status) {}
