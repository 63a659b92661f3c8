package dev.handoff.stock;

/** What a drain hook answers. */
public sealed interface DrainOutcome {

    record Drained(long openConnsRemaining, boolean acceptClosed) implements DrainOutcome {}

    record Failed(String error) implements DrainOutcome {}
}
