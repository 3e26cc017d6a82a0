package org.tresccad.instance;

import org.tresccad.identity.Caller;

/** An instance that has been let in, for whom, and its place in the journal. */
record Incoming(Caller caller, Instance instance, Arrival arrival) {}
