package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Bytes;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.Gate;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.event.TimerKind;
import dev.handoff.codec.event.Verdict;

/**
 * One service in a made-up world that answers the core's orders, late, wrongly or not at all, and breaks whatever it can; then
 * heals, and everything must come to its end. The same seed gives the same walk. Checks after each event what must always hold.
 */
final class RandomWalk {

    private static final int SERVICE = 1;
    private static final int HEALING_LIMIT = 2_000;
    private static final Fingerprint FINGERPRINT = Fingerprint.of(new byte[Fingerprint.BYTES]);

    /** A connection that exists on our side. */
    private record Channel(Side side, long pid) {}

    private record Order(Side role, HandoffId handoffId, long session) {}

    private final SplittableRandom random;
    private final Rehearsal rehearsal = new Rehearsal();
    private final double trouble;
    private final boolean restarts;
    private final long[] capabilities;

    private long nowNs = Script.ORIGIN_NS;
    private long nextPid = 200;
    private long nextId = 1;
    private long nextRequest = 1;
    private boolean stopRequested;
    private boolean diesNext;
    private boolean exited;

    // The world as it is.
    private final Map<Long, Side> alive = new TreeMap<>();
    private final Set<Long> dying = new HashSet<>();
    private final Map<Long, Channel> open = new TreeMap<>();
    private final Map<Long, Long> connecting = new TreeMap<>();
    private final List<Order> spawning = new ArrayList<>();
    private final List<HandoffId> resolving = new ArrayList<>();
    private final List<HandoffId> lookingAtLock = new ArrayList<>();
    private final List<Long> fences = new ArrayList<>();

    // What has been seen so far, to judge by.
    private final Map<HandoffId, Long> accepted = new HashMap<>();
    private final Map<Long, Integer> ends = new HashMap<>();
    private final Set<Long> answered = new HashSet<>();
    private final Set<HandoffId> ended = new HashSet<>();
    private final Set<HandoffId> asked = new HashSet<>();
    private final Set<HandoffId> sealed = new HashSet<>();
    private final Map<HandoffId, Map<Gate, Verdict>> gates = new HashMap<>();
    private long highestSession;

    /**
     * @param trouble
     *            how often something goes wrong, 0..1
     * @param restarts
     *            whether the coordinator dies at times, all processes with it, or is stopped
     */
    RandomWalk(long seed, double trouble, boolean restarts) {
        this.random = new SplittableRandom(seed);
        this.trouble = trouble;
        this.restarts = restarts;
        this.capabilities = new long[]{0, Capabilities.IDEMPOTENT, Capabilities.HEARTBEATS | Capabilities.IDEMPOTENT,
            Capabilities.HEARTBEATS};
    }

    Rehearsal rehearsal() {
        return rehearsal;
    }

    void run(int events) {
        take(stamp -> new Event.CoordinatorStarted(stamp, 100, "test", "boot"), Stamp.COORDINATOR, HandoffId.NONE);
        configure(false);
        for (int i = 0; i < events && !exited; i++) {
            nowNs += random.nextInt(4) == 0 ? random.nextLong(3_000_000_000L) : random.nextLong(20_000_000L);
            diesNext |= restarts && random.nextInt(100) == 0;
            if (restarts && random.nextInt(100) == 0) {
                troubleAtTheTop();
            } else if (random.nextDouble() < trouble) {
                disturb();
            } else if (random.nextInt(10) == 0 && serving()) {
                requestSwap();
            } else {
                goOn();
            }
        }
    }

    /** Nothing goes wrong any more: what is under way ends, and so does the coordinator when it is asked to. */
    void heal() {
        diesNext = false;
        for (int i = 0; !settled(); i++) {
            assertTrue(i < HEALING_LIMIT, () -> "does not settle: " + service());
            nowNs += 1_000_000;
            goOn();
        }
        for (long request : accepted.values()) {
            assertEquals(1, ends.getOrDefault(request, 0), () -> "request " + request + " was never told its end");
        }
        assertEquals(Set.copyOf(accepted.keySet()), ended, "handoffs whose end is in the journal");
        if (!stopRequested) {
            stop();
        }
        for (int i = 0; !exited; i++) {
            assertTrue(i < HEALING_LIMIT, () -> "does not stop: " + service());
            nowNs += 1_000_000;
            goOn();
        }
        assertEquals(Map.of(), alive, "processes left behind");
        assertEquals(Map.of(), open, "sessions left open");
    }

    private Service service() {
        return rehearsal.service(SERVICE);
    }

    private State state() {
        return service().state();
    }

    private boolean serving() {
        return state() instanceof State.Serving;
    }

    private boolean settled() {
        return exited || (service().departing().isEmpty() && dying.isEmpty()
                && (state() instanceof State.Serving || state() instanceof State.Failed
                        || state() instanceof State.Stopped));
    }

    // ---- What the world does when nothing goes wrong --------------------------------------------------------------------

    private void goOn() {
        List<Runnable> possible = new ArrayList<>();
        for (Order order : List.copyOf(spawning)) {
            possible.add(() -> spawned(order));
        }
        connecting.forEach((session, pid) -> possible.add(() -> connected(session, pid)));
        for (HandoffId id : List.copyOf(resolving)) {
            possible.add(() -> resolved(id));
        }
        for (HandoffId id : List.copyOf(lookingAtLock)) {
            possible.add(() -> lockSeen(id));
        }
        for (long session : List.copyOf(fences)) {
            possible.add(() -> {
                fences.remove(session);
                answerBeforeReadingOn(session);
                take(stamp -> new Event.FencePassed(stamp, session));
            });
        }
        for (long pid : Set.copyOf(dying)) {
            possible.add(() -> exit(pid));
        }
        for (Service.Departing gone : service().departing()) {
            if (alive.containsKey(gone.daemon().pid())) {
                possible.add(() -> exit(gone.daemon().pid()));
            }
        }
        nextMessage(possible);
        if (possible.isEmpty() || random.nextInt(12) == 0) {
            fireNextTimer();
        } else {
            possible.get(random.nextInt(possible.size())).run();
        }
    }

    private void spawned(Order order) {
        spawning.remove(order);
        long pid = nextPid++;
        alive.put(pid, order.role());
        // Its channel may have been closed before it was even there.
        if (open.containsKey(order.session())) {
            open.put(order.session(), new Channel(Side.SUCCESSOR, pid));
        }
        take(stamp -> new Event.Spawned(stamp, order.role(), pid, pid), SERVICE, order.handoffId());
    }

    private void connected(long session, long pid) {
        connecting.remove(session);
        if (alive.containsKey(pid)) {
            open.put(session, new Channel(Side.INCUMBENT, pid));
            take(stamp -> new Event.SessionConnected(stamp, session, pid));
        } else {
            take(stamp -> new Event.ConnectFailed(stamp, session, 111, "refused"));
        }
    }

    private void resolved(HandoffId id) {
        resolving.remove(id);
        take(stamp -> new Event.BinaryResolved(stamp, "/opt/kv-" + id.leastSignificantBits(), 1, 2, FINGERPRINT),
                SERVICE,
                id);
    }

    private void lockSeen(HandoffId id) {
        lookingAtLock.remove(id);
        long holder = state() instanceof State.WithSuccessor with ? with.successor().daemon().pid() : 0;
        take(stamp -> new Event.LockSeen(stamp, holder), SERVICE, id);
    }

    private void nextMessage(List<Runnable> possible) {
        switch (state()) {
            case State.AwaitingIncumbentUp up -> hello(up.incumbent(), Side.INCUMBENT, possible);
            case State.AwaitingIncumbentHello a -> hello(a.incumbent(), Side.INCUMBENT, possible);
            case State.AwaitingIncumbentProbed a -> hello(a.incumbent(), Side.INCUMBENT, possible);
            case State.AwaitingSuccessorHello a -> hello(a.successor(), Side.SUCCESSOR, possible);
            case State.AwaitingDrained a -> {
                say(a.incumbent(), Side.INCUMBENT, new Message.Drained(0, true), possible);
                say(a.successor(), Side.SUCCESSOR, new Message.Heartbeat(1), possible);
            }
            case State.AwaitingSealComplete a -> {
                say(a.incumbent(), Side.INCUMBENT, new Message.SealProgress(nowNs % 3, 2, 3), possible);
                say(a.incumbent(), Side.INCUMBENT, sealComplete(a.handoff().id()), possible);
            }
            case State.AwaitingReady a -> {
                say(a.successor(), Side.SUCCESSOR, ready(a.handoff().id(), true, 7), possible);
                say(a.incumbent(), Side.INCUMBENT, new Message.Heartbeat(1), possible);
            }
            case State.Stopped _,State.AwaitingSpawn _,State.Serving _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _,State.AwaitingBinary _,State.AwaitingSuccessorSpawn _,State.AwaitingLockSeen _,State.AwaitingSuccessorExit _,State.AwaitingIncumbentResumed _ ->
                {
                }
        }
    }

    private void hello(Peer peer, Side role, List<Runnable> possible) {
        say(peer, role, hello(role, peer.daemon().pid()), possible);
    }

    private Message.Hello hello(Side role, long pid) {
        return new Message.Hello(role, pid, BuildId.parse("b1"), 1, 1,
                new Capabilities(capabilities[random.nextInt(capabilities.length)]));
    }

    private static Message.SealComplete sealComplete(HandoffId id) {
        return new Message.SealComplete(id, ShardRevisions.of(5, 7), FINGERPRINT);
    }

    private static Message.Ready ready(HandoffId id, boolean healthy, long revision) {
        return new Message.Ready(id, List.of(), healthy, ShardRevisions.of(5, revision));
    }

    private void say(Peer peer, Side from, Message message, List<Runnable> possible) {
        if (open.containsKey(peer.session()) && alive.containsKey(peer.daemon().pid())) {
            possible.add(() -> receive(peer.session(), from, message));
        }
    }

    private void receive(long session, Side from, Message message) {
        int protoVersion = random.nextDouble() < trouble / 20 ? 2 : 1;
        take(stamp -> new Event.MessageReceived(stamp, session, from, 0, protoVersion, message));
    }

    private void fireNextTimer() {
        service().timers().entrySet().stream().min(Map.Entry.comparingByValue()).ifPresent(timer -> {
            nowNs = Math.max(nowNs, timer.getValue());
            take(stamp -> new Event.TimerFired(stamp, timer.getKey(), timer.getValue()));
        });
    }

    private void exit(long pid) {
        // What it was connected to ends with it, seen before or after.
        List<Long> sessions = open.entrySet().stream().filter(e -> e.getValue().pid() == pid).map(Map.Entry::getKey)
                .toList();
        alive.remove(pid);
        dying.remove(pid);
        boolean closedFirst = random.nextBoolean();
        if (closedFirst) {
            sessions.forEach(this::close);
        }
        take(stamp -> new Event.ProcessExited(stamp, pid, new ExitStatus.Exited(0)));
    }

    private void close(long session) {
        Channel channel = open.remove(session);
        if (channel != null) {
            take(stamp -> new Event.SessionClosed(stamp, session, channel.side(), "end of stream"));
        }
    }

    // ---- What goes wrong ------------------------------------------------------------------------------------------------

    private void disturb() {
        switch (random.nextInt(19)) {
            case 0 -> requestSwap();
            case 1 -> take(stamp -> new Event.AbortRequested(stamp, nextRequest++, 0, 1));
            case 2, 3 -> anyOf(List.copyOf(alive.keySet()), this::exit);
            case 4 -> anyOf(List.copyOf(open.keySet()), this::close);
            case 5 -> anyOf(List.copyOf(open.keySet()), session -> take(stamp -> new Event.FrameRejected(stamp, session,
                    sideOf(session), 0, "Codec", "noise", Bytes.of(new byte[]{1}))));
            case 6 -> anyOf(List.copyOf(open.keySet()), session -> receive(session, sideOf(session), anyMessage()));
            case 7 -> anyOf(List.copyOf(open.keySet()),
                    session -> receive(session, sideOf(session), new Message.Heartbeat(1)));
            case 8 -> {
                long session = random.nextLong(highestSession + 3);
                if (!connecting.containsKey(session)) {
                    receive(session, random.nextBoolean() ? Side.INCUMBENT : Side.SUCCESSOR, anyMessage());
                }
            }
            case 9 -> fireNextTimer();
            case 10 -> take(stamp -> new Event.TimerFired(stamp,
                    TimerKind.ofNumber(random.nextInt(11)), nowNs - 1));
            case 11 -> anyOf(List.copyOf(spawning), order -> {
                spawning.remove(order);
                take(stamp -> new Event.SpawnFailed(stamp, order.role(), 12, "no memory"), SERVICE,
                        order.handoffId());
            });
            case 12 -> anyOf(List.copyOf(connecting.keySet()), session -> {
                connecting.remove(session);
                take(stamp -> new Event.ConnectFailed(stamp, session, 111, "refused"));
            });
            case 13 -> anyOf(List.copyOf(resolving), id -> {
                resolving.remove(id);
                take(stamp -> new Event.BinaryRejected(stamp, "no such file"), SERVICE, id);
            });
            case 14 -> anyOf(List.copyOf(lookingAtLock), id -> {
                lookingAtLock.remove(id);
                take(stamp -> new Event.LockSeen(stamp, random.nextInt(3) - 1), SERVICE, id);
            });
            case 15 -> noise();
            case 16 -> anyOf(List.copyOf(open.keySet()), session -> take(stamp -> new Event.FragmentReceived(stamp,
                    session, sideOf(session), 0, Bytes.of(new byte[]{1, 2}))));
            case 17 -> troubleAtTheTop();
            default -> nextFailure();
        }
    }

    private void troubleAtTheTop() {
        switch (random.nextInt(40)) {
            case 0 -> stop();
            case 1, 2, 3, 4 -> configure(false);
            case 5, 6, 7 -> {
                diesNext = restarts;
            }
            default -> fireNextTimer();
        }
    }

    /** What the peer whose turn it is can say to make the handoff fail. */
    private void nextFailure() {
        switch (state()) {
            case State.AwaitingSealComplete a when open.containsKey(a.incumbent().session()) -> receive(
                    a.incumbent().session(), Side.INCUMBENT,
                    new Message.SealFailed(random.nextInt(4) == 0 ? anyId() : a.handoff().id(), "disk full", ""));
            case State.AwaitingReady a when open.containsKey(a.successor().session()) ->
                receive(a.successor().session(), Side.SUCCESSOR,
                        ready(random.nextInt(4) == 0 ? anyId() : a.handoff().id(), random.nextBoolean(),
                                random.nextInt(10)));
            case State.AwaitingSuccessorHello a when open.containsKey(a.successor().session()) ->
                receive(a.successor().session(), Side.SUCCESSOR, switch (random.nextInt(3)) {
                    case 0 -> hello(Side.SUCCESSOR, 1);
                    case 1 -> hello(Side.INCUMBENT, a.successor().daemon().pid());
                    default -> new Message.Hello(Side.SUCCESSOR, a.successor().daemon().pid(), BuildId.EMPTY, 2, 3,
                            Capabilities.NONE);
                });
            case State.AwaitingIncumbentHello a when open.containsKey(a.incumbent().session()) -> receive(
                    a.incumbent().session(), Side.INCUMBENT, new Message.Hello(Side.INCUMBENT,
                            a.incumbent().daemon().pid(), BuildId.EMPTY, 2, 3, Capabilities.NONE));
            case State _ -> {
            }
        }
    }

    /** An answer that nobody waits for. */
    private void noise() {
        long session = random.nextLong(highestSession + 3);
        switch (random.nextInt(10)) {
            case 0 -> take(stamp -> new Event.FencePassed(stamp, session));
            case 1 -> take(stamp -> new Event.LockSeen(stamp, 1), SERVICE, anyId());
            case 2 -> take(stamp -> new Event.BinaryResolved(stamp, "/opt/stale", 0, 0, FINGERPRINT), SERVICE,
                    anyId());
            case 3 -> take(stamp -> new Event.BinaryRejected(stamp, "stale"), SERVICE, anyId());
            case 4 -> take(stamp -> new Event.ConnectFailed(stamp, highestSession + 1, 111, "stale"));
            case 5 -> take(stamp -> new Event.SpawnFailed(stamp, Side.SUCCESSOR, 1, "stale"), SERVICE, anyId());
            case 6 -> take(stamp -> new Event.ProcessExited(stamp, 1, new ExitStatus.Unknown()));
            case 7 -> {
                long unknown = highestSession + 1;
                open.put(unknown, new Channel(Side.INCUMBENT, 0));
                take(stamp -> new Event.SessionConnected(stamp, unknown, 1));
            }
            case 8 -> {
                long pid = nextPid++;
                alive.put(pid, Side.SUCCESSOR);
                take(stamp -> new Event.Spawned(stamp, Side.SUCCESSOR, pid, pid), SERVICE, new HandoffId(0, 0));
            }
            default -> take(stamp -> new Event.SessionClosed(stamp, highestSession + 1, Side.INCUMBENT, "stale"));
        }
    }

    private void requestSwap() {
        HandoffId id = new HandoffId(0, nextId++);
        long request = nextRequest++;
        String expectedBuild = random.nextInt(8) == 0 ? "ff" : random.nextBoolean() ? "b1" : "";
        boolean dies = diesNext;
        take(stamp -> new Event.SwapRequested(stamp, request, 0, 1, "/opt/kv", expectedBuild), SERVICE, id);
        assertTrue(dies || answered.contains(request), "a request is answered at once");
    }

    private void stop() {
        stopRequested = true;
        take(stamp -> new Event.StopRequested(stamp, "test"), Stamp.COORDINATOR, HandoffId.NONE);
    }

    private void configure(boolean takeover) {
        ServicePolicy d = ServicePolicy.DEFAULT;
        ServicePolicy policy = new ServicePolicy(d.drainGraceMs(), d.deadlineMs(), d.helloMs(), d.startMs(), d.exitMs(),
                d.killGraceMs(), d.restartMs(), random.nextInt(30) == 0 ? 1 : d.restartLimit(), random.nextBoolean(),
                random.nextBoolean());
        take(stamp -> new Event.ServiceConfigured(stamp, "kv", "/opt/kv-0", policy, takeover), SERVICE, HandoffId.NONE);
    }

    /** A stock incumbent reads nothing while it seals, and answers before it reads on. */
    private void answerBeforeReadingOn(long session) {
        if (state() instanceof State.AwaitingSealComplete a && a.incumbent().session() == session
                && asked.contains(a.handoff().id())) {
            receive(session, Side.INCUMBENT, sealComplete(a.handoff().id()));
        }
    }

    /** Another coordinator goes on, after a while in which anything may have happened. */
    private void takeOver() {
        nowNs += random.nextLong(8_000_000_000L);
        connecting.clear();
        resolving.clear();
        lookingAtLock.clear();
        fences.clear();
        if (!state().handoffId().equals(HandoffId.NONE)) {
            // Whoever asked may not even have heard that the handoff began.
            accepted.putIfAbsent(state().handoffId(), -state().handoffId().leastSignificantBits());
        }
        accepted.values().forEach(request -> ends.putIfAbsent(request, 1));
        stopRequested = false;
        if (random.nextInt(20) == 0) {
            alive.keySet().removeIf(_ -> random.nextBoolean());
        }
        if (random.nextInt(40) == 0) {
            alive.clear();
        }
        dying.retainAll(alive.keySet());
        Order found = findSpawned();
        spawning.clear();
        long pid = found == null ? 0 : nextPid++;
        if (found != null) {
            alive.put(pid, found.role());
            if (open.containsKey(found.session())) {
                open.put(found.session(), new Channel(Side.SUCCESSOR, pid));
            }
        }
        open.keySet().removeIf(session -> !parked(session) || random.nextInt(30) == 0);
        configure(true);
        boolean damaged = random.nextInt(25) == 0;
        List<Long> gone = named().stream().filter(one -> !alive.containsKey(one)).toList();
        long holder = holder(damaged);
        Service before = service();
        List<Long> sessions = List.copyOf(open.keySet());
        take(stamp -> new Event.CoordinatorRestarted(stamp, 101, "test", "boot", damaged ? "records 3 to 5" : "",
                List.of(new Found(SERVICE, sessions, gone, pid, pid, holder, holder))), Stamp.COORDINATOR,
                HandoffId.NONE);
        open.keySet().removeIf(session -> !sessionsOf(service()).contains(session));
        for (long session : sessionsOf(before)) {
            if (!sessions.contains(session)) {
                take(stamp -> new Event.SessionClosed(stamp, session, Side.INCUMBENT, "not handed back"));
            }
        }
        for (long one : gone) {
            take(stamp -> new Event.ProcessExited(stamp, one, new ExitStatus.Unknown()));
        }
    }

    /** The order that the state awaits the outcome of, if its process did start. */
    private Order findSpawned() {
        if (random.nextBoolean()) {
            return null;
        }
        return spawning.stream().filter(order -> switch (state()) {
            case State.AwaitingSpawn _ -> order.role() == Side.INCUMBENT;
            case State.AwaitingSuccessorSpawn a -> order.session() == a.session();
            case State.AwaitingExit exit -> exit.spawning();
            case State _ -> false;
        }).findFirst().orElse(null);
    }

    private boolean parked(long session) {
        return sessionsOf(service()).contains(session) && !(state() instanceof State.AwaitingIncumbentUp)
                && !(state() instanceof State.AwaitingIncumbentProbed);
    }

    private static Set<Long> sessionsOf(Service service) {
        Set<Long> sessions = new TreeSet<>();
        service.departing().forEach(gone -> sessions.add(gone.session()));
        switch (service.state()) {
            case State.AwaitingIncumbentUp up -> sessions.add(up.incumbent().session());
            case State.Serving serving -> sessions.add(serving.incumbent().session());
            case State.InHandoff flight -> {
                sessions.add(flight.incumbent().session());
                if (flight instanceof State.WithSuccessor with) {
                    sessions.add(with.successor().session());
                } else if (flight instanceof State.AwaitingSuccessorSpawn spawn) {
                    sessions.add(spawn.session());
                }
            }
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _ -> {
            }
        }
        sessions.remove(Peer.NO_SESSION);
        return sessions;
    }

    private Set<Long> named() {
        Set<Long> pids = new TreeSet<>();
        service().departing().forEach(gone -> pids.add(gone.daemon().pid()));
        switch (state()) {
            case State.AwaitingIncumbentUp up -> pids.add(up.incumbent().daemon().pid());
            case State.Serving serving -> pids.add(serving.incumbent().daemon().pid());
            case State.AwaitingExit exit -> exit.daemons().forEach(daemon -> pids.add(daemon.pid()));
            case State.InHandoff flight -> {
                if (flight.incumbent().alive()) {
                    pids.add(flight.incumbent().daemon().pid());
                }
                if (flight instanceof State.WithSuccessor with) {
                    pids.add(with.successor().daemon().pid());
                }
            }
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingRestart _,State.Failed _ -> {
            }
        }
        return pids;
    }

    /** Of a damaged journal's processes any may hold the lock; and now and then a stranger does. */
    private long holder(boolean damaged) {
        List<Long> candidates = new ArrayList<>(named());
        candidates.retainAll(alive.keySet());
        boolean strange = random.nextInt(20) == 0 && candidates.isEmpty() && alive.isEmpty();
        if (strange) {
            long pid = nextPid++;
            alive.put(pid, Side.INCUMBENT);
            return pid;
        }
        return damaged && !candidates.isEmpty() ? candidates.get(random.nextInt(candidates.size())) : 0;
    }

    private <T> void anyOf(List<T> candidates, Consumer<T> then) {
        if (!candidates.isEmpty()) {
            then.accept(candidates.get(random.nextInt(candidates.size())));
        }
    }

    private Side sideOf(long session) {
        return open.get(session).side();
    }

    private HandoffId anyId() {
        return new HandoffId(0, random.nextLong(nextId + 1));
    }

    private Message anyMessage() {
        HandoffId id = random.nextBoolean() ? state().handoffId() : anyId();
        return switch (random.nextInt(9)) {
            case 0 -> hello(random.nextBoolean() ? Side.INCUMBENT : Side.SUCCESSOR, nextPid - 1);
            case 1 -> new Message.Drained(1, false);
            case 2 -> new Message.SealProgress(nowNs % 3, 2, 3);
            case 3 -> sealComplete(id);
            case 4 -> new Message.SealFailed(id, "no", "half");
            case 5 -> ready(id, random.nextBoolean(), random.nextInt(10));
            case 6 -> new Message.Commit(id);
            case 7 -> new Message.Begin(id);
            default -> new Message.Heartbeat(nowNs);
        };
    }

    // ---- Taking an event, and judging what follows ----------------------------------------------------------------------

    private void take(Function<Stamp, Event> event) {
        take(event, SERVICE, rehearsal.service(SERVICE).state().handoffId());
    }

    private void take(Function<Stamp, Event> make, int service, HandoffId handoffId) {
        Event event = make.apply(new Stamp(nowNs, service, handoffId));
        if (event instanceof Event.MessageReceived received
                && received.message() instanceof Message.SealComplete complete
                && state() instanceof State.AwaitingSealComplete awaiting
                && awaiting.incumbent().session() == received.session()) {
            sealed.add(complete.handoffId());
        }
        if (diesNext && rehearsal.service(SERVICE) != null) {
            diesNext = false;
            die(event);
            return;
        }
        Rehearsal.Step step = rehearsal.take(event);
        for (Effect effect : step.effects()) {
            obey(effect, step, true);
        }
    }

    /** The coordinator dies after some of what the event orders; of the last message nobody knows whether it was written. */
    private void die(Event event) {
        Rehearsal.Step step = rehearsal.takeAndDie(event, random.nextInt(6));
        int left = step.effects().size();
        for (Effect effect : step.effects()) {
            left--;
            obey(effect, step, left > 0 || random.nextBoolean());
        }
        if (!exited) {
            takeOver();
        }
    }

    private void obey(Effect effect, Rehearsal.Step step, boolean written) {
        switch (effect) {
            case Effect.SendToIncumbent e -> {
                assertTrue(open.containsKey(e.session()), () -> "sent into a session that is not open: " + e);
                judge(e, step, written);
            }
            case Effect.SendToSuccessor e -> {
                assertTrue(open.containsKey(e.session()), () -> "sent into a session that is not open: " + e);
                if (e.message() instanceof Message.Begin begin) {
                    Peer incumbent = ((State.InHandoff) step.before().services().get(SERVICE).state()).incumbent();
                    assertTrue(
                            sealed.contains(begin.handoffId()) || !alive.containsKey(incumbent.daemon().pid()),
                            () -> "Begin without a seal, and the incumbent lives: " + step);
                }
            }
            case Effect.Connect e -> {
                assertTrue(e.session() > highestSession, () -> "session number used twice: " + e);
                highestSession = e.session();
                connecting.put(e.session(), e.expectedPid());
            }
            case Effect.CloseSession e -> {
                connecting.remove(e.session());
                open.remove(e.session());
                fences.remove(e.session());
            }
            case Effect.ResolveBinary e -> resolving.add(e.handoffId());
            case Effect.SpawnSuccessor e -> {
                assertTrue(e.session() > highestSession, () -> "session number used twice: " + e);
                highestSession = e.session();
                open.put(e.session(), new Channel(Side.SUCCESSOR, 0));
                // A fresh successor of the same handoff is judged anew.
                gates.remove(e.handoffId());
                spawning.add(new Order(Side.SUCCESSOR, e.handoffId(), e.session()));
            }
            case Effect.SpawnIncumbent _ -> {
                Set<Long> departing = new HashSet<>();
                step.after().services().get(SERVICE).departing().forEach(gone -> departing.add(gone.daemon().pid()));
                for (long pid : alive.keySet()) {
                    assertTrue(departing.contains(pid), () -> "a second daemon beside pid " + pid + ": " + step);
                }
                spawning.add(new Order(Side.INCUMBENT, HandoffId.NONE, Peer.NO_SESSION));
            }
            case Effect.Terminate e -> doom(e.daemon());
            case Effect.Kill e -> doom(e.daemon());
            case Effect.Fence e -> {
                assertTrue(open.containsKey(e.session()), () -> "a fence in a session that is not open: " + e);
                fences.add(e.session());
            }
            case Effect.LookAtLock e -> lookingAtLock.add(e.handoffId());
            case Effect.Respond e -> respond(e, step);
            case Effect.Note e -> note(e);
            case Effect.Exit _ -> {
                assertFalse(exited, "exits once");
                exited = true;
            }
            case Effect.ArmTimer _,Effect.CancelTimer _ -> {
            }
        }
    }

    private void doom(Daemon daemon) {
        if (alive.containsKey(daemon.pid())) {
            dying.add(daemon.pid());
        }
    }

    private void judge(Effect.SendToIncumbent e, Rehearsal.Step step, boolean written) {
        switch (e.message()) {
            case Message.SealRequest seal -> {
                boolean twice = written && !asked.add(seal.handoffId());
                assertFalse(
                        twice && ((State.InHandoff) step.after().services().get(SERVICE).state()).incumbent().stock(),
                        () -> "sealed twice: " + step);
            }
            case Message.Commit commit -> {
                Map<Gate, Verdict> verdicts = gates.getOrDefault(commit.handoffId(), Map.of());
                assertEquals(Verdict.PASSED, verdicts.get(Gate.HEALTH), () -> "commit of the unhealthy: " + step);
                assertTrue(verdicts.containsKey(Gate.REVISION), () -> "commit without the revision gate: " + step);
                assertFalse(verdicts.containsValue(Verdict.FAILED), () -> "commit through a closed gate: " + step);
            }
            case Message.ResumeAfterAbort _ -> alive.forEach((pid, role) -> {
                State before = step.before().services().get(SERVICE).state();
                boolean itsSuccessor = before instanceof State.WithSuccessor with
                        && with.successor().daemon().pid() == pid;
                assertFalse(itsSuccessor, () -> "resumed while the successor lives: " + step);
            });
            case Message.HelloAck _,Message.PrepareHandoff _,Message.Abort _,Message.Heartbeat _ -> {
            }
        }
    }

    private void note(Effect.Note e) {
        if (e.decision() instanceof Event.GateJudged judged) {
            assertNull(gates.computeIfAbsent(judged.stamp().handoffId(), _ -> new HashMap<>()).put(judged.gate(),
                    judged.verdict()), () -> "judged twice: " + judged);
        } else if (e.decision() instanceof Event.HandoffEnded end) {
            assertTrue(ended.add(end.stamp().handoffId()), () -> "ended twice: " + end);
        } else {
            fail("no decision of the core's: " + e);
        }
    }

    private void respond(Effect.Respond e, Rehearsal.Step step) {
        switch (e.answer()) {
            case Answer.Accepted(HandoffId id) -> {
                assertTrue(answered.add(e.requestId()), () -> "answered twice: " + step);
                accepted.put(id, e.requestId());
            }
            case Answer.Committed committed -> {
                assertTrue(alive.containsKey(committed.after().pid()), () -> "committed to the dead: " + step);
                end(committed.handoffId(), e);
            }
            case Answer.RolledBack rolledBack -> end(rolledBack.handoffId(), e);
            case Answer.Busy _,Answer.Refused _,Answer.Aborting _,Answer.NothingToAbort _ ->
                assertTrue(answered.add(e.requestId()), () -> "answered twice: " + step);
        }
    }

    private void end(HandoffId id, Effect.Respond e) {
        assertEquals(accepted.get(id), e.requestId(), () -> "told to somebody else: " + e);
        assertEquals(1, ends.merge(e.requestId(), 1, Integer::sum), () -> "told twice: " + e);
    }
}
