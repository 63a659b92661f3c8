package dev.handoff.participant;

/** A wish to stop that may come before there is anybody to wake. */
final class StopSignal {

    private boolean raised;
    private Runnable wake = () -> {};

    synchronized void raise() {
        raised = true;
        wake.run();
    }

    synchronized boolean raised() {
        return raised;
    }

    /** From now on {@link #raise} runs this; an empty one when nobody is there any more. */
    synchronized void wakeWith(Runnable action) {
        wake = action;
    }
}
