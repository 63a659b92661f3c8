package dev.handoff.coordinator.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** An append to the journal, with its sync where there is one. */
@Name("handoff.Append")
@Label("Journal Append")
@Description("A record appended to the journal")
@Category("Handoff")
@StackTrace(false)
final class AppendEvent extends Event {

    @Label("Kind")
    String kind;

    @Label("Service")
    int service;
}
