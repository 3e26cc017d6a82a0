package org.tresccad.hypervisor.libvirt;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tresccad.hypervisor.HypervisorUnavailable;

/**
 * A connection to libvirtd that comes back. Calls run on workers and end within their time; a session that broke is
 * closed once its last call has let go of it (libvirt's handles must not be used after that), and opened again by the
 * next call or, after a growing pause, by itself.
 *
 * <p>libvirtd answers at most five calls of one connection at a time ({@code max_client_requests}), so what takes long
 * has a connection of its own.
 */
final class LibvirtConnection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LibvirtConnection.class);
    private static final int KEEPALIVE_SECONDS = 5;
    private static final int KEEPALIVE_COUNT = 3;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final String uri;
    private final Observer observer;
    private final CallWorkers workers;
    private final ScheduledExecutorService watch;
    private final ReentrantLock opening = new ReentrantLock();

    /** Guarded by {@code this}, as is everything in it. */
    private @Nullable Session current;

    private boolean isClosed;
    private boolean isWatching;

    /**
     * Opens nothing yet.
     *
     * @param name of the threads
     * @param most how many calls at once
     */
    LibvirtConnection(String uri, String name, int most, Observer observer) {
        this.uri = uri;
        this.observer = observer;
        this.workers = new CallWorkers(name, most);
        this.watch = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, name + "-watch");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Wants to know about each new session. */
    interface Observer {
        /** A session was opened and is not used by anyone yet; listeners may be registered. */
        void opened(LiveConnect connect) throws LibvirtException, LibvirtFailure;

        /** The session is about to be closed; registered listeners must go, or libvirt keeps it for ever. */
        void closing(LiveConnect connect) throws LibvirtException;
    }

    /** Uses a session. */
    @FunctionalInterface
    interface Use<T> {
        T with(LiveConnect connect) throws LibvirtException, LibvirtFailure;
    }

    /** Starts to open a session, and keeps at it, without waiting. */
    void keepOpen() {
        watchAfter(Duration.ZERO);
    }

    /**
     * Uses a session on a worker; opens one when there is none.
     *
     * @param tried for messages, to go after "could not"
     */
    <T> T call(String tried, Duration timeout, Use<T> use, CallWorkers.Aftermath<T> after) {
        return workers.call(
                tried,
                timeout,
                () -> {
                    Session session = acquire();
                    try {
                        return use.with(session.connect);
                    } finally {
                        release(session);
                    }
                },
                after);
    }

    /** As above, for calls that need not be taken back. */
    <T> T call(String tried, Duration timeout, Use<T> use) {
        return call(tried, timeout, use, CallWorkers.Aftermath.none());
    }

    @Override
    public void close() {
        Optional<Session> last;
        synchronized (this) {
            isClosed = true;
            last = Optional.ofNullable(current);
        }
        last.ifPresent(this::discard);
        watch.shutdownNow();
        workers.close();
    }

    private Session acquire() throws LibvirtException, LibvirtFailure {
        Optional<Session> live = tryAcquire();
        if (live.isPresent()) {
            return live.get();
        }
        opening.lock();
        try {
            live = tryAcquire();
            return live.isPresent() ? live.get() : open();
        } finally {
            opening.unlock();
        }
    }

    private synchronized Optional<Session> tryAcquire() {
        if (isClosed) {
            throw new HypervisorUnavailable("the connection to libvirt is closed");
        }
        if (current != null) {
            current.users++;
        }
        return Optional.ofNullable(current);
    }

    /** Opens a session with one user. */
    private Session open() throws LibvirtException, LibvirtFailure {
        Session session;
        try {
            EventLoop.start();
            session = new Session(new LiveConnect(uri));
        } catch (LibvirtException | RuntimeException e) {
            watchAfter(FIRST_PAUSE);
            throw e;
        }
        session.users = 1;
        try {
            prepare(session);
            observer.opened(session.connect);
        } catch (LibvirtException | LibvirtFailure | RuntimeException e) {
            discard(session);
            release(session);
            throw e;
        }
        synchronized (this) {
            if (!isClosed && !session.isBroken) {
                current = session;
                log.info("connected to libvirt at {}", uri);
                return session;
            }
        }
        discard(session);
        release(session);
        throw new HypervisorUnavailable("the connection to libvirt broke at once");
    }

    private void prepare(Session session) throws LibvirtException {
        if (uri.startsWith("test:")) {
            // libvirt's test driver runs in this process: there is no connection that could break.
            return;
        }
        session.connect.setKeepAlive(KEEPALIVE_SECONDS, KEEPALIVE_COUNT);
        // On the event loop's thread: nothing here may wait for libvirt.
        session.connect.registerCloseListener((connect, reason) -> {
            log.warn("the connection to libvirt broke: {}", reason);
            watchExecute(() -> discard(session));
        });
    }

    /** Takes the session out of use; it is closed with its last user. */
    private void discard(Session session) {
        boolean closeNow;
        synchronized (this) {
            session.isBroken = true;
            if (current == session) {
                current = null;
            }
            closeNow = session.users == 0 && !session.isClosing;
            session.isClosing |= closeNow;
        }
        if (closeNow) {
            close(session);
        }
        watchAfter(FIRST_PAUSE);
    }

    private void release(Session session) {
        boolean closeNow;
        synchronized (this) {
            session.users--;
            closeNow = session.users == 0 && session.isBroken && !session.isClosing;
            session.isClosing |= closeNow;
        }
        if (closeNow) {
            close(session);
        }
    }

    private void close(Session session) {
        try {
            observer.closing(session.connect);
        } catch (LibvirtException e) {
            log.debug("libvirt did not unregister a listener from a connection that is closed", e);
        }
        try {
            session.connect.unregisterCloseListener();
        } catch (LibvirtException e) {
            log.debug("libvirt did not unregister the listener for the connection's end", e);
        }
        try {
            int references = session.connect.close();
            if (references > 0) {
                log.warn("a connection to libvirt stays open: {} references are left", references);
            }
        } catch (LibvirtException e) {
            log.warn("a connection to libvirt could not be closed", e);
        }
    }

    /** Makes sure that somebody opens a session again. */
    private synchronized void watchAfter(Duration pause) {
        if (isClosed || isWatching) {
            return;
        }
        isWatching = true;
        var unused = watch.schedule(() -> reopen(pause), pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void reopen(Duration lastPause) {
        synchronized (this) {
            isWatching = false;
            if (isClosed || current != null) {
                return;
            }
            // Kept from scheduling another round by its own failure: the next pause is chosen below.
            isWatching = true;
        }
        boolean isOpen = false;
        try {
            release(acquire());
            isOpen = true;
        } catch (LibvirtException | LibvirtFailure | RuntimeException e) {
            log.debug("libvirt at {} cannot be reached yet", uri, e);
        }
        synchronized (this) {
            isWatching = false;
        }
        if (!isOpen) {
            Duration doubled = lastPause.isZero() ? FIRST_PAUSE : lastPause.multipliedBy(2);
            watchAfter(doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE);
        } else {
            wakeUpWhenBroken();
        }
    }

    /** A session that broke while {@link #reopen} was at work asked for a watch in vain. */
    private void wakeUpWhenBroken() {
        boolean isBroken;
        synchronized (this) {
            isBroken = current == null;
        }
        if (isBroken) {
            watchAfter(FIRST_PAUSE);
        }
    }

    private synchronized void watchExecute(Runnable work) {
        if (!isClosed) {
            watch.execute(work);
        }
    }

    private static final class Session {
        final LiveConnect connect;
        int users;
        boolean isBroken;
        boolean isClosing;

        Session(LiveConnect connect) {
            this.connect = connect;
        }
    }
}
