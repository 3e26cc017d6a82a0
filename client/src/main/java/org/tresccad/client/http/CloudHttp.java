package org.tresccad.client.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.tresccad.client.config.CloudConfig;
import org.tresccad.client.error.CloudException;
import org.tresccad.client.error.CloudProtocolError;
import org.tresccad.client.error.CloudTimeout;
import org.tresccad.client.error.CloudUnauthorized;
import org.tresccad.client.error.CloudUnreachable;
import org.tresccad.client.error.TransferCancelled;
import org.tresccad.client.transfer.Cancellation;
import org.tresccad.client.transfer.Watch;

/**
 * HTTP to one cloud: finds the service, adds the token (a rejected one is replaced once), turns errors into
 * {@link org.tresccad.client.error.CloudException}. Safe for any number of threads; {@link #close} ends them all.
 */
public final class CloudHttp implements AutoCloseable {
    /** Where Nova's networks became {@code auto}; old enough for any cloud, young enough for the migrations list. */
    private static final String MICROVERSION = "compute 2.37";

    private final CloudConfig config;
    private final Timeouts timeouts;
    private final Optional<SshTunnel> tunnel;
    private final OkHttpClient client;
    private final OkHttpClient bulk;
    private final Exchange exchange;
    private final Keystone keystone;

    /** Prepares; connects when first used. */
    public CloudHttp(CloudConfig config, Timeouts timeouts, Clock clock) {
        this.config = config;
        this.timeouts = timeouts;
        this.tunnel = config.ssh().map(access -> new SshTunnel(access, timeouts.connect()));
        this.client = HttpClients.of(config, timeouts, tunnel);
        this.bulk = client.newBuilder().callTimeout(Duration.ZERO).build();
        this.exchange = new Exchange(config.name(), client);
        this.keystone = new Keystone(config, exchange, clock);
    }

    /** The cloud's name as configured. */
    public String cloud() {
        return config.name();
    }

    /** Id of the project we are in. */
    public String projectId() {
        return keystone.token().projectId();
    }

    /** Id of the user we are. */
    public String userId() {
        return keystone.token().userId();
    }

    /** Whether its catalog has the service. */
    public boolean offers(Service service) {
        return keystone.token().catalog().find(service, config.endpoints()).isPresent();
    }

    /** Where the catalog says that everybody finds a service, letter by letter, in our region. Logs in if need be. */
    public String publicAddress(Service service) {
        Catalog catalog = keystone.token().catalog();
        return catalog.publicAddress(service, config.endpoints()).orElseThrow(() -> notInCatalog(service, catalog));
    }

    /** How long this cloud is waited for. */
    public Timeouts timeouts() {
        return timeouts;
    }

    /** Asks, and reads the answer as {@code type}. */
    public <T> T json(Ask ask, Class<T> type) {
        return send(ask, response -> exchange.read(response, ask.what(), type));
    }

    /** Asks, and reads the one thing under {@code key} of the answer as {@code type}. */
    public <T> T json(Ask ask, String key, Class<T> type) {
        return convert(json(ask, JsonNode.class).path(key), ask.what(), type);
    }

    /** Reads {@code node} as {@code type}; a protocol error when it is not one. */
    public <T> T convert(JsonNode node, String what, Class<T> type) {
        try {
            if (node.isMissingNode() || node.isNull()) {
                throw new CloudProtocolError(cloud(), what, "no " + type.getSimpleName() + " in it");
            }
            return Json.MAPPER.convertValue(node, type);
        } catch (IllegalArgumentException bad) {
            throw new CloudProtocolError(cloud(), what, "not a complete " + type.getSimpleName(), bad);
        }
    }

    /** Asks; the body of the answer, if there is one, as JSON. */
    public Optional<JsonNode> maybeJson(Ask ask) {
        return send(ask, response -> {
            JsonNode node = exchange.read(response, ask.what(), JsonNode.class);
            return node.isMissingNode() ? Optional.<JsonNode>empty() : Optional.of(node);
        });
    }

    /** Asks for the effect alone. */
    public void done(Ask ask) {
        send(ask, response -> true);
    }

    /**
     * Starts a download, with {@code headers} added. Close what comes back.
     *
     * @param silence how long the cloud may send nothing
     */
    public Download download(Ask ask, Map<String, String> headers, Duration silence, Watch watch) {
        OkHttpClient patient = bulk.newBuilder().readTimeout(silence).build();
        Token token = keystone.token();
        try {
            return startDownload(patient, request(ask, token), headers, ask.what(), watch);
        } catch (CloudUnauthorized rejected) {
            return startDownload(patient, request(ask, keystone.after(token)), headers, ask.what(), watch);
        }
    }

    /**
     * Sends {@code content} chunked as the body of {@code ask}; returns when the cloud has accepted all of it. What
     * {@code content} throws aborts the request and comes out of here. A rejected token is not replaced, since the
     * content cannot be repeated: ask something small just before.
     */
    public void upload(Ask ask, ContentWriter content, OptionalLong totalBytes, Watch watch) {
        Request.Builder request = request(ask, keystone.token())
                .newBuilder()
                .method(ask.method(), new UploadBody(content, watch.progress(), totalBytes));
        Call call = bulk.newBuilder().readTimeout(timeouts.digest()).build().newCall(request.build());
        Cancellation.Registration registration = watch.cancellation().onCancel(call::cancel);
        try {
            exchange.answer(call, ask.what(), response -> true);
        } catch (CloudUnreachable | CloudTimeout broken) {
            throw watch.cancellation().isCancelled() ? new TransferCancelled(cloud(), ask.what()) : broken;
        } finally {
            registration.close();
            // After a failure of the content this is what closes the connection before the last chunk.
            call.cancel();
        }
    }

    @Override
    public void close() {
        client.dispatcher().cancelAll();
        client.connectionPool().evictAll();
        client.dispatcher().executorService().shutdown();
        tunnel.ifPresent(SshTunnel::close);
    }

    private <T> T send(Ask ask, Function<Response, T> use) {
        Token token = keystone.token();
        try {
            return exchange.answer(request(ask, token), ask.what(), use);
        } catch (CloudUnauthorized rejected) {
            return exchange.answer(request(ask, keystone.after(token)), ask.what(), use);
        }
    }

    private Download startDownload(
            OkHttpClient through, Request request, Map<String, String> headers, String what, Watch watch) {
        Request.Builder bytes = request.newBuilder().header("Accept", "*/*");
        headers.forEach(bytes::header);
        Call call = through.newCall(bytes.build());
        Cancellation.Registration registration = watch.cancellation().onCancel(call::cancel);
        boolean started = false;
        try {
            Response response = call.execute();
            if (!response.isSuccessful()) {
                try (response) {
                    throw exchange.refusal(response, what);
                }
            }
            started = true;
            return new Download(response, watch, registration, broken -> translated(broken, request, what, watch));
        } catch (IOException broken) {
            throw translated(broken, request, what, watch);
        } finally {
            if (!started) {
                registration.close();
            }
        }
    }

    private CloudException translated(IOException broken, Request request, String what, Watch watch) {
        return watch.cancellation().isCancelled()
                ? new TransferCancelled(cloud(), what)
                : exchange.broken(broken, request, what);
    }

    private HttpUrl root(Service service, Token token) {
        HttpUrl found = token.catalog()
                .find(service, config.endpoints())
                .orElseThrow(() -> notInCatalog(service, token.catalog()));
        return switch (service) {
            case IDENTITY -> Roots.versioned(found, "v3");
            case COMPUTE -> Roots.versioned(found, "v2.1");
            case IMAGE -> Roots.versioned(found, "v2");
            case NETWORK -> Roots.versioned(found, "v2.0");
            case TRESCCAD -> Roots.tresccad(found);
        };
    }

    private CloudProtocolError notInCatalog(Service service, Catalog catalog) {
        return new CloudProtocolError(
                cloud(), "find its " + service.name().toLowerCase(Locale.ROOT) + " service", catalog.summary());
    }

    private Request request(Ask ask, Token token) {
        HttpUrl.Builder url = root(ask.service(), token).newBuilder();
        ask.segments().forEach(url::addPathSegment);
        ask.query().forEach(url::addQueryParameter);
        // Methods that usually have a body are sent with an empty one rather than none.
        RequestBody none = Set.of("GET", "HEAD", "DELETE").contains(ask.method()) ? null : RequestBody.EMPTY;
        RequestBody body =
                ask.body().map(value -> Exchange.json(value, ask.mediaType())).orElse(none);
        Request.Builder request = new Request.Builder()
                .url(url.build())
                .header("X-Auth-Token", token.secret().reveal())
                .header("Accept", "application/json")
                .method(ask.method(), body);
        if (ask.service() == Service.COMPUTE) {
            request.header("OpenStack-API-Version", MICROVERSION);
        }
        return request.build();
    }
}
