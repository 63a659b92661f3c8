package dev.handoff.coordinator.keeper;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One datagram of sd_notify(3): variables, a line each, and the descriptors beside them, which are the reader's to close. What we
 * do not know is left alone, as systemd does it.
 */
record Notification(int sender, Map<String, String> variables, List<Integer> descriptors) {

    static Notification of(int sender, String text, List<Integer> descriptors) {
        Map<String, String> variables = new HashMap<>();
        for (String line : text.split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                variables.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return new Notification(sender, variables, descriptors);
    }

    /** Whether the variable is set to 1. */
    boolean says(String variable) {
        return "1".equals(variables.get(variable));
    }

    /** The value, or an empty text. */
    String value(String variable) {
        return variables.getOrDefault(variable, "");
    }
}
