package dev.handoff.simulator;

import java.util.zip.CRC32C;

import org.agrona.DirectBuffer;

/** The hash over everything that happens in a run, in its order. */
final class RunHash {

    private static final long PRIME = 0x0000_0100_0000_01B3L;

    private final CRC32C checksum = new CRC32C();
    private long value = 0xCBF2_9CE4_8422_2325L;
    private byte[] copy = new byte[512];

    void mix(long more) {
        value = (value ^ more) * PRIME;
        value ^= value >>> 29;
    }

    void mix(DirectBuffer buffer, int offset, int length) {
        if (copy.length < length) {
            copy = new byte[length * 2];
        }
        buffer.getBytes(offset, copy, 0, length);
        checksum.reset();
        checksum.update(copy, 0, length);
        mix(checksum.getValue());
    }

    long value() {
        return value;
    }
}
