package org.tresccad.instance;

import java.util.Optional;
import org.tresccad.hypervisor.Platform;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.ImageId;

/**
 * What is fixed when an instance is created.
 *
 * @param hostname a valid DNS label made from the first name
 * @param flavor as it was then
 * @param image the image it was created from; empty when it came in a package
 * @param base the content its overlay stands on
 * @param diskBytes guest-visible size of its disk
 * @param boot kernel given directly
 * @param userData base64, as given
 */
public record InstanceSpec(
        String hostname,
        Flavor flavor,
        Optional<ImageId> image,
        ContentDigest base,
        long diskBytes,
        Optional<KernelBoot> boot,
        Optional<Key> key,
        Optional<String> userData,
        Platform platform) {

    /** Whether that content is its base image, kernel or ramdisk. */
    boolean standsOn(ContentDigest digest) {
        return base.equals(digest)
                || boot.filter(its -> its.kernel().equals(digest)
                                || its.ramdisk().filter(digest::equals).isPresent())
                        .isPresent();
    }

    /** A kernel and ramdisk in the content store. */
    public record KernelBoot(ContentDigest kernel, Optional<ContentDigest> ramdisk, String commandLine) {}

    /** The public key the instance was created with. */
    public record Key(String name, String publicKey) {}
}
