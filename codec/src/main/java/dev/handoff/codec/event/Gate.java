package dev.handoff.codec.event;

/** What a {@code Ready} must pass before {@code Commit}. */
public enum Gate {
    /** {@code healthz_ok} is true. */
    HEALTH(0, "health"),
    /** As many shards as were sealed, none behind its sealed revision. */
    REVISION(1, "revision"),
    /** The build announced in {@code Hello} is the one asked for. */
    BUILD(2, "build"),
    /** The kernel says that the successor holds the data directory's lock. */
    LOCK(3, "lock");

    private final int number;
    private final String wireName;

    Gate(int number, String wireName) {
        this.number = number;
        this.wireName = wireName;
    }

    /** The number in the journal; never reused. */
    public int number() {
        return number;
    }

    public String wireName() {
        return wireName;
    }

    /** The gate with this number, or null for none. */
    public static Gate ofNumber(int number) {
        for (Gate gate : values()) {
            if (gate.number == number) {
                return gate;
            }
        }
        return null;
    }
}
