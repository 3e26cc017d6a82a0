package org.tresccad.image;

import java.net.URI;

/** Where an import takes its data from. */
public sealed interface ImportMethod {
    /** Data that was staged. */
    record Staged() implements ImportMethod {}

    /** A file on the web. */
    record Web(URI location) implements ImportMethod {}

    /** An image of another cloud, by the name under which the project knows that cloud. */
    record Cloud(String cloudName, ImageId image) implements ImportMethod {}
}
