package dev.handoff.codec.event;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Events and their bytes in the journal. */
class EventCodecTest {

    private static final HexFormat HEX = HexFormat.of();
    private static final Path GOLDEN = Path.of("src/test/resources/events/version-1.txt");
    private static final int ROUNDS = 20_000;

    private final EventCodec codec = new EventCodec();

    @ParameterizedTest
    @EnumSource(EventKind.class)
    void bringsEveryEventBack(EventKind kind) {
        RandomEvents events = new RandomEvents(kind.number());
        for (int i = 0; i < 1_000; i++) {
            Event event = events.next(kind);
            assertEquals(new DecodedEvent.Intact(event), decode(event, encode(event)));
        }
    }

    /** What was released stays readable: this file is only ever added to. */
    @Test
    void readsAndWritesTheGoldenBytes() throws IOException {
        List<String> lines = SampleEvents.ofEachKind().stream()
                .map(event -> EventKind.of(event).number() + " " + event.stamp().timeNs() + " "
                        + HEX.formatHex(encode(event)) + " " + event)
                .toList();
        if (Boolean.getBoolean("golden.rewrite")) {
            Files.write(GOLDEN, lines);
        }
        assertEquals(Files.readAllLines(GOLDEN), lines);
        for (String line : lines) {
            String[] fields = line.split(" ", 4);
            byte[] payload = HEX.parseHex(fields[2]);
            DecodedEvent decoded = codec.decode(Integer.parseInt(fields[0]), Long.parseLong(fields[1]),
                    new UnsafeBuffer(payload), 0, payload.length);
            assertEquals(fields[3], assertInstanceOf(DecodedEvent.Intact.class, decoded).event().toString());
        }
    }

    @Test
    void hasASampleOfEveryKind() {
        assertEquals(EnumSet.allOf(EventKind.class), SampleEvents.ofEachKind().stream().map(EventKind::of)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(EventKind.class))));
    }

    @Test
    void namesEveryKindAfterItsRecord() {
        Set<String> records = records(Event.class).map(Class::getSimpleName)
                .collect(Collectors.toSet());

        assertEquals(records, Arrays.stream(EventKind.values()).map(EventKind::eventName).collect(Collectors.toSet()));
        for (Event event : SampleEvents.ofEachKind()) {
            assertEquals(event.getClass().getSimpleName(), EventKind.of(event).eventName());
        }
        for (EventKind kind : EventKind.values()) {
            assertEquals(kind, EventKind.ofNumber(kind.number()));
        }
        assertEquals(EventKind.values().length,
                Arrays.stream(EventKind.values()).map(EventKind::number).distinct().count());
    }

    private static Stream<Class<?>> records(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses()).flatMap(EventCodecTest::records)
                : Stream.of(type);
    }

    @Test
    void refusesEveryTruncationAndEveryAddedByte() {
        for (Event event : SampleEvents.ofEachKind()) {
            byte[] whole = encode(event);
            for (int length = 0; length < whole.length; length++) {
                assertMalformed(event, Arrays.copyOf(whole, length), length);
            }
            assertMalformed(event, Arrays.copyOf(whole, whole.length + 1), whole.length + 1);
        }
    }

    @Test
    void survivesDamageWithoutAnException() {
        SplittableRandom random = new SplittableRandom(42);
        List<Event> events = RandomEvents.sequence(42, 500);
        for (int i = 0; i < ROUNDS; i++) {
            Event event = events.get(i % events.size());
            byte[] damaged = encode(event);
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            int kind = random.nextInt(8) == 0 ? random.nextInt(256) : EventKind.of(event).number();
            DecodedEvent decoded = codec.decode(kind, 1, new UnsafeBuffer(damaged), 0, damaged.length);
            if (decoded instanceof DecodedEvent.Malformed(String reason, int offset)) {
                assertFalse(reason.isEmpty());
                assertTrue(offset >= 0 && offset <= damaged.length, "offset " + offset + " of " + damaged.length);
            }
        }
    }

    @Test
    void survivesNoise() {
        SplittableRandom random = new SplittableRandom(43);
        for (int i = 0; i < ROUNDS; i++) {
            byte[] noise = new byte[random.nextInt(120)];
            random.nextBytes(noise);
            codec.decode(random.nextInt(256), 1, new UnsafeBuffer(noise), 0, noise.length);
        }
    }

    @Test
    void saysWhatIsWrongAndWhere() {
        Event timer = new Event.TimerFired(Stamp.ofCoordinator(1), TimerKind.HELLO, 5);
        byte[] payload = encode(timer);
        payload[EventLayout.FIELDS_OFFSET] = 100;

        assertAll(
                () -> assertEquals(new DecodedEvent.Malformed("TimerFired: no timer has this number", 20),
                        decode(timer, payload)),
                () -> assertEquals(new DecodedEvent.Malformed("no event has the number 0", 0),
                        codec.decode(0, 1, new UnsafeBuffer(payload), 0, payload.length)),
                () -> assertEquals(
                        new DecodedEvent.Malformed(
                                "TimerFired: 19 bytes, at least 20 are needed for its service and handoff", 19),
                        codec.decode(EventKind.TIMER_FIRED.number(), 1, new UnsafeBuffer(payload), 0, 19)));
    }

    /** A longer varint than needed is a frame the protocol accepts; the journal must not tidy it up. */
    @Test
    void keepsAReceivedFrameExactlyAsItWas() {
        byte[] frame = HEX.parseHex("050000000100" + "8d00" + "05"); // a Heartbeat whose discriminant takes two bytes
        frame[0] = (byte) (frame.length - 4);
        UnsafeBuffer payload = new UnsafeBuffer(new byte[100]);

        int length = codec.encodeReceived(payload, 3, 9, 11, 12, 77, Side.SUCCESSOR, 1L << 40,
                new UnsafeBuffer(frame), 0, frame.length);

        assertEquals(EventLayout.FRAME_OFFSET + frame.length, length);
        byte[] kept = new byte[frame.length];
        payload.getBytes(3 + EventLayout.FRAME_OFFSET, kept);
        assertEquals(HEX.formatHex(frame), HEX.formatHex(kept));
        assertEquals(
                new DecodedEvent.Intact(new Event.MessageReceived(new Stamp(1, 9, new HandoffId(11, 12)), 77,
                        Side.SUCCESSOR, 1L << 40, 1, new Message.Heartbeat(5))),
                codec.decode(EventKind.MESSAGE_RECEIVED.number(), 1, payload, 3, length));
    }

    @Test
    void writesTheSameBytesFromAFrameAsFromItsEvent() {
        FrameEncoder frames = new FrameEncoder();
        for (Event event : SampleEvents.ofEachKind()) {
            UnsafeBuffer payload = new UnsafeBuffer(new byte[1_000]);
            Stamp stamp = event.stamp();
            HandoffId id = stamp.handoffId();
            if (event instanceof Event.MessageReceived e) {
                byte[] frame = frames.encode(e.message(), e.protoVersion());
                int length = codec.encodeReceived(payload, 0, stamp.service(), id.mostSignificantBits(),
                        id.leastSignificantBits(), e.session(), e.from(), e.streamOffset(), new UnsafeBuffer(frame), 0,
                        frame.length);
                assertEquals(HEX.formatHex(encode(event)), HEX.formatHex(payload.byteArray(), 0, length));
            } else if (event instanceof Event.MessageSending e) {
                byte[] frame = frames.encode(e.message());
                int length = codec.encodeSending(payload, 0, stamp.service(), id.mostSignificantBits(),
                        id.leastSignificantBits(), e.session(), e.to(), new UnsafeBuffer(frame), 0, frame.length);
                assertEquals(HEX.formatHex(encode(event)), HEX.formatHex(payload.byteArray(), 0, length));
            }
        }
    }

    @Test
    void readsMessageEventsInPlace() {
        MessageEventFlyweight flyweight = new MessageEventFlyweight();
        RandomEvents events = new RandomEvents(7);
        for (int i = 0; i < 1_000; i++) {
            Event.MessageReceived event = (Event.MessageReceived) events.next(EventKind.MESSAGE_RECEIVED);
            UnsafeBuffer buffer = new UnsafeBuffer(encode(event));

            assertTrue(flyweight.wrap(buffer, 0, buffer.capacity()));
            assertEquals(event.stamp().service(), flyweight.service());
            assertEquals(event.stamp().handoffId(), flyweight.handoffId());
            assertEquals(event.session(), flyweight.session());
            assertEquals(event.from(), flyweight.side());
            assertEquals(event.streamOffset(), flyweight.streamOffset());
            assertEquals(event.protoVersion(), flyweight.protoVersion());
            assertEquals(event.message().kind().discriminant(), flyweight.messageKind());
            assertEquals(event.message() instanceof Message.Heartbeat, flyweight.isHeartbeat());
            assertEquals(event.message() instanceof Message.SealProgress, flyweight.isSealProgress());
            if (flyweight.isSealProgress()) {
                assertEquals(event.message(), flyweight.sealProgress().toMessage());
            }
        }
    }

    @Test
    void wrapsNothingThatHasNoWholeFrame() {
        MessageEventFlyweight flyweight = new MessageEventFlyweight();
        for (Event event : SampleEvents.ofEachKind()) {
            if (event instanceof Event.MessageReceived) {
                byte[] whole = encode(event);
                for (int length = 0; length < whole.length; length++) {
                    assertFalse(flyweight.wrap(new UnsafeBuffer(whole), 0, length));
                }
                whole[EventLayout.SIDE_OFFSET] = 2;
                assertFalse(flyweight.wrap(new UnsafeBuffer(whole), 0, whole.length));
            }
        }
    }

    @Test
    void refusesABufferThatIsTooSmallAndStaysInsideIt() {
        for (Event event : SampleEvents.ofEachKind()) {
            int needed = encode(event).length;
            byte[] memory = new byte[needed + 8];
            for (int room = 0; room < needed; room++) {
                UnsafeBuffer small = new UnsafeBuffer(memory, 0, room);
                assertThrows(IndexOutOfBoundsException.class, () -> codec.encode(event, small, 0));
            }
            assertEquals(needed, codec.encode(event, new UnsafeBuffer(memory, 0, needed), 0));
            assertEquals("00".repeat(8), HEX.formatHex(memory, needed, needed + 8));
        }
    }

    private void assertMalformed(Event event, byte[] payload, int length) {
        DecodedEvent decoded = decode(event, payload);
        int offset = assertInstanceOf(DecodedEvent.Malformed.class, decoded, () -> event + " at " + length).offset();
        assertTrue(offset >= 0 && offset <= length, "offset " + offset + " of " + length);
    }

    private byte[] encode(Event event) {
        ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(8);
        int length = codec.encode(event, buffer, 5);
        return Arrays.copyOfRange(buffer.byteArray(), 5, 5 + length);
    }

    private DecodedEvent decode(Event event, byte[] payload) {
        return codec.decode(EventKind.of(event).number(), event.stamp().timeNs(), new UnsafeBuffer(payload), 0,
                payload.length);
    }
}
