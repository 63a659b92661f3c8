package dev.handoff.coordinator.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;

import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import dev.handoff.codec.event.TimerKind;
import org.junit.jupiter.api.Test;

/** Timers against a clock and a ring that the test moves. */
class LoopTimersTest {

    private static final long MS = 1_000_000;
    private static final int SLOTS = 4;

    private final RingBuffer<Input> ring = RingBuffer.createMultiProducer(Input::new, SLOTS);
    private final Inbox inbox = new Inbox(ring);
    private long nowNs = 1_000 * MS;
    private final LoopTimers timers = new LoopTimers(() -> nowNs);

    /** What was put into the ring since the last look. */
    private List<String> told() {
        List<String> told = new ArrayList<>();
        long before = ring.getCursor();
        timers.tellDue(inbox);
        for (long at = before + 1; at <= ring.getCursor(); at++) {
            Input input = ring.get(at);
            told.add(input.kind() == Input.Kind.TASK
                    ? input.task().toString()
                    : input.service() + " " + input.timer() + " " + input.token() / MS);
        }
        return told;
    }

    private static Runnable task(String name) {
        return new Runnable() {
            @Override
            public void run() {}

            @Override
            public String toString() {
                return name;
            }
        };
    }

    @Test
    void comeInTheOrderTheyAreDueAndOnce() {
        timers.arm(0, TimerKind.DEADLINE, 1_030 * MS);
        timers.later(10 * MS, task("later"));
        timers.arm(1, TimerKind.DEADLINE, 1_020 * MS);
        timers.arm(0, TimerKind.PARTING, 1_020 * MS);
        assertEquals(List.of(), told());
        nowNs = 1_019 * MS;
        assertEquals(List.of("later"), told());
        nowNs = 1_030 * MS;
        assertEquals(List.of("1 DEADLINE 1020", "0 PARTING 1020", "0 DEADLINE 1030"), told());
        assertEquals(List.of(), told());
    }

    @Test
    void oneThatIsOverdueComesAtOnce() {
        timers.arm(0, TimerKind.DEADLINE, -5 * MS);
        assertEquals(0, timers.waitMs());
        assertEquals(List.of("0 DEADLINE -5"), told());
    }

    @Test
    void takesThePlaceOfOneOfItsKind() {
        timers.arm(0, TimerKind.DEADLINE, 1_010 * MS);
        timers.arm(1, TimerKind.DEADLINE, 1_020 * MS);
        timers.arm(0, TimerKind.DEADLINE, 1_040 * MS);
        nowNs = 1_030 * MS;
        assertEquals(List.of("1 DEADLINE 1020"), told());
        timers.arm(0, TimerKind.DEADLINE, 1_025 * MS);
        assertEquals(List.of("0 DEADLINE 1025"), told());
        nowNs = 1_050 * MS;
        assertEquals(List.of(), told());
    }

    @Test
    void cancelledOnesDoNotCome() {
        timers.cancel(0, TimerKind.DEADLINE);
        timers.arm(0, TimerKind.DEADLINE, 1_010 * MS);
        timers.arm(0, TimerKind.PARTING, 1_010 * MS);
        timers.arm(1, TimerKind.DEADLINE, 1_010 * MS);
        timers.cancel(0, TimerKind.DEADLINE);
        timers.cancel(0, TimerKind.HELLO);
        timers.cancel(2, TimerKind.DEADLINE);
        nowNs = 1_010 * MS;
        assertEquals(List.of("0 PARTING 1010", "1 DEADLINE 1010"), told());
        assertEquals(-1, timers.waitMs());
    }

    @Test
    void waitsNoLongerThanForTheFirstAndNeverTooShort() {
        assertEquals(-1, timers.waitMs());
        timers.arm(0, TimerKind.DEADLINE, 1_010 * MS + 1);
        timers.arm(1, TimerKind.DEADLINE, Long.MAX_VALUE);
        assertEquals(11, timers.waitMs(), "rounded up: a wait of ten would find it not due");
        nowNs = 1_010 * MS;
        assertEquals(1, timers.waitMs());
        nowNs++;
        assertEquals(0, timers.waitMs());
        timers.cancel(0, TimerKind.DEADLINE);
        assertEquals(3_600_000, timers.waitMs());
    }

    @Test
    void whatFindsNoRoomStaysArmed() {
        Sequence read = new Sequence();
        ring.addGatingSequences(read);
        for (int service = 0; service < SLOTS + 2; service++) {
            timers.arm(service, TimerKind.DEADLINE, 1_000 * MS + service);
        }
        nowNs = 1_001 * MS;
        assertEquals(SLOTS, told().size());
        assertEquals(List.of(), told(), "the ring is full");
        assertEquals(0, timers.waitMs());
        timers.cancel(SLOTS, TimerKind.DEADLINE);
        read.set(ring.getCursor());
        assertEquals(List.of(SLOTS + 1 + " DEADLINE 1000"), told());
    }
}
