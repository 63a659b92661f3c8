package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Snapshots of the state and their hash. */
class StateCodecTest {

    private static final int ROUNDS = 5_000;

    private final StateCodec codec = new StateCodec();

    @Test
    void bringsEveryStateBack() {
        RandomStates states = new RandomStates(1);
        for (int i = 0; i < ROUNDS; i++) {
            CoordinatorState state = states.next();
            LastHeard heard = states.heard(state);
            byte[] bytes = encode(state, heard);
            DecodedState.Intact decoded = assertInstanceOf(DecodedState.Intact.class, decode(bytes));

            assertEquals(state, decoded.state());
            for (Service service : state.services().values()) {
                for (Side side : Side.values()) {
                    assertEquals(heard.lastHeardNs(service.number(), side),
                            decoded.heard().lastHeardNs(service.number(), side));
                    long session = heard.partialSession(service.number(), side);
                    assertEquals(heard.partial(service.number(), side, session),
                            decoded.heard().partial(service.number(), side, session));
                }
            }
            assertEquals(codec.hash(state, heard), codec.hash(decoded.state(), decoded.heard()));
            assertEquals(codec.hash(state, heard), StateCodec.hash(new UnsafeBuffer(bytes), 0, bytes.length));
        }
    }

    @Test
    void triesEveryKindOfState() {
        RandomStates states = new RandomStates(2);
        Set<Class<?>> tried = new HashSet<>();
        for (int kind = 0; kind < RandomStates.KINDS; kind++) {
            tried.add(states.state(kind).getClass());
        }
        assertEquals(leaves(State.class).collect(Collectors.toSet()), tried);
    }

    private static Stream<Class<?>> leaves(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses()).flatMap(StateCodecTest::leaves)
                : Stream.of(type);
    }

    @Test
    void hashesWhenAPeerWasHeard() {
        CoordinatorState state = CoordinatorState.EMPTY.with(new RandomStates(3).service(1));
        LastHeard heard = new LastHeard();
        long before = codec.hash(state, heard);
        heard.heard(1, Side.SUCCESSOR, 1);

        assertNotEquals(before, codec.hash(state, heard));
    }

    @Test
    void hashesTheMessageInDoubt() {
        CoordinatorState state = CoordinatorState.EMPTY.with(new RandomStates(3).service(1));
        LastHeard heard = new LastHeard();
        long before = codec.hash(state, heard);
        heard.doubt(1, Side.INCUMBENT, MessageKind.SEAL_REQUEST);
        long inDoubt = codec.hash(state, heard);
        heard.noDoubt();

        assertNotEquals(before, inDoubt);
        assertEquals(before, codec.hash(state, heard));
    }

    /** The value is part of every journal that holds it: it must not change with a release, a machine or a run. */
    @Test
    void hashesTheSameEverywhere() {
        assertEquals(0xAF63_BD4C_8601_B7DFL, StateCodec.hash(new UnsafeBuffer(new byte[1]), 0, 1));
        assertEquals(0xCBF2_9CE4_8422_2325L, StateCodec.hash(new UnsafeBuffer(new byte[0]), 0, 0));
    }

    @Test
    void refusesAVersionItDoesNotKnow() {
        byte[] bytes = encode(CoordinatorState.EMPTY, new LastHeard());
        bytes[0] = 99;

        assertEquals(new DecodedState.UnknownVersion(99), decode(bytes));
    }

    @Test
    void refusesEveryTruncationAndEveryAddedByte() {
        RandomStates states = new RandomStates(4);
        for (int i = 0; i < 50; i++) {
            CoordinatorState state = states.next();
            byte[] whole = encode(state, states.heard(state));
            for (int length = 0; length < whole.length; length++) {
                assertInstanceOf(DecodedState.Malformed.class, decode(Arrays.copyOf(whole, length)));
            }
            assertInstanceOf(DecodedState.Malformed.class, decode(Arrays.copyOf(whole, whole.length + 1)));
        }
    }

    @Test
    void survivesDamageWithoutAnException() {
        SplittableRandom random = new SplittableRandom(5);
        RandomStates states = new RandomStates(5);
        for (int i = 0; i < ROUNDS; i++) {
            CoordinatorState state = states.next();
            byte[] damaged = encode(state, states.heard(state));
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            }
            if (decode(damaged) instanceof DecodedState.Malformed(String reason, int offset)) {
                assertFalse(reason.isEmpty());
                assertTrue(offset >= 0 && offset <= damaged.length, "offset " + offset + " of " + damaged.length);
            }
        }
    }

    @Test
    void refusesABufferThatIsTooSmall() {
        CoordinatorState state = CoordinatorState.EMPTY.with(new RandomStates(6).service(1));
        LastHeard heard = new LastHeard();
        int needed = encode(state, heard).length;

        assertThrows(IndexOutOfBoundsException.class,
                () -> codec.encode(state, heard, new UnsafeBuffer(new byte[needed - 1]), 0));
        assertEquals(needed, codec.encode(state, heard, new UnsafeBuffer(new byte[needed]), 0));
    }

    private byte[] encode(CoordinatorState state, LastHeard heard) {
        ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(8);
        int length = codec.encode(state, heard, buffer, 3);
        return Arrays.copyOfRange(buffer.byteArray(), 3, 3 + length);
    }

    private DecodedState decode(byte[] bytes) {
        return codec.decode(new UnsafeBuffer(bytes), 0, bytes.length);
    }
}
