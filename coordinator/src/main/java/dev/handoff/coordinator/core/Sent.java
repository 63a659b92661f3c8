package dev.handoff.coordinator.core;

import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;

/**
 * Which messages of a handoff were journaled as being sent: one bit per {@link MessageKind}. After a crash this separates
 * what was surely not written from what may have been.
 */
public record Sent(int toIncumbent, int toSuccessor) {

    static final Sent NOTHING = new Sent(0, 0);

    Sent and(Side to, MessageKind kind) {
        int bit = 1 << kind.discriminant();
        return switch (to) {
            case INCUMBENT -> new Sent(toIncumbent | bit, toSuccessor);
            case SUCCESSOR -> new Sent(toIncumbent, toSuccessor | bit);
        };
    }

    /** A message that is going to be written once more counts as not sent. */
    Sent without(Side to, MessageKind kind) {
        int mask = ~(1 << kind.discriminant());
        return switch (to) {
            case INCUMBENT -> new Sent(toIncumbent & mask, toSuccessor);
            case SUCCESSOR -> new Sent(toIncumbent, toSuccessor & mask);
        };
    }

    /** As before a new session with that side. */
    Sent withoutAllTo(Side to) {
        return switch (to) {
            case INCUMBENT -> new Sent(0, toSuccessor);
            case SUCCESSOR -> new Sent(toIncumbent, 0);
        };
    }

    /** Whether a message of this kind was journaled as being sent to that side in this handoff. */
    public boolean has(Side to, MessageKind kind) {
        int mask = switch (to) {
            case INCUMBENT -> toIncumbent;
            case SUCCESSOR -> toSuccessor;
        };
        return (mask & (1 << kind.discriminant())) != 0;
    }
}
