package dev.handoff.coordinator.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The time that a service spent in one state of a handoff. */
@Name("handoff.Phase")
@Label("Handoff Phase")
@Description("How long a handoff stayed in one state")
@Category("Handoff")
@StackTrace(false)
final class PhaseEvent extends Event {

    @Label("Service")
    String service;

    @Label("Handoff")
    String handoffId;

    @Label("Phase")
    String phase;
}
