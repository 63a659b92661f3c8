package dev.handoff.coordinator.core;

import java.util.Collections;
import java.util.List;

/**
 * What a step gives: the next state, and what to do, in this order. Whoever makes one hands over the list of effects, which nobody changes
 * any more: a replay drops most of them unseen, and a copy would be a tenth of its time.
 */
public record Transition(CoordinatorState next, List<Effect> effects) {
    public Transition {
        effects = effects.isEmpty() ? List.of() : Collections.unmodifiableList(effects);
    }
}
