package org.tresccad.client.compute;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Optional;

/** A migration in Nova's shape; of a tresccad host or of an OpenStack. Bytes are Nova's: of memory and of disk. */
public record Migration(
        String id,
        String status,
        @JsonProperty("migration_type") Optional<String> type,
        @JsonProperty("source_compute") Optional<String> source,
        @JsonProperty("dest_compute") Optional<String> destination,
        @JsonProperty("instance_uuid") Optional<String> instanceId,
        @JsonProperty("server_uuid") Optional<String> serverId,
        @JsonProperty("memory_total_bytes") Optional<Long> memoryTotalBytes,
        @JsonProperty("memory_processed_bytes") Optional<Long> memoryDoneBytes,
        @JsonProperty("disk_total_bytes") Optional<Long> diskTotalBytes,
        @JsonProperty("disk_processed_bytes") Optional<Long> diskDoneBytes,
        @JsonProperty("created_at") Optional<String> createdAt) {}
