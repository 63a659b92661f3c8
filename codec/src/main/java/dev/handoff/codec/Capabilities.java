package dev.handoff.codec;

/**
 * What a participant announces in its {@code Hello}: a bit set of extensions, all of them ours (protocol page,
 * <i>Extensions</i>). Unknown bits are kept and ignored.
 */
public record Capabilities(long reserved) {

    /** Emits a heartbeat every second throughout a handoff and expects the same of the supervisor. */
    public static final long HEARTBEATS = 1L << 63;

    /** Answers a repeated request with the first answer, and runs no hook twice. */
    public static final long IDEMPOTENT = 1L << 62;

    /** No extension. */
    public static final Capabilities NONE = new Capabilities(0);

    public boolean heartbeats() {
        return (reserved & HEARTBEATS) != 0;
    }

    public boolean idempotent() {
        return (reserved & IDEMPOTENT) != 0;
    }
}
