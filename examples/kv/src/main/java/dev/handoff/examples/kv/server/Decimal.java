package dev.handoff.examples.kv.server;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/** The one way Redis reads and writes a signed 64-bit integer: no sign but '-', no leading zero, no space, no "-0". */
final class Decimal {
    private static final int LONGEST = 20;

    private Decimal() {}

    static byte[] write(long value) {
        return Long.toString(value).getBytes(StandardCharsets.US_ASCII);
    }

    static OptionalLong read(byte[] text) {
        if (text.length == 0 || text.length > LONGEST) {
            return OptionalLong.empty();
        }
        if (text.length == 1 && text[0] == '0') {
            return OptionalLong.of(0);
        }
        boolean negative = text[0] == '-';
        int at = negative ? 1 : 0;
        if (at == text.length || text[at] < '1' || text[at] > '9') {
            return OptionalLong.empty();
        }
        // Counted downwards: the least long has no positive counterpart.
        long value = 0;
        for (; at < text.length; at++) {
            int digit = text[at] - '0';
            if (digit < 0 || digit > 9 || value < (Long.MIN_VALUE + digit) / 10) {
                return OptionalLong.empty();
            }
            value = value * 10 - digit;
        }
        if (!negative && value == Long.MIN_VALUE) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(negative ? value : -value);
    }
}
