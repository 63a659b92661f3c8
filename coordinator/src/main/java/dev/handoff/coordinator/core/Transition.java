package dev.handoff.coordinator.core;

import java.util.List;

/** What a step gives: the next state, and what to do, in this order. */
public record Transition(CoordinatorState next, List<Effect> effects) {
    public Transition {
        effects = List.copyOf(effects);
    }
}
