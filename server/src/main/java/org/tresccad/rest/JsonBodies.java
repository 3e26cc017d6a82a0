package org.tresccad.rest;

import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.MessageBodyReader;
import jakarta.ws.rs.ext.MessageBodyWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.Map;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;

/** Reads and writes records, maps, lists and trees as JSON, whatever kind of JSON the media type names. */
public final class JsonBodies implements MessageBodyReader<Object>, MessageBodyWriter<Object> {
    /** Larger than any request of any API here; user data of an instance is at most 64 KiB. */
    private static final int LARGEST_BYTES = 1 << 20;

    @Override
    public boolean isReadable(Class<?> type, Type generic, Annotation[] annotations, MediaType mediaType) {
        return isJson(mediaType) && isOurs(type);
    }

    @Override
    public Object readFrom(
            Class<Object> type,
            Type generic,
            Annotation[] annotations,
            MediaType mediaType,
            MultivaluedMap<String, String> headers,
            InputStream body)
            throws IOException {
        byte[] bytes = body.readNBytes(LARGEST_BYTES + 1);
        if (bytes.length > LARGEST_BYTES) {
            throw new TresccadException(ErrorKind.TOO_LARGE, "The body is larger than " + LARGEST_BYTES + " bytes.");
        }
        if (bytes.length == 0) {
            throw new TresccadException(ErrorKind.BAD_REQUEST, "The request needs a JSON body.");
        }
        return Json.read(bytes, Json.mapper().constructType(generic));
    }

    @Override
    public boolean isWriteable(Class<?> type, Type generic, Annotation[] annotations, MediaType mediaType) {
        return isJson(mediaType) && isOurs(type);
    }

    @Override
    public void writeTo(
            Object value,
            Class<?> type,
            Type generic,
            Annotation[] annotations,
            MediaType mediaType,
            MultivaluedMap<String, Object> headers,
            OutputStream out)
            throws IOException {
        out.write(Json.mapper().writeValueAsBytes(value));
    }

    private static boolean isJson(MediaType type) {
        return type.isWildcardType()
                || type.getSubtype().equals("json")
                || type.getSubtype().endsWith("+json")
                || type.getSubtype().endsWith("json-patch");
    }

    private static boolean isOurs(Class<?> type) {
        return type.isRecord()
                || type.getName().startsWith("com.fasterxml.jackson.databind.")
                || Map.class.isAssignableFrom(type)
                || Collection.class.isAssignableFrom(type);
    }
}
