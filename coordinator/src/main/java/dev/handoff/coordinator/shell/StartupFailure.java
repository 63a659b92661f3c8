package dev.handoff.coordinator.shell;

/** The coordinator cannot start. The message is for people: what, where, and what to do. */
public final class StartupFailure extends Exception {

    private static final long serialVersionUID = 1;

    StartupFailure(String message) {
        super(message);
    }

    StartupFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
