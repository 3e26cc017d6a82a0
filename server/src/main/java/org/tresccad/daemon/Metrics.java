package org.tresccad.daemon;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.tresccad.job.Measurements;

/** The numbers behind {@code /metrics}, in Prometheus's format. */
public final class Metrics implements Measurements, AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /** A registry with the numbers of the JVM and the process. */
    public Metrics() {
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /**
     * Shows a number that is asked for whenever somebody looks.
     *
     * @param name with dots, {@code tresccad.instances}
     * @param help one sentence
     * @param value called by any thread; must be quick and must not fail
     */
    public void gauge(String name, String help, Supplier<Number> value) {
        Gauge.builder(name, value).description(help).register(registry);
    }

    /** As {@link #gauge(String, String, Supplier)}, one of several of that name, told apart by a tag. */
    public void gauge(String name, String help, String tag, String tagValue, Supplier<Number> value) {
        Gauge.builder(name, value).description(help).tag(tag, tagValue).register(registry);
    }

    @Override
    public void transferred(Direction direction, long bytes, Duration took) {
        String tag = direction.name().toLowerCase(Locale.ROOT);
        registry.counter("tresccad.transfer.bytes", "direction", tag).increment((double) bytes);
        registry.timer("tresccad.transfer", "direction", tag).record(took);
    }

    @Override
    public void moveEnded(String mode, Side side, String outcome, Duration total, Optional<Duration> interruption) {
        String where = side.name().toLowerCase(Locale.ROOT);
        registry.timer("tresccad.moves", "mode", mode, "side", where, "outcome", outcome)
                .record(total);
        interruption.ifPresent(gap -> registry.timer("tresccad.moves.interruption", "mode", mode, "side", where)
                .record(gap));
    }

    /** Everything, as Prometheus reads it (text format 0.0.4). */
    String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
