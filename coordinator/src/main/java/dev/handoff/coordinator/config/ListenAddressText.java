package dev.handoff.coordinator.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a socket address: {@code host:port}, {@code [v6]:port}. An IPv6 literal needs its brackets, for its
 * colons would hide the port.
 */
final class ListenAddressText {

    static final String EXPECTED = "host:port, [v6]:port, udp:host:port or unix:/path";

    private static final Pattern HOST_PORT = Pattern
            .compile("(?:\\[([0-9A-Fa-f:.%a-zA-Z]+)]|([^\\s:\\[\\]/]+)):(\\d{1,5})");
    private static final int MAX_PORT = 65_535;

    private ListenAddressText() {}

    record HostPort(String host, int port) {}

    static Optional<HostPort> parse(String text) {
        Matcher matcher = HOST_PORT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String bracketed = matcher.group(1);
        int port = Integer.parseInt(matcher.group(3));
        if (port > MAX_PORT || (bracketed != null && !bracketed.contains(":"))) {
            return Optional.empty();
        }
        return Optional.of(new HostPort(bracketed != null ? bracketed : matcher.group(2), port));
    }
}
