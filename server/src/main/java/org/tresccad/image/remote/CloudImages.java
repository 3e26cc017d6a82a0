package org.tresccad.image.remote;

import java.io.InputStream;
import java.util.Optional;
import org.tresccad.client.Cloud;
import org.tresccad.client.image.DownloadOptions;
import org.tresccad.client.image.Image;
import org.tresccad.client.transfer.Progress;
import org.tresccad.client.transfer.Watch;
import org.tresccad.cloud.CloudCalls;
import org.tresccad.cloud.ProjectClouds;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.ContentDigest;
import org.tresccad.image.DiskFormat;
import org.tresccad.image.ImageId;
import org.tresccad.image.RemoteImages;
import org.tresccad.job.Cancellation;

/** The image services of the clouds in this host's clouds.yaml. */
public final class CloudImages implements RemoteImages {
    private final ProjectClouds clouds;

    /** Over {@code clouds}. */
    public CloudImages(ProjectClouds clouds) {
        this.clouds = clouds;
    }

    @Override
    public Found fetch(Caller caller, String cloudName, ImageId id, Cancellation cancellation) {
        Cloud cloud = clouds.find(caller.projectId(), cloudName)
                .orElseThrow(() -> new TresccadException(
                        ErrorKind.NOT_FOUND, "Cloud '" + cloudName + "' is not known on this host for this project."));
        Image image = CloudCalls.call(() -> cloud.images().get(id.toString()));
        org.tresccad.client.transfer.Cancellation ending = new org.tresccad.client.transfer.Cancellation();
        InputStream data = CloudCalls.call(() -> cloud.images()
                .download(
                        id.toString(),
                        new DownloadOptions(false, false, Optional.empty()),
                        new Watch(Progress.NONE, ending)));
        cancellation.onCancel(ending::cancel);
        return new Found(
                image.name().orElse(image.id()),
                image.content().diskFormat().flatMap(DiskFormat::parse),
                image.content().containerFormat(),
                image.properties(),
                image.content().sizeBytes(),
                image.content()
                        .digest()
                        .filter(digest -> digest.algorithm().equals("sha512"))
                        .map(digest -> new ContentDigest(digest.hex())),
                data);
    }
}
