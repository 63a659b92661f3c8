package dev.handoff.coordinator.core;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.codec.event.Verdict;

/** States with any content their types allow, reachable or not; the same seed gives the same ones. */
final class RandomStates {

    /** How many kinds of state there are, for {@link #state(int)}. */
    static final int KINDS = 18;

    private static final String[] TEXTS = {"", "a", "/opt/kv/bin/kv", "é → 😀", "line\nline", "\0"};

    private final SplittableRandom random;

    RandomStates(long seed) {
        this.random = new SplittableRandom(seed);
    }

    CoordinatorState next() {
        CoordinatorState state = new CoordinatorState(Services.NONE, random.nextBoolean(), text());
        for (int left = random.nextInt(5); left > 0; left--) {
            state = state.with(service(random.nextInt()));
        }
        return state;
    }

    LastHeard heard(CoordinatorState state) {
        LastHeard heard = new LastHeard();
        for (Service service : state.services().values()) {
            heard.heard(service.number(), Side.INCUMBENT, anyLong());
            heard.heard(service.number(), Side.SUCCESSOR, anyLong());
            if (random.nextBoolean()) {
                heard.partial(service.number(), oneOf(Side.values()), 1 + random.nextLong(9), 1 + random.nextLong(99));
            }
        }
        if (random.nextBoolean()) {
            heard.doubt(random.nextInt(), oneOf(Side.values()), oneOf(MessageKind.values()));
        }
        return heard;
    }

    Service service(int number) {
        ArmedTimers timers = ArmedTimers.NONE;
        for (TimerKind kind : TimerKind.values()) {
            if (random.nextInt(4) == 0) {
                timers = timers.with(kind, anyLong());
            }
        }
        List<Service.Departing> departing = Stream
                .generate(() -> new Service.Departing(daemon(), anyLong(), id(), anyLong(), random.nextBoolean()))
                .limit(random.nextInt(3)).toList();
        Service.Last last = random.nextBoolean()
                ? Service.Last.NONE
                : new Service.Last(id(), oneOf(Outcome.values()), text(), anyLong());
        ServicePolicy policy = new ServicePolicy(positive(), positive(), positive(), positive(), positive(),
                positive(), positive(), random.nextInt(Integer.MAX_VALUE), random.nextBoolean(),
                random.nextBoolean());
        return new Service(number, text(), policy, text(), text(), state(random.nextInt(KINDS)), anyLong(), anyLong(),
                timers,
                departing, owed(number), last);
    }

    State state(int kind) {
        return switch (kind) {
            case 0 -> new State.Stopped();
            case 1 -> new State.AwaitingSpawn(text(), random.nextInt());
            case 2 -> new State.AwaitingIncumbentUp(peer(), random.nextInt(), random.nextBoolean());
            case 3 -> new State.Serving(peer(), anyLong(), text(), random.nextInt());
            case 4 -> new State.AwaitingRestart(random.nextInt(), text());
            case 5 -> new State.Failed(text());
            case 6 -> new State.AwaitingExit(daemons(), random.nextBoolean());
            case 7 -> new State.AwaitingBinary(handoff(), peer());
            case 8 -> new State.AwaitingIncumbentHello(handoff(), peer());
            case 9 -> new State.AwaitingSuccessorSpawn(handoff(), peer(), anyLong());
            case 10 -> new State.AwaitingSuccessorHello(handoff(), peer(), peer());
            case 11 -> new State.AwaitingDrained(handoff(), peer(), peer(), random.nextBoolean());
            case 12 -> new State.AwaitingSealComplete(handoff(), peer(), peer(), anyLong(), anyLong(),
                    random.nextBoolean());
            case 13 -> new State.AwaitingReady(handoff(), peer(), peer(), sealed());
            case 14 -> new State.AwaitingLockSeen(handoff(), peer(), peer(), sealed());
            case 15 ->
                new State.AwaitingSuccessorExit(handoff(), peer(), peer(), oneOf(State.Undo.values()), text());
            case 16 -> new State.AwaitingIncumbentResumed(handoff(), peer(), oneOf(State.Undo.values()), text());
            case 17 -> new State.AwaitingIncumbentProbed(handoff(), peer(), text(), text());
            default -> throw new IllegalArgumentException("no state of kind " + kind);
        };
    }

    private List<Event.Decision> owed(int service) {
        Stamp stamp = new Stamp(anyLong(), service, id());
        return Stream.<Event.Decision>generate(() -> random.nextBoolean()
                ? new Event.HandoffEnded(stamp, oneOf(Outcome.values()), text())
                : new Event.GateJudged(stamp, oneOf(Gate.values()), oneOf(Verdict.values()), text()))
                .limit(random.nextInt(3)).toList();
    }

    private Handoff handoff() {
        return new Handoff(id(), anyLong(), anyLong(), anyLong(), text(), text(), anyLong(),
                new Sent(random.nextInt(1 << 14), random.nextInt(1 << 14)), random.nextInt(4));
    }

    private Peer peer() {
        return new Peer(daemon(), random.nextBoolean(), anyLong(), new Capabilities(random.nextLong()));
    }

    private List<Daemon> daemons() {
        List<Daemon> daemons = new ArrayList<>();
        for (int left = random.nextInt(3); left > 0; left--) {
            daemons.add(daemon());
        }
        return daemons;
    }

    private Daemon daemon() {
        return new Daemon(anyLong(), anyLong(), text(), text());
    }

    private Sealed sealed() {
        if (random.nextBoolean()) {
            return new Sealed.Never();
        }
        byte[] fingerprint = new byte[Fingerprint.BYTES];
        random.nextBytes(fingerprint);
        return new Sealed.Complete(ShardRevisions.of(random.longs(random.nextInt(20)).toArray()),
                Fingerprint.of(fingerprint));
    }

    private HandoffId id() {
        return new HandoffId(random.nextLong(), random.nextLong());
    }

    private long anyLong() {
        return random.nextLong() >>> random.nextInt(Long.SIZE);
    }

    private long positive() {
        return anyLong() & Long.MAX_VALUE;
    }

    private String text() {
        return oneOf(TEXTS);
    }

    private <T> T oneOf(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
