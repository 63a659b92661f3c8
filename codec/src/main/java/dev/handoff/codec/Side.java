package dev.handoff.codec;

/** Which participant speaks. */
public enum Side {
    INCUMBENT(0, "Incumbent"),
    SUCCESSOR(1, "Successor");

    private final int discriminant;
    private final String wireName;

    Side(int discriminant, String wireName) {
        this.discriminant = discriminant;
        this.wireName = wireName;
    }

    /** The wire's discriminant: 0 or 1. */
    public int discriminant() {
        return discriminant;
    }

    /** The name as the protocol page and the vectors write it. */
    public String wireName() {
        return wireName;
    }
}
