package dev.handoff.coordinator.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** What a misspelt word may have been meant to be. Stateless; any thread. */
public final class Suggestions {

    private Suggestions() {}

    /** The known word with the fewest edits, if they are few enough to be a slip. */
    public static Optional<String> closest(String word, Collection<String> known) {
        return known.stream().min(Comparator.comparingInt(candidate -> edits(word, candidate)))
                .filter(candidate -> edits(word, candidate) <= Math.max(2, candidate.length() / 3));
    }

    /** The Levenshtein distance, by its usual two rows. */
    private static int edits(String from, String to) {
        int[] previous = new int[to.length() + 1];
        int[] current = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replace = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replace, Math.min(previous[j], current[j - 1]) + 1);
            }
            int[] swap = previous;
            previous = current;
            current = swap;
        }
        return previous[to.length()];
    }
}
