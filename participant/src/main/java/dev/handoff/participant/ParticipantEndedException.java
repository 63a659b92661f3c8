package dev.handoff.participant;

/**
 * This process can take no further part: it must exit, with {@link #exitCode}. The message is for people and says what
 * happened and what to do. Thrown by the stages, whose caller has nothing else to decide.
 */
public final class ParticipantEndedException extends Exception {

    private static final long serialVersionUID = 1;

    private final int exitCode;

    public ParticipantEndedException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    public ParticipantEndedException(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** What the process should exit with, 1..255. */
    public int exitCode() {
        return exitCode;
    }
}
