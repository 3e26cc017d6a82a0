package org.tresccad.client.http;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchChangedHostKeyException;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchUnknownHostKeyException;
import com.jcraft.jsch.Session;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.tresccad.client.config.SshAccess;

/**
 * An SSH connection whose {@link #sockets} reach addresses as the other end sees them, so that every address of the
 * catalog works unchanged, {@code 127.0.0.1} included. Connects when first used, and again when it was lost.
 *
 * <p>Each far address gets a forwarded port on our loopback. Other users of this machine can connect to it as they
 * could with {@code ssh -L}; the API behind it asks them for credentials.
 */
final class SshTunnel implements AutoCloseable {
    private final SshAccess access;
    private final Duration timeout;
    private final Map<String, Integer> forwarded = new HashMap<>();
    private @Nullable Session session;
    private boolean closed;

    SshTunnel(SshAccess access, Duration timeout) {
        this.access = access;
        this.timeout = timeout;
    }

    /** Unconnected sockets that will be connected through the tunnel. */
    SocketFactory sockets() {
        return new TunnelSockets(this);
    }

    /** A name is resolved at the far end, so here every name is our loopback; the name itself stays attached. */
    static InetAddress farName(String name) throws IOException {
        return InetAddress.getByAddress(name, new byte[] {127, 0, 0, 1});
    }

    private synchronized int portFor(String host, int port) throws IOException {
        if (closed) {
            throw new IOException("the tunnel is closed");
        }
        try {
            Session open = connected();
            String far = host + ":" + port;
            Integer known = forwarded.get(far);
            if (known == null) {
                known = open.setPortForwardingL("127.0.0.1", 0, host, port);
                forwarded.put(far, known);
            }
            return known;
        } catch (JSchException failed) {
            throw new IOException("ssh " + access + ": " + explain(failed), failed);
        }
    }

    private Session connected() throws JSchException, IOException {
        Session old = session;
        if (old != null && old.isConnected()) {
            return old;
        }
        if (old != null) {
            old.disconnect();
        }
        forwarded.clear();
        JSch jsch = new JSch();
        if (!Files.isReadable(access.knownHosts())) {
            throw new IOException("ssh " + access + ": cannot read the known host keys in " + access.knownHosts());
        }
        jsch.setKnownHosts(access.knownHosts().toString());
        for (Path identity : access.identities()) {
            jsch.addIdentity(identity.toString());
        }
        Session fresh = jsch.getSession(access.user(), access.host(), access.port());
        fresh.setConfig("StrictHostKeyChecking", "yes");
        fresh.setConfig("PreferredAuthentications", "publickey");
        fresh.setServerAliveInterval((int) Math.min(15_000, timeout.toMillis()));
        fresh.setServerAliveCountMax(3);
        fresh.setDaemonThread(true);
        fresh.connect((int) timeout.toMillis());
        session = fresh;
        return fresh;
    }

    private String explain(JSchException failed) {
        if (failed instanceof JSchUnknownHostKeyException) {
            return "its host key is not in " + access.knownHosts() + "; connect once with ssh and compare it";
        }
        if (failed instanceof JSchChangedHostKeyException) {
            return "its host key is not the one in " + access.knownHosts() + "; do not go on before you know why";
        }
        String message = String.valueOf(failed.getMessage());
        if (message.startsWith("Auth")) {
            return "it accepts none of the keys " + access.identities() + " (keys with a passphrase cannot be used)";
        }
        return message;
    }

    @Override
    public synchronized void close() {
        closed = true;
        Session open = session;
        if (open != null) {
            open.disconnect();
        }
    }

    private static final class TunnelSocket extends Socket {
        private final SshTunnel tunnel;

        TunnelSocket(SshTunnel tunnel) {
            this.tunnel = tunnel;
        }

        @Override
        public void connect(SocketAddress endpoint, int timeoutMillis) throws IOException {
            if (!(endpoint instanceof InetSocketAddress far)) {
                throw new IOException("not an internet address: " + endpoint);
            }
            int port = tunnel.portFor(far.getHostString(), far.getPort());
            super.connect(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), timeoutMillis);
        }
    }

    private static final class TunnelSockets extends SocketFactory {
        private final SshTunnel tunnel;

        TunnelSockets(SshTunnel tunnel) {
            this.tunnel = tunnel;
        }

        @Override
        public Socket createSocket() {
            return new TunnelSocket(tunnel);
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            Socket socket = createSocket();
            socket.connect(InetSocketAddress.createUnresolved(host, port));
            return socket;
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
            return createSocket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return createSocket(host.getHostAddress(), port);
        }

        @Override
        public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
                throws IOException {
            return createSocket(address, port);
        }
    }
}
