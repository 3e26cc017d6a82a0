package org.tresccad.network;

/** Where network filters for guest interfaces are put: libvirt's nwfilter. */
public interface FilterSink {
    /**
     * Defines or replaces the filter; running guests that use it get the new one.
     *
     * @param name the filter's name
     * @param xml its definition
     * @see <a href="https://libvirt.org/formatnwfilter.html">libvirt: Network Filters</a>
     */
    void define(String name, String xml);

    /** Removes the filter; nothing when there is none. */
    void remove(String name);
}
