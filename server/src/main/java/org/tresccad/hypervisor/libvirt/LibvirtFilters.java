package org.tresccad.hypervisor.libvirt;

import java.time.Duration;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;
import org.libvirt.NetworkFilter;
import org.tresccad.network.FilterSink;

/** Network filters in libvirt, which puts them around the guests' taps. */
final class LibvirtFilters implements FilterSink {
    private final LibvirtConnection connection;
    private final Duration timeout;

    LibvirtFilters(LibvirtConnection connection, Duration timeout) {
        this.connection = connection;
        this.timeout = timeout;
    }

    @Override
    public void define(String name, String xml) {
        connection.call("define the network filter " + name, timeout, connect -> {
            connect.networkFilterDefineXML(xml).free();
            return true;
        });
    }

    @Override
    public void remove(String name) {
        connection.call("remove the network filter " + name, timeout, connect -> {
            try {
                NetworkFilter filter = connect.networkFilterLookupByName(name);
                filter.undefine();
                filter.free();
                return true;
            } catch (LibvirtException e) {
                if (Domains.is(e, ErrorNumber.VIR_ERR_NO_NWFILTER)) {
                    return false;
                }
                throw e;
            }
        });
    }
}
