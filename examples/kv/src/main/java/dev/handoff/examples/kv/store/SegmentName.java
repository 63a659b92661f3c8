package dev.handoff.examples.kv.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The range of numbers that a segment stands for; also its file name.
 *
 * @param first first number, from 1
 * @param last  last number; equal to {@code first} unless compacted
 */
record SegmentName(long first, long last) {
    private static final Pattern FORM = Pattern.compile("(\\d{12})-(\\d{12})\\.seg");

    static Optional<SegmentName> parse(String fileName) {
        Matcher m = FORM.matcher(fileName);
        if (!m.matches()) {
            return Optional.empty();
        }
        SegmentName name = new SegmentName(Long.parseLong(m.group(1)), Long.parseLong(m.group(2)));
        return name.first >= 1 && name.first <= name.last ? Optional.of(name) : Optional.empty();
    }

    /** Whether this segment replaces the other one, which a crash right after a compaction may have left behind. */
    boolean covers(SegmentName other) {
        return !equals(other) && first <= other.first && other.last <= last;
    }

    String fileName() {
        return String.format(Locale.ROOT, "%012d-%012d.seg", first, last);
    }

    /** The names in the order of their numbers, without those that another one covers. */
    static List<SegmentName> current(List<SegmentName> all) {
        List<SegmentName> sorted = new ArrayList<>(all);
        sorted.sort(Comparator.comparingLong(SegmentName::first)
                .thenComparing(Comparator.comparingLong(SegmentName::last).reversed()));
        List<SegmentName> current = new ArrayList<>();
        for (SegmentName name : sorted) {
            if (current.isEmpty() || !current.getLast().covers(name)) {
                current.add(name);
            }
        }
        return current;
    }
}
