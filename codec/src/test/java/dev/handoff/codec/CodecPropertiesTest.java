package dev.handoff.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/**
 * What holds of any message and of any bytes. A failure names its seed; {@code -Dcodec.seed=} runs that one alone.
 */
class CodecPropertiesTest {

    private static final Long ONLY_SEED = Long.getLong("codec.seed");
    private static final long FIRST_SEED = ONLY_SEED == null ? System.nanoTime() : ONLY_SEED;
    private static final int CASES = ONLY_SEED == null ? 20_000 : 1;

    // Bytes on both sides of the frame, which no reader may look at and no writer may touch.
    private static final int MARGIN = 16;
    private static final byte MARGIN_BYTE = (byte) 0xA5;

    private final FrameEncoder encoder = new FrameEncoder();
    private final FrameDecoder decoder = new FrameDecoder();
    private final List<FrameFlyweight> flyweights = List.of(new HelloFlyweight(), new SealProgressFlyweight(),
            new SealCompleteFlyweight(), new HeartbeatFlyweight());

    @FunctionalInterface
    private interface Property {
        void check(RandomGenerator random, RandomMessages messages);
    }

    @Test
    void anyMessageComesBackAsItWas() {
        forEachSeed((random, messages) -> {
            Message message = messages.next();
            int protoVersion = random.nextInt(0x1_0000);
            byte[] frame = encoder.encode(message, protoVersion);

            assertEquals(new Decoded.Frame(protoVersion, message, frame.length), decode(frame));
            assertEquals(frame.length, FrameDecoder.frameLength(new UnsafeBuffer(frame), 0, frame.length));
            assertEquals(message.kind().discriminant(),
                    FrameDecoder.peekKind(new UnsafeBuffer(frame), 0, frame.length));
        });
    }

    @Test
    void framesBackToBackComeOutOneByOne() {
        forEachSeed((random, messages) -> {
            Message first = messages.next();
            Message second = messages.next();
            UnsafeBuffer stream = new UnsafeBuffer(new byte[16 * 1024]);
            int firstLength = encoder.encode(first, stream, 0);
            int end = firstLength + encoder.encode(second, stream, firstLength);

            assertEquals(new Decoded.Frame(1, first, firstLength), decoder.decode(stream, 0, end));
            assertEquals(new Decoded.Frame(1, second, end - firstLength),
                    decoder.decode(stream, firstLength, end - firstLength));
        });
    }

    @Test
    void noWriterTouchesWhatLiesAroundItsFrame() {
        forEachSeed((random, messages) -> {
            Message message = messages.next();
            byte[] frame = encoder.encode(message);
            UnsafeBuffer framed = new UnsafeBuffer(new byte[frame.length + 2 * MARGIN]);
            framed.setMemory(0, framed.capacity(), MARGIN_BYTE);

            assertEquals(frame.length, encoder.encode(message, framed, MARGIN));
            assertMarginsUntouched(framed, frame);
            for (FrameFlyweight flyweight : flyweights) {
                if (flyweight.kind() == message.kind()) {
                    flyweight.decode(new UnsafeBuffer(frame), 0, frame.length);
                    framed.setMemory(0, framed.capacity(), MARGIN_BYTE);
                    assertEquals(frame.length, flyweight.encode(framed, MARGIN));
                    assertMarginsUntouched(framed, frame);
                }
            }
        });
    }

    @Test
    void aCutFrameIsIncompleteAndAnErrorAtTheEndOfTheStream() {
        forEachSeed((random, messages) -> {
            byte[] frame = encoder.encode(messages.next());
            int available = random.nextInt(frame.length);
            UnsafeBuffer buffer = new UnsafeBuffer(frame);

            assertInstanceOf(Decoded.Incomplete.class, decoder.decode(buffer, 0, available));
            Decoded.Malformed ended = assertInstanceOf(Decoded.Malformed.class,
                    decoder.decodeAtEndOfStream(buffer, 0, available));
            assertEquals(Decoded.Kind.IO, ended.kind());
            assertEquals(available, ended.offset());
        });
    }

    @Test
    void aDamagedFrameIsAMessageOrMalformedAndNothingElse() {
        forEachSeed((random, messages) -> {
            byte[] frame = encoder.encode(messages.next());
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                // The payload more often than the length, which refuses nearly everything.
                int at = random.nextInt(4) == 0 ? random.nextInt(frame.length) : 6 + random.nextInt(frame.length - 6);
                frame[at] = random.nextBoolean()
                        ? (byte) random.nextInt()
                        : (byte) (frame[at] ^ 1 << random.nextInt(8));
            }
            assertDecodesToSomethingDefined(frame);
        });
    }

    @Test
    void aPayloadCutInsideAWholeFrameIsAMessageOrMalformedAndNothingElse() {
        forEachSeed((random, messages) -> {
            byte[] frame = encoder.encode(messages.next());
            byte[] cut = Arrays.copyOf(frame, 6 + random.nextInt(frame.length - 6));
            new UnsafeBuffer(cut).putInt(0, cut.length - 4, ByteOrder.LITTLE_ENDIAN);

            Decoded.Malformed refused = assertInstanceOf(Decoded.Malformed.class, decode(cut));
            assertEquals(Decoded.Kind.CODEC, refused.kind());
            assertDecodesToSomethingDefined(cut);
        });
    }

    @Test
    void randomBytesAreAMessageOrMalformedAndNothingElse() {
        forEachSeed((random, messages) -> {
            byte[] stream = new byte[random.nextInt(120)];
            random.nextBytes(stream);
            if (stream.length > 6 && random.nextInt(10) != 0) {
                new UnsafeBuffer(stream).putInt(0, stream.length - 4, ByteOrder.LITTLE_ENDIAN);
                stream[6] = (byte) random.nextInt(16);
            }
            assertDecodesToSomethingDefined(stream);
        });
    }

    /** Every face of the codec gives a defined answer to these bytes, all of them agree, and none looks beyond. */
    private void assertDecodesToSomethingDefined(byte[] stream) {
        Decoded decoded = decode(stream);
        UnsafeBuffer buffer = new UnsafeBuffer(stream);
        int kind = FrameDecoder.peekKind(buffer, 0, stream.length);
        switch (decoded) {
            case Decoded.Frame(int protoVersion, Message message, int consumed) -> {
                assertTrue(consumed <= stream.length);
                assertEquals(message.kind().discriminant(), kind);
                Message again = assertInstanceOf(Decoded.Frame.class, decode(encoder.encode(message, protoVersion)))
                        .message();
                assertEquals(message, again);
            }
            case Decoded.Malformed(Decoded.Kind ignored, String reason, int offset) -> {
                assertTrue(offset >= 0 && offset <= stream.length, reason + " at " + offset);
                assertTrue(!reason.isBlank());
            }
            case Decoded.Incomplete incomplete -> throw new AssertionError("at the end of a stream: " + incomplete);
        }
        for (FrameFlyweight flyweight : flyweights) {
            int consumed = flyweight.decode(buffer, 0, stream.length);
            if (decoded instanceof Decoded.Frame frame && frame.message().kind() == flyweight.kind()) {
                assertEquals(frame, new Decoded.Frame(flyweight.protoVersion(), flyweight.toMessage(), consumed));
            } else if (decoded instanceof Decoded.Malformed malformed && malformed.kind() == Decoded.Kind.IO) {
                assertEquals(FrameFlyweight.INCOMPLETE, consumed);
            } else {
                assertEquals(FrameFlyweight.REFUSED, consumed);
            }
        }
    }

    /** Decodes these bytes alone, and again amid others, which must make no difference. */
    private Decoded decode(byte[] stream) {
        Decoded alone = decoder.decodeAtEndOfStream(new UnsafeBuffer(stream), 0, stream.length);
        UnsafeBuffer amid = new UnsafeBuffer(new byte[stream.length + 2 * MARGIN]);
        amid.setMemory(0, amid.capacity(), (byte) 1);
        amid.putBytes(MARGIN, stream);
        assertEquals(alone, decoder.decodeAtEndOfStream(amid, MARGIN, stream.length));
        return alone;
    }

    private static void assertMarginsUntouched(UnsafeBuffer framed, byte[] frame) {
        byte[] expected = new byte[framed.capacity()];
        Arrays.fill(expected, MARGIN_BYTE);
        System.arraycopy(frame, 0, expected, MARGIN, frame.length);
        assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(framed.byteArray()));
    }

    private static void forEachSeed(Property property) {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + CASES; seed++) {
            RandomGenerator random = new SplittableRandom(seed);
            try {
                property.check(random, new RandomMessages(random));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("with -Dcodec.seed=" + seed + ": " + e.getMessage(), e);
            }
        }
    }
}
