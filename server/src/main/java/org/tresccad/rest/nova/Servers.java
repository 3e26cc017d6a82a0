package org.tresccad.rest.nova;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.tresccad.error.ErrorKind;
import org.tresccad.error.TresccadException;
import org.tresccad.instance.ActionLog;
import org.tresccad.instance.Annotation;
import org.tresccad.instance.Annotations;
import org.tresccad.instance.Instance;
import org.tresccad.instance.InstanceId;
import org.tresccad.instance.Instances;
import org.tresccad.network.Network;
import org.tresccad.network.Port;
import org.tresccad.rest.nova.json.ServerView;
import org.tresccad.rest.nova.json.Site;

/** Finds what the resources under {@code /servers} are about, and notes what was asked of it. */
final class Servers {
    private final Instances instances;
    private final Annotations annotations;
    private final Network network;
    private final ActionLog log;
    private final Site site;

    Servers(Instances instances, Annotations annotations, Network network, ActionLog log, Site site) {
        this.instances = instances;
        this.annotations = annotations;
        this.network = network;
        this.log = log;
        this.site = site;
    }

    /** The id in a path; one that is malformed names nothing. */
    static InstanceId id(String text) {
        return InstanceId.parse(text)
                .orElseThrow(() -> new TresccadException(ErrorKind.NOT_FOUND, "Instance could not be found."));
    }

    /** The instance in a path. */
    Instance get(NovaRequest request, String id) {
        return instances.get(request.caller(), id(id));
    }

    /** The instance in a path, with what others know about it. */
    ServerView.Subject subject(NovaRequest request, String id) {
        Instance instance = get(request, id);
        return new ServerView.Subject(instance, annotations.of(instance.id()), network.portOf(instance.holder()));
    }

    /** Every instance the caller asks to see, newest first. */
    List<ServerView.Subject> list(NovaRequest request, boolean ofAllProjects) {
        Map<InstanceId, Annotation> notes = annotations.all();
        Map<String, Port> ports = network.ports().stream()
                .collect(Collectors.toMap(Port::owner, Function.identity(), (first, second) -> first));
        return instances.list(request.caller(), ofAllProjects).stream()
                .map(instance -> new ServerView.Subject(
                        instance,
                        notes.getOrDefault(instance.id(), Annotation.NONE),
                        Optional.ofNullable(ports.get(instance.holder()))))
                .toList();
    }

    /** The views for a request. */
    ServerView view(NovaRequest request) {
        return new ServerView(
                site, request.links(), request.version(), request.caller().isAdmin());
    }

    /** Does {@code work} to the instance in a path and, when that was accepted, notes it as {@code action}. */
    Instance ask(NovaRequest request, String id, String action, Request work) {
        Instance instance = get(request, id);
        work.on(instance.id());
        note(request, instance, action);
        return instance;
    }

    /** Notes what was asked of an instance. */
    void note(NovaRequest request, Instance instance, String action) {
        log.add(request.caller(), request.id(), instance, action);
    }

    /** Notes that instances were asked for. */
    void noteCreation(NovaRequest request, Instance instance, Annotation annotation) {
        annotations.note(instance.id(), annotation);
        note(request, instance, "create");
    }

    /** Something that is asked of an instance. */
    @FunctionalInterface
    interface Request {
        /** Asks it; returns when it is accepted. */
        void on(InstanceId id);
    }
}
