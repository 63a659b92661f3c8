package dev.handoff.coordinator.fault;

import java.util.Locale;
import java.util.Optional;

/**
 * A moment in a coordinator's work: right before or right after it appends a record or runs an effect. Written as
 * {@code MessageSending.SealRequest.after}.
 *
 * @param what
 *            the record or effect, as {@link StepNames} calls it
 */
public record Step(String what, Moment moment) {

    /** On which side of the append or the effect. */
    public enum Moment {
        BEFORE,
        AFTER;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The step with this text; empty where the text does not end in {@code .before} or {@code .after}. */
    public static Optional<Step> parse(String text) {
        for (Moment moment : Moment.values()) {
            String end = "." + moment.word();
            if (text.endsWith(end) && text.length() > end.length()) {
                return Optional.of(new Step(text.substring(0, text.length() - end.length()), moment));
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return what + "." + moment.word();
    }
}
