package org.tresccad.hypervisor.libvirt;

import org.libvirt.Connect;
import org.libvirt.ErrorCallback;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * libvirt's event loop, one per process, on a thread of its own. libvirt has no way to undo its registration, so it
 * runs as long as the process does. Events, keepalive messages and the news that a connection broke all come from here:
 * nothing that runs on this thread may call libvirtd or wait.
 */
final class EventLoop {
    private static final Logger log = LoggerFactory.getLogger(EventLoop.class);

    private static boolean isRunning;

    private EventLoop() {}

    /** Starts the loop, before the first connection; further calls do nothing. */
    static synchronized void start() throws LibvirtException {
        if (isRunning) {
            return;
        }
        // JNA's default is the locale's encoding, and a daemon's locale is C.
        System.setProperty("jna.encoding", "UTF-8");
        // Without a callback libvirt writes every error to standard error itself.
        Connect.setErrorCallback(Silent.CALLBACK);
        Library.initEventLoop();
        Thread thread = new Thread(EventLoop::run, "libvirt-events");
        thread.setDaemon(true);
        thread.start();
        isRunning = true;
    }

    private static void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Library.processEvent();
            } catch (LibvirtException | RuntimeException e) {
                log.warn("libvirt's event loop failed once", e);
            }
        }
    }

    /** Kept for as long as the class is: JNA must not lose what native code still calls. */
    private static final class Silent {
        static final ErrorCallback CALLBACK = new ErrorCallback();
    }
}
