package dev.handoff.replay;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;

/** How times, builds and other people's text look in what the tool prints. Stateless; any thread. */
public final class Shown {

    private static final int BUILD_CHARS = 12;
    private static final int FIRST_PRINTABLE = 0x20;
    private static final int LAST_PRINTABLE = 0x7E;

    private Shown() {}

    /** Three digits or so: {@code 450 µs}, {@code 7.1 ms}, {@code 12.3 s}, {@code 5 min}, {@code 3 h}, {@code 2 d}. */
    public static String duration(long ns) {
        Duration duration = Duration.ofNanos(ns);
        if (duration.isNegative()) {
            return "-" + duration(-ns);
        }
        if (duration.toMinutes() < 2) {
            return duration.toMillis() >= 1000
                    ? String.format(Locale.ROOT, "%.1f s", ns / 1e9)
                    : ns >= 1_000_000
                            ? String.format(Locale.ROOT, "%.1f ms", ns / 1e6)
                            : String.format(Locale.ROOT, "%.0f µs", ns / 1e3);
        }
        return duration.toHours() < 2
                ? duration.toMinutes() + " min"
                : duration.toDays() < 2 ? duration.toHours() + " h" : duration.toDays() + " d";
    }

    /**
     * As much of a build as tells it from others: its text where its bytes are one, else the first of its hex digits; {@code ?} for
     * none.
     *
     * @param hex as in the journal
     */
    public static String build(String hex) {
        if (hex.isEmpty()) {
            return "?";
        }
        byte[] bytes = HexFormat.of().parseHex(hex);
        boolean isText = true;
        for (byte each : bytes) {
            isText &= each > FIRST_PRINTABLE && each <= LAST_PRINTABLE;
        }
        String text = isText ? new String(bytes, StandardCharsets.US_ASCII) : hex;
        return text.length() <= BUILD_CHARS ? text : text.substring(0, BUILD_CHARS) + "…";
    }

    /** A terminal obeys control characters, and shows others as something else: they are spelt out. */
    public static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (Character.getType(c)) {
                case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR, Character.PRIVATE_USE, Character.UNASSIGNED ->
                    out.append(String.format("\\u{%x}", c));
                default -> out.appendCodePoint(c);
            }
        });
        return out.toString();
    }
}
