package dev.handoff.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Found;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.StateCodec;
import dev.handoff.coordinator.loop.JournalLog;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.coordinator.loop.Named;
import dev.handoff.coordinator.loop.Past;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.coordinator.loop.Session;
import dev.handoff.coordinator.loop.Settling;
import dev.handoff.coordinator.loop.StateSnapshots;
import dev.handoff.coordinator.loop.Takeover;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalFailure;
import dev.handoff.journal.MemoryJournal;
import dev.handoff.journal.OpenOutcome;

/**
 * One life of the coordinator: the production recovery, takeover, loop and core on a simulated machine. A kill in the middle
 * of a step unwinds out of it, and nothing of this object is used again.
 */
final class CoordinatorProcess extends SimulatedProcess {

    /** What the process ends with when its journal does not take a record. */
    private static final int EXIT_JOURNAL = 74;

    // How the shell waits for the locks' holders when it had to end sessions.

    private final StateCodec states = new StateCodec();
    private LoopAgent loop;
    private Journal opened;
    private SimulatedWire wire;
    private SimulatedEffects effects;
    private final Set<String> kept = new TreeSet<>();
    private boolean starting = true;
    private long requests;
    private boolean stepped = true;
    private boolean inStep;

    CoordinatorProcess(World world) {
        super(world);
        world.listener().hold(pid());
    }

    /** The name that a session is parked under. */
    static String nameOf(Session session) {
        return (session.side() == Side.INCUMBENT ? "incumbent." : "successor.") + session.service() + "."
                + session.number();
    }

    /** What a daemon's environment says of the order it was spawned by. */
    static String mark(int service, Side role, long session) {
        return service + ":" + role + ":" + session;
    }

    // ---- The start

    void begin(long startNs) {
        after(startNs, () -> {
            try {
                start();
            } catch (JournalFailure failure) {
                journalFailed(failure);
            }
        });
    }

    private void start() {
        StateSnapshots snapshots = new StateSnapshots();
        switch (MemoryJournal.open(world().storage(), world().journalOptions(snapshots))) {
            case OpenOutcome.Refused refused -> journalFailed(refused.failure());
            case OpenOutcome.Opened opened -> {
                switch (Recovery.replay(opened.journal(), opened.found())) {
                    case Recovery.NotUnderstood not -> throw new Violation("replay-is-live", not.reason());
                    case Recovery.Replayed(Past past) -> takeOver(opened.journal(), past, snapshots);
                }
            }
        }
    }

    private void takeOver(Journal journal, Past past, StateSnapshots snapshots) {
        opened = journal;
        snapshots.follow(past.fold());
        Service service = past.fold().state().services().get(World.SERVICE);
        world().recovered(states.hash(past.fold().state(), past.fold().lastHeard()), past.damage(),
                service == null ? HandoffId.NONE : service.state().handoffId());
        JournalTap tap = new JournalTap(world(), journal);
        Mutant.Wiring wiring = world().mutant().wiring(world());
        wire = new SimulatedWire(world(), this, tap);
        SimulatedTimers timers = new SimulatedTimers(world(), this);
        effects = new SimulatedEffects(world(), this, wire, timers, tap);
        loop = new LoopAgent(world().agenda()::nowNs, wiring.log(new PointLog(new JournalLog(tap), this)), past.fold(),
                wiring.wire(wire), timers, wiring.effects(new PointEffects(effects, this)));
        List<Long> sessions = takeSockets(past);
        if (endStrays() || !past.damage().isEmpty()) {
            settle(new Settling(world().agenda().nowNs(), !past.damage().isEmpty()), () -> goOn(past, sessions));
        } else {
            goOn(past, sessions);
        }
    }

    /** Sessions were just ended: waits until it is clear who holds the lock, for some seconds at most. */
    private void settle(Settling settling, Runnable then) {
        Daemon holder = holder(false);
        if (settling.isClear(holder == null ? 0 : holder.pid(), world().agenda().nowNs())) {
            then.run();
            return;
        }
        after(Settling.LOOK_AGAIN_NS, () -> settle(settling, then));
    }

    private void goOn(Past past, List<Long> sessions) {
        Found found = lookAround(past, sessions);
        starting = false;
        input(agent -> Takeover.run(agent,
                List.of(new Takeover.Configured(World.SERVICE, "kv", world().configuredBinary(), world().policy())),
                new Takeover.Facts(pid(), "sim", world().processes().bootId(), past.damage(), List.of(found))));
        wire.sessions().stream().filter(session -> session.fd() != Session.NO_DESCRIPTOR).forEach(wire::watch);
        world().keeper().coordinatorReady();
    }

    /** What is true now: processes that are gone or were started unseen, and who holds the lock. */
    private Found lookAround(Past past, List<Long> sessions) {
        Service service = past.fold().state().services().get(World.SERVICE);
        List<Long> gone = new ArrayList<>();
        boolean somebody = false;
        boolean sameBoot = world().processes().bootId().equals(past.fold().state().bootId());
        if (service != null) {
            for (var daemon : Named.daemons(service)) {
                SimulatedProcess living = world().processes().living(daemon.pid());
                if (sameBoot && living != null && living.startTicks() == daemon.startTicks()) {
                    effects.watch(daemon.pid());
                    somebody = true;
                } else {
                    gone.add(daemon.pid());
                }
            }
        }
        Daemon spawned = service != null && Named.awaitsSpawn(service) ? orphan(service) : null;
        Daemon holder = holder((!somebody && spawned == null) || !past.damage().isEmpty());
        if (spawned != null) {
            effects.watch(spawned.pid());
        }
        if (holder != null) {
            effects.watch(holder.pid());
        }
        return new Found(World.SERVICE, sessions, gone, spawned == null ? 0 : spawned.pid(),
                spawned == null ? 0 : spawned.startTicks(), holder == null ? 0 : holder.pid(),
                holder == null ? 0 : holder.startTicks());
    }

    /** Who holds the lock; where its directory is not configured, and {@code ask}, who answers on the control socket. */
    private Daemon holder(boolean ask) {
        return world().policy().lockGate() ? world().data().holder() : ask ? world().control().owner() : null;
    }

    private List<Long> takeSockets(Past past) {
        List<Long> taken = new ArrayList<>();
        Service service = past.fold().state().services().get(World.SERVICE);
        if (service == null || !past.damage().isEmpty()) {
            return taken;
        }
        Map<String, SocketEnd> handedBack = world().keeper().handedBack();
        for (Named.NamedSession one : Named.sessions(service)) {
            Session session = wire.awaitConnection(World.SERVICE, one.number(), one.side());
            SocketEnd end = handedBack.get(nameOf(session));
            if (end != null) {
                hold(end);
                wire.connected(session, end);
                if (past.streams().resume(session, past.fold().lastHeard(), wire).isEmpty()) {
                    taken.add(one.number());
                    kept.add(nameOf(session));
                    continue;
                }
            }
            wire.close(World.SERVICE, one.number());
        }
        return taken;
    }

    /** What was handed back and nobody asked for; whether there was any. */
    private boolean endStrays() {
        boolean ended = false;
        for (Map.Entry<String, SocketEnd> parked : world().keeper().handedBack().entrySet()) {
            if (!kept.contains(parked.getKey())) {
                parked.getValue().shutdown();
                world().keeper().remove(parked.getKey());
                ended = true;
            }
        }
        return ended;
    }

    /** A process that was started for an order whose {@code Spawned} never reached the journal. */
    private Daemon orphan(Service service) {
        List<Long> known = Named.daemons(service).stream().map(daemon -> daemon.pid()).toList();
        for (SimulatedProcess process : world().processes().living()) {
            if (process instanceof Daemon daemon && !known.contains(daemon.pid())
                    && daemon.mark().equals(world().awaitedMark(service))) {
                return daemon;
            }
        }
        return null;
    }

    // ---- The loop

    /** One input of the loop, to its end. Within a step of this process. */
    void input(Consumer<LoopAgent> what) {
        if (starting) {
            return;
        }
        try {
            inStep = true;
            what.accept(loop);
            loop.endOfInput();
            loop.endOfBatch();
            stepped = true;
            inStep = false;
        } catch (JournalFailure failure) {
            journalFailed(failure);
        }
    }

    private void journalFailed(JournalFailure failure) {
        world().note(this, () -> "ends: " + failure.getMessage());
        die(new ExitStatus.Exited(EXIT_JOURNAL));
    }

    /** A process that this one watches has ended. */
    void processEnded(long pid) {
        after(world().wakeUpNs(), () -> input(agent -> effects.processEnded(pid, agent)));
    }

    boolean watches(long pid) {
        return effects != null && effects.watches(pid);
    }

    /** Whether the journal has nothing that the state has not: false between an append and its step. */
    void stepped(boolean isStepped) {
        stepped = isStepped;
    }

    /** A number for a request to this coordinator. */
    long nextRequest() {
        requests++;
        return requests;
    }

    /** The loop's state, or null before it has one. */
    Fold fold() {
        return loop == null ? null : loop.fold();
    }

    /** Whether it is up and between two inputs. */
    boolean isUp() {
        return alive() && !starting && !inStep;
    }

    /** What the loop appends to. */
    Journal journal() {
        return opened;
    }

    int sessions() {
        return wire == null ? 0 : wire.sessions().size();
    }

    void unpark(int service, Session session) {
        world().keeper().remove(nameOf(session));
    }

    @Override
    void died() {
        if (loop != null && stepped) {
            world().lastLive(states.hash(loop.fold().state(), loop.fold().lastHeard()));
        } else {
            world().lastLiveUnknown();
        }
        world().listener().release(pid());
        world().coordinatorDied();
    }

    /** Compares the live state with what its journal leads to. */
    void compareWithReplay() {
        long live = states.hash(loop.fold().state(), loop.fold().lastHeard());
        world().replayedHash().ifPresent(replayed -> world().safety().replayed(live, replayed, "while it runs"));
    }

    @Override
    public String toString() {
        return "coordinator pid " + pid();
    }
}
