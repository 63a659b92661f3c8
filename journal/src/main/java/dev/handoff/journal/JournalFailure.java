package dev.handoff.journal;

/** The journal could not do what it was asked; the message says what happened, where, and what to do. */
public final class JournalFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why, for the caller that must act. */
    public enum Reason {
        /** No space left: free some, then append again. */
        DISK_FULL,
        /** The payload is longer than {@link Journal#maxPayloadLength()}. */
        RECORD_TOO_LARGE,
        /** The journal was closed, or ended by an earlier final failure. */
        CLOSED,
        /** The directory does not exist or holds no journal. */
        MISSING,
        /** The path is something other than a directory. */
        NOT_A_DIRECTORY,
        /** No permission to write there, or a read-only file system. */
        READ_ONLY,
        /** Another writer holds the journal. */
        HELD,
        /** Written by a newer release in a format that this one does not know. */
        NEWER_FORMAT,
        /** The system refused a read, a write or a sync. */
        IO
    }

    private final Reason reason;
    private final boolean last;

    private JournalFailure(Reason reason, boolean last, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.last = last;
    }

    /** A refusal: nothing happened, and the journal goes on. */
    static JournalFailure refused(Reason reason, String message) {
        return new JournalFailure(reason, false, message, null);
    }

    static JournalFailure refused(Reason reason, String message, Throwable cause) {
        return new JournalFailure(reason, false, message, cause);
    }

    /** The journal is at its end: what is on disk is unknown until it is opened anew. */
    static JournalFailure ended(Reason reason, String message, Throwable cause) {
        return new JournalFailure(reason, true, message, cause);
    }

    public Reason reason() {
        return reason;
    }

    /** True if this journal object takes no further appends: the caller must end its process or open the journal anew. */
    public boolean isFinal() {
        return last;
    }
}
