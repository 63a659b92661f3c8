package dev.handoff.replay;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;

/**
 * What would have become of a handoff under another policy.
 *
 * @param policy  that under which it was carried out
 * @param changed the other one
 * @param parting the first decision that changes; empty if none does
 * @param course  how it would have gone on from there
 * @param notes   what was assumed, a sentence each
 */
public record Alternative(HandoffSummary summary, ServicePolicy policy, ServicePolicy changed,
        Optional<Parting> parting,
        Course course, List<String> notes) {

    public Alternative {
        notes = List.copyOf(notes);
    }

    /**
     * Where the two courses part.
     *
     * @param sequence  of the record on which they decide differently; empty if only the changed course decides there, on a timer
     * @param after     the last record before
     * @param timeNs    when, nanoseconds since 1970
     * @param on        what happened, a sentence
     * @param decided   what was decided then and would not have been; may be empty
     * @param wouldHave what would have been decided then and was not; may be empty
     */
    public record Parting(OptionalLong sequence, long after, long timeNs, String on, List<String> decided,
            List<String> wouldHave) {
        public Parting {
            decided = List.copyOf(decided);
            wouldHave = List.copyOf(wouldHave);
        }
    }

    /** How it would have ended, as far as the journal can tell. */
    public sealed interface Course {

        /** As it did: no decision up to its end changes. */
        record Same() implements Course {}

        /** Like this, at that time. */
        record Ended(Outcome outcome, String reason, long timeNs) implements Course {}

        /** It would have been on its way back, which ends in one way only; when, nobody knows. */
        record RollsBack(String reason, long fromNs) implements Course {}

        /** The inputs that are in the journal belong to the course that was taken, not to this one. */
        record NotKnowable(String why) implements Course {}
    }
}
