package org.tresccad.image;

/**
 * How much anybody may store.
 *
 * @param imagesPerProject images one project may own
 * @param bytesPerProject sum of the sizes of a project's images, 0 for no limit
 * @param imageBytes largest file
 * @param virtualBytes largest guest-visible size of an image
 * @param reserveBytes what must stay free on the disk
 * @param properties custom properties of one image
 * @param tags tags of one image
 * @param members projects one image is shared with
 */
public record ImageLimits(
        int imagesPerProject,
        long bytesPerProject,
        long imageBytes,
        long virtualBytes,
        long reserveBytes,
        int properties,
        int tags,
        int members) {
    /** 1 TiB and 1000 images a project at most, 1 GiB stays free; counts as in Glance. */
    public static final ImageLimits DEFAULT = new ImageLimits(1000, 0, 1L << 40, 1L << 42, 1L << 30, 128, 128, 128);

    /** Checks that nothing is negative. */
    public ImageLimits {
        if (imagesPerProject < 0
                || bytesPerProject < 0
                || imageBytes < 0
                || virtualBytes < 0
                || reserveBytes < 0
                || properties < 0
                || tags < 0
                || members < 0) {
            throw new IllegalArgumentException("an image limit is negative");
        }
    }
}
