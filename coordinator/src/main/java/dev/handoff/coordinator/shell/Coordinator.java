package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.config.CoordinatorConfig;
import dev.handoff.coordinator.config.LoopWait;
import dev.handoff.coordinator.config.ServiceConfig;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.core.Daemon;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.core.State;
import dev.handoff.coordinator.fault.Faults;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.EpochClock;
import dev.handoff.coordinator.loop.EventLog;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.journal.JournalFailure;
import dev.handoff.posix.Descriptors;
import dev.handoff.posix.Processes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running coordinator: puts the threads and their parts together, and takes them apart again. Any thread.
 */
public final class Coordinator implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);

    /** Far more than a burst of a thousand services' sockets. */
    private static final int RING_SLOTS = 8192;

    /** The exit code after a broken invariant: nothing was guessed, nothing more was done. */
    public static final int EXIT_BROKEN = 70;

    /** The exit code when the journal could not be written, for example on a full disk (EX_IOERR of sysexits(3)). */
    public static final int EXIT_JOURNAL = 74;

    private final CoordinatorConfig config;
    private final EpochClock clock;
    private final EventLog log;
    private final Fold fold;
    private final Map<Integer, Supervised> services = new LinkedHashMap<>();
    private final Disruptor<Input> disruptor;
    private final Inbox inbox;
    private final PollAgent poll;
    private final SocketWire wire;
    private final ScheduledTimers timers;
    private final Children children;
    private final Answers answers = new Answers();
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final LoopAgent loop;
    private final ControlServer control;
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final int ownUid;

    private Coordinator(CoordinatorConfig config, Map<String, String> environment, Fold fold, EventLog log,
            EpochClock clock) throws StartupFailure {
        this.config = config;
        this.clock = clock;
        this.log = log;
        this.fold = fold;
        this.ownUid = uid();
        disruptor = new Disruptor<>(Input::new, RING_SLOTS, Thread.ofPlatform().name("handoff-loop").factory(),
                ProducerType.MULTI, waitStrategy(config.loopWait()));
        inbox = new Inbox(disruptor.getRingBuffer());
        try {
            poll = new PollAgent(inbox);
        } catch (IOException e) {
            throw new StartupFailure("cannot watch descriptors: " + e.getMessage(), e);
        }
        wire = new SocketWire(poll);
        timers = new ScheduledTimers(inbox, clock);
        children = new Children(poll);
        EffectRunner runner = new EffectRunner(services, wire, children, timers, new Spawner(environment), answers,
                inbox, workers, code -> {
                    boolean _ = exitCode.complete(code);
                });
        Optional<Faults> faults = Faults.ofProperty(fold);
        loop = new LoopAgent(clock, faults.map(around -> around.around(log)).orElse(log), fold, wire, timers,
                faults.map(around -> around.around((Effects) runner)).orElse(runner));
        disruptor.handleEventsWith(new RingConsumer(loop, wire, runner));
        disruptor.setDefaultExceptionHandler(new Fatal());
        bindListeners();
        boolean forAll = config.services().stream().anyMatch(service -> service.allowedUids().isPresent());
        control = new ControlServer(config.triggerSocket(), forAll, this::take);
    }

    /**
     * Starts on a log whose events {@code fold} has seen: binds the listeners, starts the daemons, serves the
     * trigger socket. The log stays the caller's to close, after {@link #close}.
     *
     * @param build
     *            of this program, for the journal
     * @throws StartupFailure
     *             nothing was started
     */
    public static Coordinator start(CoordinatorConfig config, Map<String, String> environment, EventLog log, Fold fold,
            String build) throws StartupFailure {
        String bootId = Processes.bootId();
        refuseSurvivors(fold, bootId);
        Coordinator coordinator = new Coordinator(config, environment, fold, log, EpochClock.anchored());
        coordinator.begin(build, bootId);
        return coordinator;
    }

    /** Daemons of an earlier coordinator hold listeners that cannot be had back: a second daemon must not be started. */
    private static void refuseSurvivors(Fold fold, String bootId) throws StartupFailure {
        if (!bootId.equals(fold.state().bootId())) {
            return;
        }
        List<String> alive = new ArrayList<>();
        for (Service service : fold.state().services().values()) {
            for (Daemon daemon : daemonsOf(service)) {
                if (Processes.startTimeTicks((int) daemon.pid()) == daemon.startTicks()
                        && !Processes.isZombie((int) daemon.pid())) {
                    alive.add("pid " + daemon.pid() + " of service " + service.name());
                }
            }
        }
        if (!alive.isEmpty()) {
            throw new StartupFailure("an earlier coordinator ended without stopping its daemons: "
                    + String.join(", ", alive)
                    + " still run and hold the listeners; stop them (kill PID) and start again");
        }
    }

    private static List<Daemon> daemonsOf(Service service) {
        List<Daemon> daemons = new ArrayList<>();
        service.departing().forEach(gone -> daemons.add(gone.daemon()));
        switch (service.state()) {
            case State.AwaitingIncumbentUp up -> daemons.add(up.incumbent().daemon());
            case State.Serving serving -> daemons.add(serving.incumbent().daemon());
            case State.AwaitingExit exit -> daemons.addAll(exit.daemons());
            case State.InHandoff flight -> {
                daemons.add(flight.incumbent().daemon());
                if (flight instanceof State.WithSuccessor with) {
                    daemons.add(with.successor().daemon());
                }
            }
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingRestart _,State.Failed _ -> {
            }
        }
        return daemons;
    }

    private static WaitStrategy waitStrategy(LoopWait choice) {
        return switch (choice) {
            case BLOCKING -> new BlockingWaitStrategy();
            case YIELDING -> new YieldingWaitStrategy();
            case BUSY_SPIN -> new BusySpinWaitStrategy();
        };
    }

    private static int uid() throws StartupFailure {
        try {
            return (int) Files.getAttribute(java.nio.file.Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new StartupFailure("cannot tell this process's user from /proc/self: " + e, e);
        }
    }

    private void bindListeners() throws StartupFailure {
        int highest = fold.state().services().values().stream().mapToInt(Service::number).max()
                .orElse(Stamp.COORDINATOR);
        try {
            for (ServiceConfig service : config.services()) {
                Optional<Integer> known = fold.state().services().values().stream()
                        .filter(before -> before.name().equals(service.name())).map(Service::number).findFirst();
                int number = known.isPresent() ? known.get() : ++highest;
                services.put(number, new Supervised(number, service, Listeners.bind(service)));
                Spawner.droppedByShell(service).ifPresent(names -> LOG.warn(
                        "service {}: /bin/sh may drop the variables {}, whose names are no identifiers; set listen_pid ="
                                + " false if the daemon needs them",
                        service.name(), names));
            }
        } catch (StartupFailure e) {
            services.values().forEach(service -> service.listeners().forEach(Descriptors::close));
            throw e;
        }
    }

    private void begin(String build, String bootId) {
        disruptor.start();
        poll.start();
        inbox.fact(Stamp.COORDINATOR, HandoffId.NONE,
                stamp -> new Event.CoordinatorStarted(stamp, Processes.ownPid(), build, bootId));
        for (Supervised service : services.values()) {
            ServiceConfig told = service.config();
            inbox.fact(service.number(), HandoffId.NONE, stamp -> new Event.ServiceConfigured(stamp, told.name(),
                    told.binary().toString(), policy(told), false));
        }
        control.start();
    }

    private static ServicePolicy policy(ServiceConfig service) {
        ServicePolicy base = ServicePolicy.DEFAULT;
        return new ServicePolicy(service.drainGraceMs(), service.deadlineMs(), service.helloMs(), service.startMs(),
                service.exitMs(), base.killGraceMs(), base.restartMs(), base.restartLimit(),
                service.dataDir().isPresent(), service.restartUnresponsive());
    }

    // ---- Requests -------------------------------------------------------------------------------------------------------

    private void take(ControlRequest request, int uid, int pid, Consumer<ControlReply> sink) {
        inbox.task(() -> {
            if (exitCode.isDone()) {
                sink.accept(new ControlReply.Refused("the coordinator is stopping"));
                return;
            }
            switch (request) {
                case ControlRequest.AskStatus _ -> {
                    if (services.values().stream().noneMatch(service -> service.config().allowsUid(uid, ownUid))) {
                        sink.accept(notAllowed(uid));
                    } else {
                        sink.accept(StatusView.of(fold.state(), Processes.ownPid(), clock.nowNs()));
                    }
                }
                case ControlRequest.Swap swap -> withService(swap.service(), uid, sink,
                        service -> requestSwap(service, swap.binary(), uid, pid, sink));
                case ControlRequest.RustHandoff rust -> withService(Optional.empty(), uid, sink,
                        service -> requestSwap(service, rust.binary(), uid, pid, sink));
                case ControlRequest.Abort abort -> withService(abort.service(), uid, sink, service -> {
                    long asked = answers.expect(service.config().name(), sink);
                    loop.happened(stamp -> new Event.AbortRequested(stamp, asked, Integer.toUnsignedLong(uid), pid),
                            service.number(), loop.handoffIdOf(service.number()));
                });
            }
        });
    }

    private void requestSwap(Supervised service, Optional<String> binary, int uid, int pid,
            Consumer<ControlReply> sink) {
        long asked = answers.expect(service.config().name(), sink);
        loop.happened(
                stamp -> new Event.SwapRequested(stamp, asked, Integer.toUnsignedLong(uid), pid, binary.orElse(""), ""),
                service.number(), HandoffId.of(UUID.randomUUID()));
    }

    private void withService(Optional<String> name, int uid, Consumer<ControlReply> sink,
            Consumer<Supervised> action) {
        List<Supervised> fitting = services.values().stream()
                .filter(service -> name.isEmpty() || service.config().name().equals(name.get())).toList();
        if (fitting.size() != 1) {
            String known = String.join(", ",
                    services.values().stream().map(service -> service.config().name()).toList());
            sink.accept(new ControlReply.Refused(
                    name.isPresent()
                            ? "no service is named " + name.get() + "; there are: " + known
                            : "which service? there are: " + known));
            return;
        }
        if (!fitting.getFirst().config().allowsUid(uid, ownUid)) {
            sink.accept(notAllowed(uid));
            return;
        }
        action.accept(fitting.getFirst());
    }

    private static ControlReply.Refused notAllowed(int uid) {
        return new ControlReply.Refused("uid " + Integer.toUnsignedString(uid)
                + " may not ask for this; allowed_uids in the configuration says who may");
    }

    // ---- The end --------------------------------------------------------------------------------------------------------

    /** Asks every daemon to stop, and the coordinator after them. Returns at once; {@code by} names who asked. */
    public void stop(String by) {
        inbox.fact(Stamp.COORDINATOR, HandoffId.NONE, stamp -> new Event.StopRequested(stamp, by));
    }

    /** Waits until everything is stopped: 0. What goes wrong ends the process: {@link #EXIT_BROKEN}, {@link #EXIT_JOURNAL}. */
    public int awaitExit() {
        return exitCode.join();
    }

    /** Ends the threads and closes the listeners. The daemons should have been stopped before. */
    @Override
    public void close() {
        control.close();
        timers.close();
        poll.close();
        disruptor.shutdown();
        workers.shutdownNow();
        wire.close();
        services.values().forEach(service -> service.listeners().forEach(Descriptors::close));
    }

    /** What no code foresaw ends the process: the state can no longer be trusted, the journal can. */
    private final class Fatal implements ExceptionHandler<Input> {

        @Override
        public void handleEventException(Throwable failure, long sequence, Input input) {
            if (failure instanceof JournalFailure unwritten) {
                LOG.error(
                        "{}; the coordinator ends with exit code {}: it does nothing that its journal does not know. The"
                                + " daemons serve on",
                        unwritten.getMessage(), EXIT_JOURNAL);
                Runtime.getRuntime().halt(EXIT_JOURNAL);
            }
            die("a step failed after journal record " + log.lastSequence(), failure);
        }

        @Override
        public void handleOnStartException(Throwable failure) {
            die("the loop could not start", failure);
        }

        @Override
        public void handleOnShutdownException(Throwable failure) {
            die("the loop could not stop", failure);
        }

        private void die(String what, Throwable failure) {
            LOG.error("{}; the coordinator ends with exit code {} and starts nothing more", what, EXIT_BROKEN, failure);
            Runtime.getRuntime().halt(EXIT_BROKEN);
        }
    }
}
