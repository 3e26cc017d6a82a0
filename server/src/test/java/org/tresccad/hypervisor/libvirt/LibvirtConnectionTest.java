package org.tresccad.hypervisor.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;
import org.tresccad.hypervisor.DomainName;
import org.tresccad.hypervisor.DomainState;
import org.tresccad.hypervisor.HypervisorRefused;
import org.tresccad.hypervisor.HypervisorUnavailable;
import org.tresccad.hypervisor.NoSuchDomain;

/** The bindings, with libvirt's test driver, which runs in this process. */
final class LibvirtConnectionTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final DomainName NAME = new DomainName("tresccad-1");
    private static final String OURS = "<domain type='test'><name>tresccad-1</name><metadata>"
            + "<t:domain xmlns:t='https://tresccad.org/domain/1.0' layout='1'/></metadata>"
            + "<memory unit='MiB'>8</memory><os><type>hvm</type></os></domain>";

    @TempDir
    Path directory;

    private final StoppedDomains stopped = new StoppedDomains();
    private final LibvirtConnection connection =
            new LibvirtConnection("test:///default", "test", 4, new LibvirtConnection.Observer() {
                @Override
                public void opened(LiveConnect connect) throws LibvirtException {
                    stopped.opened(connect);
                }

                @Override
                public void closing(LiveConnect connect) throws LibvirtException {
                    stopped.closing(connect);
                }
            });

    @AfterEach
    void close() {
        connection.close();
        stopped.close();
    }

    @Test
    void onlyDomainsWithOurElementAreOurs() {
        create(OURS);
        create(OURS.replace("tresccad-1", "tresccad-2").replaceAll("<metadata>.*</metadata>", ""));
        create(OURS.replace("tresccad-1", "other-1"));
        assertThat(connection.call("list", TIMEOUT, Domains::list)).containsExactly(NAME);
        assertThat(state(NAME)).contains(DomainState.RUNNING);
        assertThat(state(new DomainName("tresccad-2"))).isEmpty();
        assertThat(state(new DomainName("tresccad-3"))).isEmpty();
    }

    @Test
    void theMarkOfAFreezeIsKeptInTheDomain() {
        create(OURS);
        List<Boolean> marks = connection.call(
                "mark",
                TIMEOUT,
                connect -> Domains.use(connect, NAME, domain -> {
                    boolean before = Domains.isMarkedFrozen(domain);
                    Domains.markFrozen(domain, true);
                    boolean marked = Domains.isMarkedFrozen(domain);
                    Domains.markFrozen(domain, false);
                    return List.of(before, marked, Domains.isMarkedFrozen(domain));
                }));
        assertThat(marks).containsExactly(false, true, false);
    }

    @Test
    void listenersAreToldOnAThreadOfTheirOwn() {
        Map<DomainName, String> told = new ConcurrentHashMap<>();
        stopped.add(name -> {
            throw new IllegalStateException("a listener that fails must not keep others from hearing " + name);
        });
        stopped.add(name -> told.put(name, Thread.currentThread().getName()));
        create(OURS);
        connection.call(
                "destroy",
                TIMEOUT,
                connect -> Domains.use(connect, NAME, domain -> {
                    domain.destroy();
                    return true;
                }));
        await("the listener to be told").until(() -> told.containsKey(NAME));
        assertThat(told).containsEntry(NAME, "libvirt-stopped");
    }

    @Test
    void libvirtsErrorsAreInOurWords() {
        create(OURS);
        assertThatThrownBy(() -> create(OURS))
                .isInstanceOf(HypervisorRefused.class)
                .hasMessage("could not create: a domain with that name, id or network device exists");
        assertThatThrownBy(() -> create("<domain"))
                .isInstanceOf(HypervisorRefused.class)
                .hasMessageNotContaining("domain_definition");
        assertThatThrownBy(() -> connection.call("press", TIMEOUT, connect -> {
                    connect.pressPowerButton(new DomainName("tresccad-9"));
                    return true;
                }))
                .isInstanceOf(NoSuchDomain.class);
        assertThatThrownBy(() -> connection.call("restore", TIMEOUT, connect -> {
                    connect.restorePaused("/nonexistent/memory");
                    return true;
                }))
                .isInstanceOf(HypervisorRefused.class)
                .hasMessageNotContaining("/nonexistent");
    }

    @Test
    void withoutLibvirtdCallsSaySo() {
        String uri = "qemu+unix:///system?socket=" + directory.resolve("none");
        try (LibvirtConnection dead = new LibvirtConnection(uri, "dead", 1, new LibvirtConnection.Observer() {
            @Override
            public void opened(LiveConnect connect) {}

            @Override
            public void closing(LiveConnect connect) {}
        })) {
            assertThatThrownBy(() -> dead.call("list", TIMEOUT, Domains::list))
                    .isInstanceOf(HypervisorUnavailable.class)
                    .hasMessageNotContaining(directory.toString());
        }
        assertThatThrownBy(() -> {
                    connection.close();
                    connection.call("list", TIMEOUT, Domains::list);
                })
                .isInstanceOf(HypervisorUnavailable.class);
    }

    private Optional<DomainState> state(DomainName name) {
        return connection.call("look", TIMEOUT, connect -> Domains.find(connect, name, Domains::state)
                .flatMap(state -> state));
    }

    private void create(String xml) {
        connection.call("create", TIMEOUT, connect -> {
            Domain domain = connect.domainCreateXML(xml, 0);
            domain.free();
            return true;
        });
    }
}
