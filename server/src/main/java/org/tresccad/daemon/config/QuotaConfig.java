package org.tresccad.daemon.config;

/** What one project may use. */
public record QuotaConfig(Compute compute, Images images) {
    /**
     * Limits of the compute service.
     *
     * @param ramMib in MiB
     * @param metadataItems per instance
     * @param keyPairs per user
     */
    public record Compute(int instances, int cores, int ramMib, int metadataItems, int keyPairs) {}

    /**
     * Limits of the image service.
     *
     * @param bytes of content, saved instances included
     */
    public record Images(int images, long bytes) {}

    static QuotaConfig read(ConfigReader in) {
        return new QuotaConfig(
                new Compute(
                        in.value("instances", "20", QuotaConfig::count),
                        in.value("cores", "40", QuotaConfig::count),
                        in.value("ram_mib", "51200", QuotaConfig::count),
                        in.value("metadata_items", "128", QuotaConfig::count),
                        in.value("key_pairs", "100", QuotaConfig::count)),
                new Images(
                        in.value("images", "1000", QuotaConfig::count),
                        in.value("image_bytes", "500GiB", Values::bytes)));
    }

    private static int count(String text) {
        return Values.whole(text, 0, Integer.MAX_VALUE);
    }
}
