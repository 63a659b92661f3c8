package dev.handoff.simulator;

/** Unwinds the stack of a process that was killed in the middle of a step. Carries nothing: the process is marked dead. */
final class Killed extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Killed() {
        super("killed", null, false, false);
    }
}
