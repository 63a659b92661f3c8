package dev.handoff.codec;

import java.util.Arrays;
import java.util.HexFormat;

/** The SHA-256 of a sealed data directory, 32 bytes. Immutable, compared by content. */
public final class Fingerprint {

    public static final int BYTES = 32;
    private final byte[] bytes;

    private Fingerprint(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Copies {@code bytes}. */
    public static Fingerprint of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a fingerprint has 32 bytes, not " + bytes.length);
        }
        return new Fingerprint(bytes.clone());
    }

    public static Fingerprint parse(String hex) {
        return of(HexFormat.of().parseHex(hex));
    }

    /** Length in bytes. */
    public int length() {
        return bytes.length;
    }

    public byte byteAt(int index) {
        return bytes[index];
    }

    /** Copies all bytes to the start of {@code destination}, which must have room for them. */
    void copyTo(byte[] destination) {
        System.arraycopy(bytes, 0, destination, 0, bytes.length);
    }

    /** A copy. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprint that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Lower-case hex. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
