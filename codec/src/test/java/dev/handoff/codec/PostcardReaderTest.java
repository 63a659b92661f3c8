package dev.handoff.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;

import dev.handoff.codec.PostcardReader.Fault;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class PostcardReaderTest {

    private static final int VALUES = 16;

    /** Many at once are read as one after the other: the same values, and for what is no value the same fault at the same place. */
    @Test
    void readsManyU64sAsItReadsOne() {
        SplittableRandom random = new SplittableRandom(3);
        Map<Fault, Integer> seen = new EnumMap<>(Fault.class);
        byte[] bytes = new byte[VALUES * 11];
        for (int i = 0; i < 200_000; i++) {
            int limit = fill(bytes, random);
            int start = random.nextInt(4);
            PostcardReader one = new PostcardReader();
            one.wrap(new UnsafeBuffer(bytes, 0, limit), Math.min(start, limit), limit);
            long[] expected = new long[VALUES];
            for (int value = 0; value < VALUES; value++) {
                expected[value] = one.readU64();
            }
            PostcardReader many = new PostcardReader();
            many.wrap(new UnsafeBuffer(bytes, 0, limit), Math.min(start, limit), limit);
            long[] values = new long[VALUES];
            many.readU64s(values, VALUES);

            assertArrayEquals(expected, values);
            assertEquals(one.fault(), many.fault());
            assertEquals(one.faultOffset(), many.faultOffset());
            assertEquals(one.position(), many.position());
            seen.merge(many.fault(), 1, Integer::sum);
        }
        for (Fault fault : new Fault[]{Fault.NONE, Fault.UNEXPECTED_END, Fault.BAD_VARINT}) {
            assertTrue(seen.getOrDefault(fault, 0) > 1_000, () -> "what was read: " + seen);
        }
    }

    /** Values of every length, now and then one that is too long or too large, and mostly enough of them; gives where they end. */
    private static int fill(byte[] bytes, SplittableRandom random) {
        boolean spoilt = random.nextInt(3) == 0;
        int at = 0;
        for (int value = 0; value < VALUES; value++) {
            int length = 1 + random.nextInt(spoilt && random.nextInt(VALUES) == 0 ? 11 : 10);
            for (int i = 0; i < length - 1; i++) {
                bytes[at++] = (byte) (random.nextInt() | 0x80);
            }
            bytes[at++] = (byte) (length == 10 && !(spoilt && random.nextInt(4) == 0)
                    ? random.nextInt(2)
                    : random.nextInt() & 0x7F);
        }
        return random.nextInt(4) == 0 ? random.nextInt(at) : at;
    }
}
