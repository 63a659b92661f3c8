package dev.handoff.replay;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in a journal as a person names it: a record's number, or a time, as much of it as was typed. A time stands for all of what
 * it leaves open: {@code 2026-11-23T08} is that hour, from its first nanosecond to its last.
 */
public sealed interface JournalPoint {

    /** What {@link #parse} takes, for usage texts and complaints. */
    String FORMS = "a record's number (4711), or a time in UTC, as much of it as you like (2026-11-23, 2026-11-23T08:38,"
            + " 2026-11-23T08:38:19.25, with Z or +01:00 where you mean that)";

    /** The record with this number. */
    record Sequence(long sequence) implements JournalPoint {}

    /** The records of this time, both ends included; nanoseconds since 1970. */
    record Time(long firstNs, long lastNs) implements JournalPoint {}

    /** Whether a range that begins here holds the record. */
    default boolean isReachedBy(Entry.Header header) {
        return switch (this) {
            case Sequence(long sequence) -> header.sequence() >= sequence;
            case Time(long firstNs, long _) -> header.timeNs() >= firstNs;
        };
    }

    /** Whether a range that ends here holds the record. */
    default boolean isNotPassedBy(Entry.Header header) {
        return switch (this) {
            case Sequence(long sequence) -> header.sequence() <= sequence;
            case Time(long _, long lastNs) -> header.timeNs() <= lastNs;
        };
    }

    /** Empty for what is none of {@link #FORMS}. A number of digits alone is a record's. */
    static Optional<JournalPoint> parse(String text) {
        String trimmed = text.strip().toUpperCase(Locale.ROOT);
        try {
            return trimmed.matches("[0-9]{1,19}")
                    ? Optional.of(new Sequence(Long.parseLong(trimmed)))
                    : TimeText.parse(trimmed).map(time -> time);
        } catch (NumberFormatException beyondAnySequence) {
            return Optional.empty();
        }
    }

    /** A time of any precision. */
    final class TimeText {

        private static final Pattern FORM = Pattern.compile("(\\d{4})-(\\d{2})(?:-(\\d{2})(?:[T ](\\d{2})"
                + "(?::(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?)?)?)?\\s*(Z|[+-]\\d{2}(?::?\\d{2})?)?");
        private static final int MONTH = 2;
        private static final int DAY = 3;
        private static final int HOUR = 4;
        private static final int MINUTE = 5;
        private static final int SECOND = 6;
        private static final int FRACTION = 7;
        private static final int ZONE = 8;
        private static final long NS_PER_S = 1_000_000_000;
        private static final int FRACTION_DIGITS = 9;

        private TimeText() {}

        private static Optional<Time> parse(String text) {
            Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                return Optional.empty();
            }
            try {
                String fraction = form.group(FRACTION) == null ? "" : form.group(FRACTION);
                LocalDateTime from = LocalDateTime.of(number(form, 1, 0), number(form, MONTH, 1), number(form, DAY, 1),
                        number(form, HOUR, 0), number(form, MINUTE, 0), number(form, SECOND, 0));
                LocalDateTime after = from.plus(1, form.group(DAY) == null
                        ? ChronoUnit.MONTHS
                        : form.group(HOUR) == null
                                ? ChronoUnit.DAYS
                                : form.group(MINUTE) == null
                                        ? ChronoUnit.HOURS
                                        : form.group(SECOND) == null ? ChronoUnit.MINUTES : ChronoUnit.SECONDS);
                ZoneOffset zone = form.group(ZONE) == null ? ZoneOffset.UTC : ZoneOffset.of(form.group(ZONE));
                long firstNs = Math.multiplyExact(from.toEpochSecond(zone), NS_PER_S);
                if (fraction.isEmpty()) {
                    return Optional.of(new Time(firstNs, Math.multiplyExact(after.toEpochSecond(zone), NS_PER_S) - 1));
                }
                long unit = 1;
                for (int digits = fraction.length(); digits < FRACTION_DIGITS; digits++) {
                    unit *= 10;
                }
                firstNs = Math.addExact(firstNs, Integer.parseInt(fraction) * unit);
                return Optional.of(new Time(firstNs, Math.addExact(firstNs, unit - 1)));
            } catch (DateTimeException | ArithmeticException noSuchTime) {
                return Optional.empty();
            }
        }

        private static int number(Matcher form, int group, int missing) {
            return form.group(group) == null ? missing : Integer.parseInt(form.group(group));
        }
    }
}
