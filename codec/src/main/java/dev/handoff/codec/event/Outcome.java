package dev.handoff.codec.event;

/** How a handoff ended. */
public enum Outcome {
    /** The successor serves. */
    COMMITTED(0, "committed"),
    /** The old incumbent serves on, or was started from cold where it had died. */
    ROLLED_BACK(1, "rolled_back"),
    /** The coordinator ended first, and what became of the handoff is not known. */
    INDETERMINATE(2, "indeterminate");

    private final int number;
    private final String wireName;

    Outcome(int number, String wireName) {
        this.number = number;
        this.wireName = wireName;
    }

    /** The number in the journal; never reused. */
    public int number() {
        return number;
    }

    /** The name in command output and JSON. */
    public String wireName() {
        return wireName;
    }

    /** The outcome with this number, or null for none. */
    public static Outcome ofNumber(int number) {
        for (Outcome outcome : values()) {
            if (outcome.number == number) {
                return outcome;
            }
        }
        return null;
    }
}
