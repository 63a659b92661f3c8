package dev.handoff.codec;

import java.util.List;

/** The messages' names in the order of their wire discriminants, 0 to 13 (protocol page, <i>Messages</i>). */
public enum MessageKind {
    HELLO(0, "Hello"),
    HELLO_ACK(1, "HelloAck"),
    PREPARE_HANDOFF(2, "PrepareHandoff"),
    DRAINED(3, "Drained"),
    SEAL_REQUEST(4, "SealRequest"),
    SEAL_PROGRESS(5, "SealProgress"),
    SEAL_COMPLETE(6, "SealComplete"),
    SEAL_FAILED(7, "SealFailed"),
    BEGIN(8, "Begin"),
    READY(9, "Ready"),
    COMMIT(10, "Commit"),
    ABORT(11, "Abort"),
    RESUME_AFTER_ABORT(12, "ResumeAfterAbort"),
    HEARTBEAT(13, "Heartbeat");

    /** How many there are; a discriminant is below it. */
    public static final int COUNT = 14;

    private static final List<MessageKind> BY_DISCRIMINANT = List.of(values());

    private final int discriminant;
    private final String wireName;

    MessageKind(int discriminant, String wireName) {
        this.discriminant = discriminant;
        this.wireName = wireName;
    }

    /** The name as the protocol page, the vectors, the journal dump and the transcripts write it. */
    public String wireName() {
        return wireName;
    }

    /** The wire's discriminant, 0..13. */
    public int discriminant() {
        return discriminant;
    }

    /** The kind with this discriminant, which must be in 0..13. */
    public static MessageKind ofDiscriminant(int discriminant) {
        return BY_DISCRIMINANT.get(discriminant);
    }
}
