package org.tresccad.hypervisor.libvirt;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;

/** What Java lacks of the C library. */
interface LibC extends Library {
    /** The library. */
    LibC INSTANCE = Native.load("c", LibC.class);

    /**
     * Makes a named pipe.
     *
     * @throws LastErrorException when it cannot be made
     * @see <a href="https://man7.org/linux/man-pages/man3/mkfifo.3.html">mkfifo(3)</a>
     */
    int mkfifo(String path, int mode) throws LastErrorException;

    /**
     * Opens a file; returns a descriptor that is to be closed.
     *
     * @throws LastErrorException when it cannot be opened
     * @see <a href="https://man7.org/linux/man-pages/man2/open.2.html">open(2)</a>
     */
    int open(String path, int flags) throws LastErrorException;

    /**
     * Changes something about a descriptor.
     *
     * @throws LastErrorException when that is refused
     * @see <a href="https://man7.org/linux/man-pages/man2/fcntl.2.html">fcntl(2)</a>
     */
    int fcntl(int descriptor, int command, int argument) throws LastErrorException;

    /**
     * Closes a descriptor.
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/close.2.html">close(2)</a>
     */
    int close(int descriptor);
}
