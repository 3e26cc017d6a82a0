package org.tresccad.rest.glance;

import jakarta.ws.rs.ClientErrorException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.glassfish.grizzly.http.server.Request;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.identity.Caller;
import org.tresccad.image.Image;
import org.tresccad.image.ImageHasNoData;
import org.tresccad.image.ImageId;
import org.tresccad.image.StoredImages;
import org.tresccad.job.Cancellation;
import org.tresccad.job.Progress;
import org.tresccad.rest.Authenticated;
import org.tresccad.rest.Connections;

/** Images' data, up and down, never held in memory. */
@Path("/image")
public final class ImageDataResource {
    /** With the value {@code true}: also give data that is still being written, and wait for the rest. */
    public static final String FOLLOW = "X-Tresccad-Follow";

    private static final Logger LOG = LoggerFactory.getLogger(ImageDataResource.class);
    private static final int COPY_BYTES = 64 * 1024;

    private final StoredImages images;

    /** Over {@code images}. */
    public ImageDataResource(StoredImages images) {
        this.images = images;
    }

    /** Stores the data of a queued image; it is active when this answers. */
    @PUT
    @Path("v2/images/{id}/file")
    @Consumes(MediaType.APPLICATION_OCTET_STREAM)
    public void upload(@Context ContainerRequestContext request, @PathParam("id") String id, InputStream data) {
        Caller caller = Authenticated.caller(request);
        receive(() -> images.upload(caller, ImagePaths.id(id), data, expecting(request), new Cancellation()));
    }

    /** Takes data aside for an import by glance-direct. */
    @PUT
    @Path("v2/images/{id}/stage")
    @Consumes(MediaType.APPLICATION_OCTET_STREAM)
    public void stage(@Context ContainerRequestContext request, @PathParam("id") String id, InputStream data) {
        Caller caller = Authenticated.caller(request);
        receive(() -> {
            images.stage(caller, ImagePaths.id(id), data, expecting(request), new Cancellation());
            return id;
        });
    }

    /** Gives the headers of {@link #download}. */
    @HEAD
    @Path("v2/images/{id}/file")
    public Response head(@Context ContainerRequestContext request, @PathParam("id") String id) {
        Caller caller = Authenticated.caller(request);
        ImageId imageId = ImagePaths.id(id);
        try {
            close(images.open(caller, imageId, false));
        } catch (ImageHasNoData e) {
            return Response.noContent().build();
        }
        Image image = images.get(caller, imageId);
        return described(Response.ok(), image)
                .header(HttpHeaders.CONTENT_LENGTH, size(image))
                .build();
    }

    /** Gives the data, or a range of it; 204 when there is none, as Glance does. */
    @GET
    @Path("v2/images/{id}/file")
    public Response download(
            @Context ContainerRequestContext request,
            @Context Request connection,
            @PathParam("id") String id,
            @HeaderParam("Range") @Nullable String range,
            @HeaderParam(FOLLOW) @Nullable String follow) {
        Caller caller = Authenticated.caller(request);
        ImageId imageId = ImagePaths.id(id);
        if (Boolean.parseBoolean(follow)) {
            return Response.ok(streamed(images.open(caller, imageId, true), connection, imageId))
                    .type(MediaType.APPLICATION_OCTET_STREAM_TYPE)
                    .build();
        }
        InputStream data;
        try {
            data = images.open(caller, imageId, false);
        } catch (ImageHasNoData e) {
            return Response.noContent().build();
        }
        Image image = images.get(caller, imageId);
        long size = size(image);
        Optional<ByteRange> part = Optional.empty();
        try {
            part = range == null ? Optional.empty() : ByteRange.parse(range, size);
            if (part.isPresent()) {
                data.skipNBytes(part.get().first());
            }
        } catch (ByteRange.Unsatisfiable | IOException e) {
            close(data);
            if (e instanceof ByteRange.Unsatisfiable) {
                throw new ClientErrorException(416);
            }
            throw new TresccadException(ErrorKind.INTERNAL, "The data of image " + id + " cannot be read.", e);
        }
        Response.ResponseBuilder answer = part.isPresent()
                ? Response.status(206).header("Content-Range", part.get().contentRange(size))
                : Response.ok();
        long length = part.map(ByteRange::length).orElse(size);
        return described(answer, image)
                .header(HttpHeaders.CONTENT_LENGTH, length)
                .entity(limited(data, length, connection, imageId))
                .build();
    }

    private static Response.ResponseBuilder described(Response.ResponseBuilder answer, Image image) {
        image.content().md5().ifPresent(md5 -> answer.header("Content-MD5", md5));
        return answer.type(MediaType.APPLICATION_OCTET_STREAM_TYPE).header("Accept-Ranges", "bytes");
    }

    private static long size(Image image) {
        return image.content().sizeBytes().orElseThrow();
    }

    private interface Reception {
        Object run() throws IOException;
    }

    private static void receive(Reception reception) {
        try {
            reception.run();
        } catch (IOException e) {
            throw new TresccadException(
                    ErrorKind.BAD_REQUEST, "The data did not arrive whole; nothing of it was kept. Send it again.", e);
        }
    }

    private static Progress expecting(ContainerRequestContext request) {
        Progress progress = new Progress();
        String length = request.getHeaderString(HttpHeaders.CONTENT_LENGTH);
        if (length != null && length.matches("\\d{1,18}")) {
            progress.expect(Long.parseLong(length));
        }
        return progress;
    }

    private static StreamingOutput streamed(InputStream data, Request connection, ImageId id) {
        return limited(data, Long.MAX_VALUE, connection, id);
    }

    /** At most {@code length} bytes of {@code data}. When the source fails the connection is cut, not the body ended. */
    private static StreamingOutput limited(InputStream data, long length, Request connection, ImageId id) {
        return out -> {
            try (data) {
                copy(data, out, length, connection, id);
            }
        };
    }

    private static void copy(InputStream data, OutputStream out, long length, Request connection, ImageId id)
            throws IOException {
        byte[] buffer = new byte[COPY_BYTES];
        long left = length;
        while (left > 0) {
            int count;
            try {
                count = data.read(buffer, 0, (int) Math.min(buffer.length, left));
            } catch (IOException e) {
                LOG.warn("the data of image {} ended with an error; the download is cut off", id, e);
                Connections.abort(connection);
                throw e;
            }
            if (count < 0) {
                return;
            }
            out.write(buffer, 0, count);
            if (data.available() == 0) {
                // The rest is still to come: give what there is.
                out.flush();
            }
            left -= count;
        }
    }

    private static void close(InputStream data) {
        try {
            data.close();
        } catch (IOException e) {
            LOG.debug("closing a file that was only read", e);
        }
    }
}
