package dev.handoff.simulator;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.core.StateCodec;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.coordinator.loop.StateSnapshots;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalOptions;
import dev.handoff.journal.MemoryJournal;
import dev.handoff.journal.ReplayEnd;
import dev.handoff.journal.SyncLevel;

/**
 * One machine with its disks, one service on it, and everything that runs there: the coordinator, its store, the daemons,
 * the clients. {@link Handoffs} leads it through handoffs.
 */
final class World {

    /** The only service's number. */
    static final int SERVICE = 1;

    private static final long MS = 1_000_000;
    private static final long RESTART_NS = 2 * MS;
    private static final long SNAPSHOT_EVERY = 96;
    private static final int USUAL_BUFFER_BYTES = 200_000;

    private final Agenda agenda = new Agenda();
    private final Safety safety = new Safety();
    private final Processes processes = new Processes();
    private final DataDirectory data = new DataDirectory(safety);
    private final ServiceListener listener = new ServiceListener(safety);
    private final ControlSocket control = new ControlSocket(this);
    private final Keeper keeper = new Keeper(this);
    private final Clients clients = new Clients(this);
    private final Points points = new Points(this);
    private final StateCodec states = new StateCodec();
    private final TreeMap<Integer, DaemonPlan> plans = new TreeMap<>();
    private final TreeMap<Long, ExitStatus> exits = new TreeMap<>();
    private final Dice dice;
    private final FaultProfile profile;
    private final Mutant mutant;
    private final Optional<Trace> trace;
    private final RunHash hash;
    private final MemoryJournal.Storage storage;
    private final ServicePolicy policy;
    private final boolean batched;
    private final int bufferBytes;
    private CoordinatorProcess coordinator;
    private SimulatedProcess running;
    private Daemon incumbent;
    private Daemon successor;
    private OptionalLong lastLive = OptionalLong.empty();
    private long absenceNs = RESTART_NS;
    private HandoffId current = HandoffId.NONE;
    private boolean sealKnown;
    private boolean takenOver;
    private int starts;
    private boolean machineDying;
    private boolean calm;
    private long crashes;

    World(long seed, FaultProfile profile, Mutant mutant, Optional<Trace> trace, RunHash hash) {
        this.dice = new Dice(seed);
        this.profile = profile;
        this.mutant = mutant;
        this.trace = trace;
        this.hash = hash;
        storage = new MemoryJournal.Storage().withId(new UUID(0, seed));
        batched = profile == FaultProfile.NONE || dice.perMille(500);
        bufferBytes = profile.misbehaves() && dice.perMille(200) ? 600 : USUAL_BUFFER_BYTES;
        policy = profile == FaultProfile.NONE
                ? ServicePolicy.DEFAULT
                : new ServicePolicy(dice.between(1_000, 8_000), dice.between(8_000, 30_000), 5_000, 10_000,
                        dice.between(1_000, 10_000), dice.between(100, 1_000), 100, 10, dice.perMille(800),
                        dice.perMille(700));
    }

    // ---- What there is

    Agenda agenda() {
        return agenda;
    }

    Dice dice() {
        return dice;
    }

    RunHash hash() {
        return hash;
    }

    Safety safety() {
        return safety;
    }

    Processes processes() {
        return processes;
    }

    Points points() {
        return points;
    }

    DataDirectory data() {
        return data;
    }

    ControlSocket control() {
        return control;
    }

    ServiceListener listener() {
        return listener;
    }

    Keeper keeper() {
        return keeper;
    }

    Clients clients() {
        return clients;
    }

    Mutant mutant() {
        return mutant;
    }

    FaultProfile profile() {
        return profile;
    }

    ServicePolicy policy() {
        return policy;
    }

    MemoryJournal.Storage storage() {
        return storage;
    }

    CoordinatorProcess coordinator() {
        return coordinator;
    }

    /** Of coordinators, daemons and machines, so far. */
    long crashes() {
        return crashes;
    }

    SimulatedProcess running() {
        return running;
    }

    void running(SimulatedProcess process) {
        running = process;
    }

    /** Sockets and schedulers behave from now on. */
    void calm(boolean isCalm) {
        calm = isCalm;
    }

    private boolean jitters() {
        return profile.misbehaves() && !calm;
    }

    /** From something that happened to the process that waits for it. */
    long wakeUpNs() {
        if (profile == FaultProfile.NONE) {
            return 20_000;
        }
        return jitters() && dice.perMille(20) ? dice.spread(MS, 300 * MS) : dice.between(5_000, 200_000);
    }

    /** So many of {@code bytes} go at once. */
    int pieceOf(int bytes) {
        return bytes > 1 && jitters() && dice.perMille(100) ? 1 + dice.below(bytes) : bytes;
    }

    /** How much unread a socket holds. */
    int bufferBytes() {
        return bufferBytes;
    }

    JournalOptions journalOptions(StateSnapshots snapshots) {
        return JournalOptions.of(java.nio.file.Path.of("memory")).withBuild("sim")
                .withSync(batched ? SyncLevel.BATCH : SyncLevel.NONE).withSnapshots(snapshots)
                .withSnapshotEvery(SNAPSHOT_EVERY).withClockMs(() -> agenda.nowNs() / MS);
    }

    // ---- Processes

    /** The machine starts, and with it the store and a first coordinator. */
    void boot() {
        listener.hold(ServiceListener.STORE);
        startCoordinator();
    }

    private void startCoordinator() {
        coordinator = new CoordinatorProcess(this);
        processes.started(coordinator);
        coordinator.begin(profile == FaultProfile.NONE ? MS : dice.spread(MS, 100 * MS));
    }

    /** What a cold start runs before anything was committed. */
    String configuredBinary() {
        return "/g/0";
    }

    void plan(DaemonPlan plan) {
        plans.put(plan.generation(), plan);
    }

    /** Starts what this path stands for. */
    Daemon spawn(String binary, Optional<SocketEnd> channel, String mark) {
        DaemonPlan plan = plans.get(Integer.parseInt(binary.substring("/g/".length())));
        Daemon daemon = plan.stock()
                ? new StockDaemon(this, plan, channel, mark)
                : new LibraryDaemon(this, plan, channel, mark);
        processes.started(daemon);
        hash.mix(daemon.pid());
        if (channel.isPresent()) {
            successor = daemon;
        } else {
            incumbent = daemon;
        }
        daemon.begin();
        return daemon;
    }

    /** What the environment of the process says that this service awaits. */
    String awaitedMark(Service service) {
        return service.state() instanceof State.AwaitingSuccessorSpawn spawn
                ? CoordinatorProcess.mark(SERVICE, Side.SUCCESSOR, spawn.session())
                : CoordinatorProcess.mark(SERVICE, Side.INCUMBENT, 0);
    }

    void daemonDied(Daemon daemon) {
        hash.mix(daemon.pid());
        exits.put(daemon.pid(), daemon.status());
        say(() -> daemon + " ended: " + daemon.status());
        if (coordinator != null && coordinator.alive() && coordinator.watches(daemon.pid())) {
            coordinator.processEnded(daemon.pid());
        }
    }

    /** How a process ended, as this coordinator can tell. */
    ExitStatus exitStatus(long pid) {
        ExitStatus status = exits.get(pid);
        return status == null ? new ExitStatus.Unknown() : status;
    }

    void coordinatorDied() {
        crashes++;
        storage.killWriter();
        if (machineDying) {
            return;
        }
        keeper.coordinatorDied();
        long away = absenceNs;
        absenceNs = RESTART_NS;
        starts++;
        int start = starts;
        agenda.after(away, () -> {
            if (start == starts) {
                startCoordinator();
            }
        });
    }

    // ---- What the coordinator knew, and knows

    void lastLive(long stateHash) {
        lastLive = machineDying ? OptionalLong.empty() : OptionalLong.of(stateHash);
    }

    void lastLiveUnknown() {
        lastLive = OptionalLong.empty();
    }

    /** A coordinator has replayed its journal, and found {@code inFlight} there. */
    void recovered(long stateHash, String damage, HandoffId inFlight) {
        if (lastLive.isPresent() && damage.isEmpty()) {
            safety.replayed(lastLive.getAsLong(), stateHash, "after a restart");
        }
        lastLive = OptionalLong.empty();
        takenOver |= inFlight.equals(current) && !inFlight.equals(HandoffId.NONE);
    }

    /** Whether a coordinator found the present handoff in the journal that another had left. */
    boolean isTakenOver() {
        return takenOver;
    }

    /** The hash of the state that the journal leads to now. */
    OptionalLong replayedHash() {
        Journal journal = coordinator.journal();
        return switch (Recovery.replay(journal, new ReplayEnd.Intact(journal.lastSequence()))) {
            case Recovery.NotUnderstood not -> throw new Violation("replay-is-live", not.reason());
            case Recovery.Replayed(var past) ->
                OptionalLong.of(states.hash(past.fold().state(), past.fold().lastHeard()));
        };
    }

    /** A message goes out to the process with this pid, or to a successor's channel, whose two ends this coordinator made. */
    void says(Message message, long peerPid) {
        switch (message) {
            case Message.Begin _ -> safety.says(message, successor, incumbent);
            case Message.ResumeAfterAbort _,Message.Commit _ -> {
                Daemon to = processes.living(peerPid) instanceof Daemon living ? living : null;
                safety.says(message, to, successor);
            }
            default -> {
            }
        }
    }

    /** The coordinator knows what was sealed. */
    void sealKnown() {
        sealKnown = true;
    }

    void ended(Event.HandoffEnded end) {
        safety.ended(end);
        if (end.outcome() == Outcome.COMMITTED && end.stamp().handoffId().equals(current) && successor != null) {
            safety.committed(successor, sealKnown);
            incumbent = successor;
        }
    }

    // ---- Faults

    void strike(Fault fault) {
        switch (fault.kind()) {
            case KILL_COORDINATOR -> killCoordinator(fault);
            case KILL_INCUMBENT -> kill(incumbent);
            case KILL_SUCCESSOR -> kill(successor);
            case STOP_COORDINATOR -> pause(coordinator, fault.durationNs());
            case STOP_INCUMBENT -> pause(incumbent, fault.durationNs());
            case STOP_SUCCESSOR -> pause(successor, fault.durationNs());
            case MACHINE_DIES -> machineDies(fault);
            case SPAWN_FAILS -> {
                // Points remembers it for the next spawn.
            }
            case ABORT_ASKED -> {
                CoordinatorProcess asked = coordinator;
                asked.after(0, () -> asked.input(loop -> loop.happened(
                        stamp -> new Event.AbortRequested(stamp, asked.nextRequest(), 0, 1), SERVICE,
                        loop.handoffIdOf(SERVICE))));
            }
            case DISK_FULL -> {
                storage.full(true);
                agenda.after(fault.durationNs(), () -> storage.full(false));
            }
            case JOURNAL_LOSES_END -> {
                safety.journalDamaged();
                mutant.loseEnd(storage, Math.min(fault.detail(), storage.size()));
                killCoordinator(fault);
            }
            case JOURNAL_FLIPS_BIT -> {
                if (storage.size() > 0) {
                    safety.journalDamaged();
                    storage.flip(1 + fault.detail() % storage.size(), 40);
                }
                killCoordinator(fault);
            }
            case STORE_LOSES -> {
                keeper.lose(fault.detail());
                killCoordinator(fault);
            }
        }
    }

    private void killCoordinator(Fault fault) {
        if (coordinator.alive()) {
            absenceNs = Math.max(RESTART_NS, fault.durationNs());
            coordinator.die(new ExitStatus.Signaled(9));
        }
    }

    private void kill(Daemon daemon) {
        if (daemon != null && daemon.alive()) {
            crashes++;
            daemon.die(new ExitStatus.Signaled(9));
        }
    }

    private void pause(SimulatedProcess process, long durationNs) {
        if (process != null && process.alive() && !process.stopped()) {
            process.stop();
            agenda.after(durationNs, process::resume);
        }
    }

    private void machineDies(Fault fault) {
        crashes++;
        machineDying = true;
        SimulatedProcess current = running;
        listener.machineDied();
        keeper.machineDied();
        for (SimulatedProcess process : List.copyOf(processes.living())) {
            if (current == null || process.pid() != current.pid()) {
                process.die(new ExitStatus.Signaled(9));
            }
        }
        starts++;
        lastLive = OptionalLong.empty();
        safety.machineDied();
        data.machineDied(fault.detail() % (data.unsynced() + 1));
        storage.loseUnsynced();
        control.vanish();
        processes.rebooted();
        int start = starts;
        agenda.after(fault.durationNs(), () -> {
            if (start == starts) {
                machineDying = false;
                boot();
            }
        });
        if (current != null) {
            current.die(new ExitStatus.Signaled(9));
        }
    }

    /** No more faults: who was stopped goes on, the disk has space. */
    void heal() {
        points.heal();
        storage.full(false);
        calm = true;
        for (SimulatedProcess process : List.copyOf(processes.living())) {
            if (process.stopped()) {
                process.resume();
            }
        }
    }

    // ---- For whoever watches

    boolean traces() {
        return trace.isPresent();
    }

    Trace trace() {
        return trace.orElseThrow();
    }

    void say(Supplier<String> what) {
        trace.ifPresent(lines -> lines.say(what.get()));
    }

    void note(SimulatedProcess process, Supplier<String> what) {
        trace.ifPresent(lines -> lines.say(process + " " + what.get()));
    }

    Daemon incumbent() {
        return incumbent;
    }

    Daemon successor() {
        return successor;
    }

    /** Another handoff begins. */
    void begin(HandoffId handoff) {
        current = handoff;
        if (incumbent != null) {
            incumbent.forgetSeal();
        }
        successor = null;
        sealKnown = false;
        takenOver = false;
    }
}
