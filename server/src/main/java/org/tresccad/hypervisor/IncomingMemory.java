package org.tresccad.hypervisor;

import java.io.Closeable;
import org.tresccad.error.TresccadException;

/**
 * A save image on its way into a domain that {@link Hypervisor#restoreIncoming} began. The end of it is held back until
 * {@link #complete}, so that QEMU cannot have loaded all of one that turns out to be false. For one thread, but for
 * {@link #close}.
 */
public interface IncomingMemory extends Closeable {
    /**
     * Takes the next {@code length} bytes of {@code bytes}; waits while QEMU is behind.
     *
     * @throws TresccadException INVALID_CONTENT when it is no save image
     * @throws HypervisorRefused when libvirt or QEMU will not have it
     * @throws HypervisorUnavailable when they do not take it in time
     */
    void write(byte[] bytes, int length);

    /**
     * It is whole and as it should be: gives QEMU the rest, and waits until the domain is there, its CPUs stopped.
     *
     * @throws TresccadException as {@link #write}; nothing is left running
     */
    void complete();

    /** Without {@link #complete} before it: ends all that was begun, from any thread; nothing is left running. */
    @Override
    void close();
}
