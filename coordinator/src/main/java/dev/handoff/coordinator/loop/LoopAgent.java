package dev.handoff.coordinator.loop;

import java.util.ArrayDeque;
import java.util.List;

import dev.handoff.codec.Decoded;
import dev.handoff.codec.FrameDecoder;
import dev.handoff.codec.FrameEncoder;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.HeartbeatFlyweight;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Bytes;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.posix.Errno;
import org.agrona.DirectBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop thread's work: takes inputs one by one, and is the only writer of the state. Loop thread only; after each input its
 * caller calls {@link #endOfInput}.
 *
 * <p>
 * Invariant: what happened is appended before the core steps on it ({@link #happened}), a frame is appended before it is taken
 * from its socket ({@link #received}), and appended before it is written ({@link #send}).
 */
public final class LoopAgent {

    private static final Logger LOG = LoggerFactory.getLogger(LoopAgent.class);

    /** As much of an incomplete frame stays queued; more could keep a peer that writes in small pieces from going on. */
    private static final int LEAVE_QUEUED_BYTES = 128;

    /** A frame larger than this may not fit into the peer's socket buffer whole, so its parts are taken as they come. */
    private static final int LARGE_FRAME_BYTES = 64 * 1024;

    /** How much of a bad frame is kept for the journal's reader. */
    private static final int REJECTED_BYTES = 64;

    /** A peer's blocked write fails after this long without progress (protocol page, <i>Timing</i>). */
    private static final long BLOCKED_WRITE_NS = 10_000_000_000L;

    private static final long FENCE_FIRST_NS = 200_000;
    private static final long FENCE_LONGEST_NS = 20_000_000;

    private final EpochClock clock;
    private final EventLog log;
    private final Fold fold;
    private final Wire wire;
    private final Timers timers;
    private final Effects effects;
    private final FrameDecoder decoder = new FrameDecoder();
    private final FrameEncoder encoder = new FrameEncoder();
    private final HeartbeatFlyweight heartbeat = new HeartbeatFlyweight();
    private final EventLog.Frame frameAt = new EventLog.Frame();
    private final ArrayDeque<Runnable> next = new ArrayDeque<>();
    private long lastNs;

    public LoopAgent(EpochClock clock, EventLog log, Fold fold, Wire wire, Timers timers, Effects effects) {
        this.clock = clock;
        this.log = log;
        this.fold = fold;
        this.wire = wire;
        this.timers = timers;
        this.effects = effects;
    }

    /** A timer came due. What a peer said before counts, however late the loop got to run: it is read first. */
    public void timer(int service, TimerKind kind, long dueNs) {
        readAllOf(service);
        happened(stamp -> new Event.TimerFired(stamp, kind, dueNs), service, handoffIdOf(service));
    }

    /** Runs what was put off until the effects of this input are through. To be called after each input. */
    public void endOfInput() {
        for (Runnable after = next.poll(); after != null; after = next.poll()) {
            after.run();
        }
    }

    /** No more input waits: whatever is synced by batches is synced, and what nobody waits for is done. */
    public void endOfBatch() {
        log.endOfBatch();
        wire.endOfBatch();
    }

    /** Runs after the current effects are through. */
    public void afterwards(Runnable task) {
        next.add(task);
    }

    /** The state, for this thread to look at. */
    public Fold fold() {
        return fold;
    }

    /** The handoff in flight of a service, or {@link HandoffId#NONE}. */
    public HandoffId handoffIdOf(int service) {
        Service known = service(service);
        return known == null ? HandoffId.NONE : known.state().handoffId();
    }

    private Service service(int number) {
        return fold.state().services().get(number);
    }

    private long nowNs() {
        lastNs = Math.max(lastNs, clock.nowNs());
        return lastNs;
    }

    // ---- Append, step, run effects --------------------------------------------------------------------------------------

    /** Stamps a fact, appends it, steps, and runs what follows. */
    public void happened(Fact fact, int service, HandoffId handoffId) {
        happened(fact.at(new Stamp(nowNs(), service, handoffId)));
    }

    /** Appends a stamped event, steps, and runs what follows. */
    public void happened(Event event) {
        log.append(event);
        stepAndRun(event);
    }

    /**
     * Appends a decision of the core's and steps. The core stamps it with the time of the event that it took; what was sent
     * since has moved the journal's time on, so it gets the time of its append. Gives the decision as it was appended.
     */
    public Event.Decision decided(Event.Decision decision) {
        Stamp before = decision.stamp();
        Event.Decision appended = decision.at(new Stamp(nowNs(), before.service(), before.handoffId()));
        happened(appended);
        return appended;
    }

    private void stepAndRun(Event event) {
        int number = event.stamp().service();
        Service before = service(number);
        List<Effect> ordered = fold.apply(event);
        Service after = service(number);
        if (LOG.isInfoEnabled() && after != null && before != null
                && after.state().getClass() != before.state().getClass()) {
            LOG.info("{}: {} {}", after.name(), after.state().label(),
                    after.state().handoffId().equals(HandoffId.NONE) ? "" : after.state().handoffId());
        }
        for (Effect effect : ordered) {
            effects.run(effect, this);
        }
        if (event instanceof Event.Spawned) {
            // What it said before anybody knew its pid has waited in its channel.
            afterwards(() -> readAllOf(number));
        }
    }

    // ---- Reading --------------------------------------------------------------------------------------------------------

    /** Reads whatever is queued on a service's sessions. */
    public void readAllOf(int service) {
        for (Session session : wire.sessionsOf(service)) {
            readable(session);
        }
    }

    /** Reads whatever is queued on a session; null is none. */
    public void readable(Session session) {
        if (session == null || isUnborn(session)) {
            return;
        }
        while (!session.ended() && !session.abandoned() && session.fd() != Session.NO_DESCRIPTOR) {
            int available = wire.peek(session);
            if (available == -Errno.EAGAIN) {
                return;
            }
            if (available == -Errno.EINTR) {
                continue;
            }
            if (available <= 0) {
                ended(session, available == 0 ? "end of stream" : Errno.name(-available));
                return;
            }
            if (!takeFrames(session, available)) {
                return;
            }
        }
    }

    /** A quick successor speaks before the worker that started it has told its pid, without which its Hello means nothing. */
    private boolean isUnborn(Session session) {
        Service known = service(session.service());
        return known != null && known.state() instanceof State.AwaitingSuccessorSpawn spawn
                && spawn.session() == session.number();
    }

    /** Takes the whole frames among what was peeked. Whether the socket is worth another look. */
    private boolean takeFrames(Session session, int available) {
        DirectBuffer peeked = wire.peeked();
        if (session.partialLength() > 0) {
            return takeRest(session, peeked, available);
        }
        int position = 0;
        while (position < available) {
            int left = available - position;
            int frameLength = FrameDecoder.frameLength(peeked, position, left);
            if (frameLength < 0) {
                reject(session, peeked, position, left, decoder.decode(peeked, position, left));
                return false;
            }
            if (frameLength == FrameDecoder.LENGTH_UNKNOWN || frameLength > left) {
                if (left <= LEAVE_QUEUED_BYTES && frameLength <= LARGE_FRAME_BYTES) {
                    return position > 0;
                }
                takeFragment(session, peeked, position, left);
                return true;
            }
            if (!received(session, peeked, position, frameLength, frameLength)) {
                return false;
            }
            position += frameLength;
        }
        return true;
    }

    /** A large frame came in parts: takes the next part, and the frame once it is whole. */
    private boolean takeRest(Session session, DirectBuffer peeked, int available) {
        int have = session.partialLength();
        int missingHead = Math.max(0, Integer.BYTES - have);
        if (missingHead > available) {
            takeFragment(session, peeked, 0, available);
            return true;
        }
        session.partial().putBytes(have, peeked, 0, available);
        int frameLength = FrameDecoder.frameLength(session.partial(), 0, have + available);
        if (frameLength < 0) {
            reject(session, session.partial(), 0, have,
                    decoder.decode(session.partial(), 0, Math.max(have, Integer.BYTES)));
            return false;
        }
        int missing = frameLength - have;
        if (missing > available) {
            takeFragment(session, peeked, 0, available);
            return true;
        }
        return received(session, session.partial(), 0, frameLength, missing);
    }

    private void takeFragment(Session session, DirectBuffer from, int offset, int length) {
        byte[] bytes = new byte[length];
        from.getBytes(offset, bytes);
        int have = session.partialLength();
        session.partial().putBytes(have, bytes);
        session.partialLength(have + length);
        long streamOffset = session.streamOffset();
        Event event = new Event.FragmentReceived(
                new Stamp(nowNs(), session.service(), handoffIdOf(session.service())), session.number(), session.side(),
                streamOffset, Bytes.of(bytes));
        log.append(event);
        wire.consume(session, length);
        stepAndRun(event);
    }

    /** One whole frame: append, consume, step, run. Whether the session is still there. */
    private boolean received(Session session, DirectBuffer buffer, int offset, int length, int toConsume) {
        HandoffId handoffId = handoffIdOf(session.service());
        frameAt.set(nowNs(), session.service(), handoffId.mostSignificantBits(), handoffId.leastSignificantBits(),
                session.number(), session.side(),
                session.streamOffset() - (length - toConsume));
        if (isHeartbeat(buffer, offset, length)) {
            log.appendReceived(frameAt, buffer, offset, length);
            consumeFrame(session, toConsume);
            if (!fold.takeHeartbeat(session.service(), session.number(), session.side(), heartbeat.protoVersion(),
                    frameAt.timeNs())) {
                stepAndRun(new Event.MessageReceived(new Stamp(frameAt.timeNs(), session.service(), handoffId),
                        session.number(), session.side(), frameAt.streamOffset(), heartbeat.protoVersion(),
                        heartbeat.toMessage()));
            }
            return !session.abandoned();
        }
        switch (decoder.decode(buffer, offset, length)) {
            case Decoded.Frame frame -> {
                log.appendReceived(frameAt, buffer, offset, length);
                consumeFrame(session, toConsume);
                stepAndRun(new Event.MessageReceived(new Stamp(frameAt.timeNs(), session.service(), handoffId),
                        session.number(), session.side(), frameAt.streamOffset(), frame.protoVersion(),
                        frame.message()));
                return !session.abandoned();
            }
            case Decoded.Malformed malformed -> {
                reject(session, buffer, offset, length, malformed);
                return false;
            }
            case Decoded.Incomplete incomplete -> throw new IllegalStateException(
                    "a frame of " + length + " bytes needs " + incomplete.needed());
        }
    }

    private void consumeFrame(Session session, int bytes) {
        wire.consume(session, bytes);
        session.partialLength(0);
    }

    /** Whether the frame is a heartbeat through and through, which is then decoded. */
    private boolean isHeartbeat(DirectBuffer buffer, int offset, int length) {
        return FrameDecoder.peekKind(buffer, offset, length) == MessageKind.HEARTBEAT.discriminant()
                && heartbeat.decode(buffer, offset, length) > 0;
    }

    private void reject(Session session, DirectBuffer buffer, int offset, int length, Decoded decoded) {
        Decoded.Malformed malformed = (Decoded.Malformed) decoded;
        byte[] bytes = new byte[Math.min(length, REJECTED_BYTES)];
        buffer.getBytes(offset, bytes);
        session.markEnded();
        happened(stamp -> new Event.FrameRejected(stamp, session.number(), session.side(), session.streamOffset(),
                malformed.kind().wireName(), malformed.reason(), Bytes.of(bytes)), session.service(),
                handoffIdOf(session.service()));
    }

    private void ended(Session session, String cause) {
        session.markEnded();
        String where = session.partialLength() > 0 ? " inside a frame" : "";
        happened(stamp -> new Event.SessionClosed(stamp, session.number(), session.side(), cause + where),
                session.service(), handoffIdOf(session.service()));
    }

    // ---- Writing --------------------------------------------------------------------------------------------------------

    /** One outbound message: append, then write. */
    public void send(int service, long number, Side to, Message message) {
        int length = encoder.encode(message, wire.out(), 0);
        HandoffId handoffId = handoffIdOf(service, message);
        long timeNs = nowNs();
        log.appendSending(frameAt.set(timeNs, service, handoffId.mostSignificantBits(),
                handoffId.leastSignificantBits(), number, to, 0), wire.out(), 0, length);
        stepAndRun(new Event.MessageSending(new Stamp(timeNs, service, handoffId), number, to, message));
        Session session = wire.session(Session.token(service, number));
        if (session == null || session.ended() || session.fd() == Session.NO_DESCRIPTOR) {
            LOG.debug("session {} of service {} is gone: {} is not written", number, service, message.kind());
            return;
        }
        boolean mayBeSkipped = message instanceof Message.Heartbeat;
        if (!session.unwritten().isEmpty()) {
            if (!mayBeSkipped) {
                wire.keepForLater(session, length);
            }
            return;
        }
        int sent = wire.write(session, length);
        if (sent == -Errno.EAGAIN) {
            if (!mayBeSkipped) {
                wire.keepForLater(session, length);
                long taken = session.streamOffset();
                timers.later(BLOCKED_WRITE_NS, () -> stillBlocked(session, taken));
            }
        } else if (sent < 0) {
            afterwards(() -> writeFailed(session, sent));
        }
    }

    /** A message that names its handoff belongs there even where the state has left it, as it has when {@code Commit} goes out. */
    private HandoffId handoffIdOf(int service, Message message) {
        return switch (message) {
            case Message.HelloAck m -> m.handoffId();
            case Message.PrepareHandoff m -> m.handoffId();
            case Message.SealRequest m -> m.handoffId();
            case Message.Begin m -> m.handoffId();
            case Message.Commit m -> m.handoffId();
            case Message.Abort m -> m.handoffId();
            case Message.ResumeAfterAbort m -> m.handoffId();
            case Message.Hello _,Message.Drained _,Message.SealProgress _,Message.SealComplete _,Message.SealFailed _,Message.Ready _,Message.Heartbeat _ ->
                handoffIdOf(service);
        };
    }

    /** A session that kept something to write can be written to again; null is none. */
    public void writable(Session session) {
        if (session == null || session.ended() || session.unwritten().isEmpty()) {
            return;
        }
        int result = wire.writeKept(session);
        if (result < 0 && result != -Errno.EAGAIN) {
            writeFailed(session, result);
        }
    }

    private void stillBlocked(Session session, long streamOffsetThen) {
        if (session.abandoned() || session.ended() || session.unwritten().isEmpty()) {
            return;
        }
        readable(session);
        if (!session.ended() && session.streamOffset() == streamOffsetThen) {
            ended(session, "a write made no progress for 10 s");
        }
    }

    /** A peer that has gone may have spoken before: what it said is read before its end is told. */
    private void writeFailed(Session session, int error) {
        readable(session);
        if (!session.ended() && !session.abandoned()) {
            ended(session, "write failed: " + Errno.name(-error));
        }
    }

    // ---- The fence ------------------------------------------------------------------------------------------------------

    /** Writes a heartbeat, then looks until the peer has taken everything. */
    public void fence(int service, long number) {
        send(service, number, Side.INCUMBENT, new Message.Heartbeat(nowNs() / 1_000_000));
        afterwards(() -> lookAtFence(service, number, FENCE_FIRST_NS));
    }

    private void lookAtFence(int service, long number, long againNs) {
        Session session = wire.session(Session.token(service, number));
        if (session == null || session.ended()) {
            return;
        }
        if (session.unwritten().isEmpty() && wire.bytesUnsent(session) == 0) {
            readable(session);
            if (!session.ended() && !session.abandoned()) {
                happened(stamp -> new Event.FencePassed(stamp, number), service, handoffIdOf(service));
            }
            return;
        }
        timers.later(againNs, () -> lookAtFence(service, number, Math.min(againNs * 2, FENCE_LONGEST_NS)));
    }
}
