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
}
