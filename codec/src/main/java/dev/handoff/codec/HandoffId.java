package dev.handoff.codec;

import java.util.UUID;

/** A handoff's identity, a UUID; on the wire its 16 bytes in network order. */
public record HandoffId(long mostSignificantBits, long leastSignificantBits) {

    public static final int BYTES = 16;

    /** Stands where there is no handoff. Never assigned to one. */
    public static final HandoffId NONE = new HandoffId(0, 0);

    public static HandoffId of(UUID uuid) {
        return new HandoffId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    }

    /** Reads the canonical 36-character form. */
    public static HandoffId parse(String text) {
        return of(UUID.fromString(text));
    }

    /** By hand: the method that a record would have is made when it is first called, and a recovery waits for that. */
    @Override
    public boolean equals(Object other) {
        return other instanceof HandoffId that && mostSignificantBits == that.mostSignificantBits
                && leastSignificantBits == that.leastSignificantBits;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(mostSignificantBits ^ leastSignificantBits);
    }

    @Override
    public String toString() {
        return new UUID(mostSignificantBits, leastSignificantBits).toString();
    }
}
