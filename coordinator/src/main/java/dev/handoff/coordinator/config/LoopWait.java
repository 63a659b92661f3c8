package dev.handoff.coordinator.config;

/** How the loop waits for work; the key {@code wait}. All but the first need a core to themselves. */
public enum LoopWait {
    BLOCKING,
    YIELDING,
    BUSY_SPIN
}
