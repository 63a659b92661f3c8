package dev.handoff.codec;

/** The ranges of the wire's integer types that are narrower than the Java types holding them. */
final class FieldRange {

    private FieldRange() {}

    static int requireU16(int value, String field) {
        if (value < 0 || value > 0xFFFF) {
            throw new IllegalArgumentException(field + " must be in 0..65535, is " + value);
        }
        return value;
    }

    static long requireU32(long value, String field) {
        if (value < 0 || value > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException(field + " must be in 0..4294967295, is " + value);
        }
        return value;
    }
}
