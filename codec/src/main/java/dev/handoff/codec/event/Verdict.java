package dev.handoff.codec.event;

/** What a {@link Gate} said. */
public enum Verdict {
    PASSED(0, "passed"),
    FAILED(1, "failed"),
    /** There was nothing to compare with, e.g. no sealed revisions because the incumbent died before it sealed. */
    NOT_APPLICABLE(2, "not_applicable");

    private final int number;
    private final String wireName;

    Verdict(int number, String wireName) {
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

    /** The verdict with this number, or null for none. */
    public static Verdict ofNumber(int number) {
        for (Verdict verdict : values()) {
            if (verdict.number == number) {
                return verdict;
            }
        }
        return null;
    }
}
