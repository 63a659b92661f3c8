package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.List;

import com.sun.management.ThreadMXBean;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.MessageEventFlyweight;
import dev.handoff.codec.event.ServicePolicy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What a heartbeat costs between its socket and the state: its payload written, read again in place, and folded. */
class HeartbeatTurnAllocatesNothingTest {

    // A number beyond the boxes that the JVM keeps.
    private static final int SERVICE = 1_000;
    private static final long SESSION = 7;

    // Enough for the JIT's second tier, so that its own bookkeeping is over when the measurement starts.
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 5_000;
    private static final int ROUNDS = 8;

    // Asking for it anew would allocate.
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final EventCodec codec = new EventCodec();
    private final MessageEventFlyweight flyweight = new MessageEventFlyweight();
    private final UnsafeBuffer frame = new UnsafeBuffer(new byte[64]);
    private final UnsafeBuffer payload = new UnsafeBuffer(new byte[128]);
    private long nowNs = Script.ORIGIN_NS;

    @Test
    void allocatesNothing() {
        int frameLength = new FrameEncoder().encode(new Message.Heartbeat(1_760_000_000_000L), frame, 0);
        Peer incumbent = Peer.of(new Daemon(200, 20, "/opt/kv-1", "")).withSession(SESSION);
        State state = new State.Serving(incumbent, nowNs, "", 0);
        CoordinatorState services = CoordinatorState.EMPTY;
        for (int number = SERVICE - 10; number < SERVICE + 10; number++) {
            services = services
                    .with(new Service(number, "kv", ServicePolicy.DEFAULT, "/opt/kv-1", "/opt/kv-1", state, nowNs,
                            SESSION, ArmedTimers.NONE, List.of(), List.of(), Service.Last.NONE));
        }
        Fold fold = new Fold(services, new LastHeard());

        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least > 0; round++) {
            run(fold, frameLength, WARM_UP);
            long before = allocatedBytes();
            run(fold, frameLength, MEASURED);
            least = Math.min(least, allocatedBytes() - before);
        }
        assertEquals(0, least, "bytes in " + MEASURED + " heartbeats");
        assertEquals(nowNs, fold.lastHeard().lastHeardNs(SERVICE, Side.INCUMBENT));
    }

    private void run(Fold fold, int frameLength, int times) {
        for (int i = 0; i < times; i++) {
            nowNs++;
            int length = codec.encodeReceived(payload, 0, SERVICE, HandoffId.NONE.mostSignificantBits(),
                    HandoffId.NONE.leastSignificantBits(), SESSION, Side.INCUMBENT, nowNs, frame, 0, frameLength);
            assertTrue(flyweight.wrap(payload, 0, length) && flyweight.isHeartbeat());
            assertTrue(fold.takeHeartbeat(flyweight.service(), flyweight.session(), flyweight.side(),
                    flyweight.protoVersion(), nowNs));
        }
    }

    private static long allocatedBytes() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}
