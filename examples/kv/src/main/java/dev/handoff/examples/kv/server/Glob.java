package dev.handoff.examples.kv.server;

/**
 * The patterns of KEYS and SCAN: {@code *}, {@code ?}, {@code [a-c]}, {@code [^x]}, and a backslash before a character that
 * stands for itself.
 */
final class Glob {
    private final byte[] pattern;

    Glob(byte[] pattern) {
        this.pattern = pattern.clone();
    }

    boolean matches(byte[] text) {
        int p = 0;
        int t = 0;
        // Where to go on when something after the last star does not match: let that star take one byte more. Earlier stars
        // need no second try, so the time is at most pattern times text.
        int starP = -1;
        int starT = -1;
        while (true) {
            if (p < pattern.length && pattern[p] == '*') {
                starP = ++p;
                starT = t;
                continue;
            }
            if (t == text.length) {
                return p == pattern.length;
            }
            int next = p < pattern.length ? matchOne(p, text[t]) : -1;
            if (next >= 0) {
                p = next;
                t++;
            } else if (starP >= 0) {
                p = starP;
                t = ++starT;
            } else {
                return false;
            }
        }
    }

    /** Matches one byte with the element at {@code p}; returns the place after the element, or -1. */
    private int matchOne(int p, byte b) {
        return switch (pattern[p]) {
            case '?' -> p + 1;
            case '[' -> matchSet(p + 1, b);
            case '\\' -> {
                int at = p + 1 < pattern.length ? p + 1 : p;
                yield pattern[at] == b ? at + 1 : -1;
            }
            default -> pattern[p] == b ? p + 1 : -1;
        };
    }

    private int matchSet(int from, byte b) {
        int p = from;
        boolean inverted = p < pattern.length && pattern[p] == '^';
        if (inverted) {
            p++;
        }
        boolean found = false;
        while (p < pattern.length && pattern[p] != ']') {
            if (pattern[p] == '\\' && p + 1 < pattern.length) {
                found |= pattern[p + 1] == b;
                p += 2;
            } else if (p + 2 < pattern.length && pattern[p + 1] == '-') {
                int low = Math.min(pattern[p] & 0xFF, pattern[p + 2] & 0xFF);
                int high = Math.max(pattern[p] & 0xFF, pattern[p + 2] & 0xFF);
                found |= low <= (b & 0xFF) && (b & 0xFF) <= high;
                p += 3;
            } else {
                found |= pattern[p] == b;
                p++;
            }
        }
        // A set that is never closed ends with the pattern.
        int after = p < pattern.length ? p + 1 : p;
        return found != inverted ? after : -1;
    }
}
