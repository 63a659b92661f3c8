package dev.handoff.coordinator.core;

/** What {@link StateCodec#decode} made of a snapshot's bytes. Nothing else can come of any bytes. */
public sealed interface DecodedState {

    /** A state, whole. Both parts belong to the caller. */
    record Intact(CoordinatorState state, LastHeard heard) implements DecodedState {}

    /**
     * Another release wrote it, in a form that this one does not know; the events from the journal's beginning, or that release,
     * are needed instead.
     */
    record UnknownVersion(int version) implements DecodedState {}

    /**
     * The bytes are no state.
     *
     * @param reason for people
     * @param offset where, in bytes from the snapshot's start
     */
    record Malformed(String reason, int offset) implements DecodedState {}
}
