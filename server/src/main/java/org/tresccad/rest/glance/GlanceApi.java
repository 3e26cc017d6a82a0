package org.tresccad.rest.glance;

import java.util.List;
import org.tresccad.image.ImageImports;
import org.tresccad.image.ImageMembers;
import org.tresccad.image.StoredImages;

/** All resources of Glance's API. */
public final class GlanceApi {
    private GlanceApi() {}

    /** To be given to {@link org.tresccad.rest.ApiApplication}. */
    public static List<Object> resources(StoredImages images, ImageMembers members, ImageImports imports) {
        return List.of(
                new GlanceVersionResource(),
                new SchemaResource(),
                new ImageResource(images),
                new ImageDataResource(images),
                new MemberResource(members),
                new ImportResource(images, imports));
    }
}
