package org.tresccad.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import okhttp3.Call;
import okhttp3.Dns;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.job.Cancellation;

/**
 * The web as a stranger may use it through this host: http and https, and no address that only this host can reach
 * (loopback, link-local, private, shared, multicast), not by a redirect and not by a name that resolves to one: what is
 * checked is the address that is connected to. Proxies of the environment are not used.
 */
public final class PublicWeb implements WebSource {
    private static final int MOST_REDIRECTS = 5;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

    private final boolean privateAllowed;
    private final OkHttpClient http;

    /** {@code privateAllowed} allows every address; for hosts whose image server is a neighbour. */
    public PublicWeb(boolean privateAllowed) {
        this.privateAllowed = privateAllowed;
        this.http = new OkHttpClient.Builder()
                .dns(this::lookup)
                .proxy(Proxy.NO_PROXY)
                .followRedirects(false)
                .followSslRedirects(false)
                .connectTimeout(CONNECT_TIMEOUT)
                .readTimeout(READ_TIMEOUT)
                .build();
    }

    @Override
    public Download open(URI location, Cancellation cancellation) throws IOException {
        HttpUrl url = HttpUrl.parse(location.toString());
        for (int hop = 0; hop <= MOST_REDIRECTS; hop++) {
            if (url == null) {
                throw refused("Only http and https locations can be imported.");
            }
            refuseLiteral(url);
            Call call = http.newCall(new Request.Builder()
                    .url(url)
                    .header("Accept-Encoding", "identity")
                    .build());
            Cancellation.Registration registration = cancellation.onCancel(call::cancel);
            Response response;
            try {
                response = call.execute();
            } catch (IOException e) {
                registration.close();
                throw e;
            }
            if (!response.isRedirect()) {
                return download(response, registration);
            }
            String target = response.header("Location");
            response.close();
            registration.close();
            url = target == null ? null : url.resolve(target);
        }
        throw refused("The location redirects too often.");
    }

    private static Download download(Response response, Cancellation.Registration registration) {
        ResponseBody body = response.body();
        if (response.code() != 200) {
            response.close();
            registration.close();
            throw refused("The location answered " + response.code() + " instead of the file.");
        }
        long length = body.contentLength();
        return new Download(
                length < 0 ? OptionalLong.empty() : OptionalLong.of(length), new FilterInputStream(body.byteStream()) {
                    @Override
                    public void close() throws IOException {
                        registration.close();
                        super.close();
                    }
                });
    }

    /** OkHttp asks nobody about an address that is written out. */
    private void refuseLiteral(HttpUrl url) throws UnknownHostException {
        String host = url.host();
        if (host.contains(":") || host.matches("[0-9.]+")) {
            require(InetAddress.getByName(host));
        }
    }

    private List<InetAddress> lookup(String host) throws UnknownHostException {
        List<InetAddress> addresses = Dns.SYSTEM.lookup(host);
        addresses.forEach(this::require);
        return addresses;
    }

    private void require(@Nullable InetAddress address) {
        if (!privateAllowed && (address == null || isPrivate(address))) {
            throw refused("The location lies in a network that images are not imported from.");
        }
    }

    /** Addresses that are not for everybody (IANA's special-purpose registries, RFC 6890). */
    static boolean isPrivate(InetAddress address) {
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 0xff;
        int second = bytes[1] & 0xff;
        boolean isSpecial = address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress();
        if (bytes.length == 4) {
            return isSpecial
                    || first == 0
                    || first >= 240
                    || (first == 100 && (second & 0xc0) == 64)
                    || (first == 192 && second == 0 && bytes[2] == 0)
                    || (first == 198 && (second & 0xfe) == 18);
        }
        // fc00::/7 is local; 64:ff9b::/96, 2002::/16 and ::/96 carry an IPv4 address that would be reached instead.
        boolean isLocal = (first & 0xfe) == 0xfc;
        boolean isTranslated =
                (first == 0 && second == 0x64) || (first == 0x20 && second == 2) || (first == 0 && second == 0);
        return isSpecial || isLocal || isTranslated;
    }

    private static TresccadException refused(String message) {
        return new TresccadException(ErrorKind.BAD_REQUEST, message);
    }
}
