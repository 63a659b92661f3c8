package dev.handoff.coordinator.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An effect run on the loop thread; what it leaves to a worker is not part of it. */
@Name("handoff.Effect")
@Label("Effect")
@Description("An order of the core, run on the loop thread")
@Category("Handoff")
@StackTrace(false)
final class EffectEvent extends Event {

    @Label("Effect")
    String effect;
}
