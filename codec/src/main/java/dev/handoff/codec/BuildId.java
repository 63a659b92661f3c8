package dev.handoff.codec;

import java.util.Arrays;
import java.util.HexFormat;

/** A build's identity, implementation-defined bytes: a GNU build-id, a SHA-256, or text. Immutable, compared by content. */
public final class BuildId {

    public static final BuildId EMPTY = new BuildId(new byte[0]);
    private final byte[] bytes;

    private BuildId(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Copies {@code bytes}. */
    public static BuildId of(byte[] bytes) {

        return new BuildId(bytes.clone());
    }

    public static BuildId parse(String hex) {
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
        return other instanceof BuildId that && Arrays.equals(bytes, that.bytes);
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
