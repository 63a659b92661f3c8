package dev.handoff.coordinator.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.config.CoordinatorConfig;
import dev.handoff.coordinator.config.ServiceConfig;
import dev.handoff.coordinator.control.ControlReply;
import dev.handoff.coordinator.control.ControlRequest;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.coordinator.fault.Faults;
import dev.handoff.coordinator.flight.FlightSwitch;
import dev.handoff.coordinator.flight.RecordedEffects;
import dev.handoff.coordinator.flight.RecordedLog;
import dev.handoff.coordinator.loop.Effects;
import dev.handoff.coordinator.loop.EpochClock;
import dev.handoff.coordinator.loop.EventLog;
import dev.handoff.coordinator.loop.LoopAgent;
import dev.handoff.coordinator.loop.Past;
import dev.handoff.coordinator.loop.Takeover;
import dev.handoff.coordinator.store.DescriptorStore;
import dev.handoff.journal.JournalFailure;
import dev.handoff.posix.Errno;
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
    private final DescriptorStore store;
    private final ParkedSessions parked;
    private final Map<Integer, Supervised> services = new LinkedHashMap<>();
    private final Disruptor<Input> disruptor;
    private final RingConsumer consumer;
    private final Inbox inbox;
    private final PollWait poll;
    private final SocketWire wire;
    private final Children children;
    private final Answers answers = new Answers();
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final LoopAgent loop;
    private final ControlServer control;
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final int ownUid;

    private Coordinator(CoordinatorConfig config, Map<String, String> environment, Past past, EventLog log,
            EpochClock clock, DescriptorStore store) throws StartupFailure {
        this.config = config;
        this.store = store;
        this.clock = clock;
        this.log = log;
        this.fold = past.fold();
        this.ownUid = uid();
        LoopTimers timers = new LoopTimers(clock);
        try {
            poll = new PollWait(config.loopWait(), timers);
            children = new Children(poll);
        } catch (IOException e) {
            throw new StartupFailure("cannot watch descriptors: " + e.getMessage(), e);
        }
        disruptor = new Disruptor<>(Input::new, RING_SLOTS, Thread.ofPlatform().name("handoff-loop").factory(),
                ProducerType.MULTI, poll);
        inbox = new Inbox(disruptor.getRingBuffer());
        poll.tell(inbox);
        wire = new SocketWire(poll);
        parked = new ParkedSessions(store, workers);
        Spawner spawner = new Spawner(environment, past.journalId());
        EffectRunner runner = new EffectRunner(services, wire, children, timers, spawner, parked, answers, inbox,
                workers, code -> {
                    boolean _ = exitCode.complete(code);
                });
        Optional<Faults> faults = Faults.ofProperty(fold);
        FlightSwitch recording = FlightSwitch.install();
        EventLog recorded = new RecordedLog(log, recording);
        Effects effects = new RecordedEffects(runner, fold, recording);
        loop = new LoopAgent(clock, faults.map(around -> around.around(recorded)).orElse(recorded), fold, wire, timers,
                faults.map(around -> around.around(effects)).orElse(effects));
        consumer = new RingConsumer(loop, wire, runner, children);
        disruptor.handleEventsWith(consumer);
        disruptor.setDefaultExceptionHandler(new Fatal());
        Takeover.numbers(fold.state(), config.services().stream().map(ServiceConfig::name).toList())
                .forEach((number, name) -> {
                    ServiceConfig service = config.service(name).orElseThrow();
                    services.put(number, new Supervised(number, service, new ServiceListeners(service, store)));
                    Spawner.droppedByShell(service).ifPresent(names -> LOG.warn(
                            "service {}: /bin/sh may drop the variables {}, whose names are no identifiers; set listen_pid ="
                                    + " false if the daemon needs them",
                            name, names));
                });
        boolean forAll = config.services().stream().anyMatch(service -> service.allowedUids().isPresent());
        control = new ControlServer(config.triggerSocket(), forAll, this::take);
    }

    /**
     * Starts where an earlier coordinator ended, or for the first time: gets the listeners back or binds them, takes over the
     * daemons and handoffs that there are, starts the rest, and serves the trigger socket. Returns once all that is said in the
     * journal. The log stays the caller's to close, after {@link #close}.
     *
     * @param past
     *            what the log holds
     * @param build
     *            of this program, for the journal
     * @throws StartupFailure
     *             nothing was started
     */
    public static Coordinator start(CoordinatorConfig config, Map<String, String> environment, EventLog log, Past past,
            String build, DescriptorStore store) throws StartupFailure {
        String bootId = Processes.bootId();
        refuseUnconfigured(config, past.fold().state(), bootId);
        Coordinator coordinator = new Coordinator(config, environment, past, log, EpochClock.anchored(), store);
        coordinator.begin(past, build, bootId);
        return coordinator;
    }

    /** Nobody would supervise them, nor any more know of them. */
    private static void refuseUnconfigured(CoordinatorConfig config, CoordinatorState state, String bootId)
            throws StartupFailure {
        List<String> left = FactFinder.unconfigured(state, bootId, config.services());
        if (!left.isEmpty()) {
            throw new StartupFailure("the journal knows daemons that run and are no longer configured: "
                    + String.join(", ", left) + "; put the service back into " + config.file()
                    + ", or stop them (kill PID), and start again");
        }
    }

    private static int uid() throws StartupFailure {
        try {
            return (int) Files.getAttribute(java.nio.file.Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new StartupFailure("cannot tell this process's user from /proc/self: " + e, e);
        }
    }

    private void begin(Past past, String build, String bootId) throws StartupFailure {
        store.hold(config.holdMs());
        Takeover.Facts facts = learnFacts(past, build, bootId);
        List<Takeover.Configured> configured = services.values().stream()
                .map(service -> new Takeover.Configured(service.number(), service.config().name(),
                        service.config().binary().toString(), policy(service.config())))
                .toList();
        CompletableFuture<Void> through = new CompletableFuture<>();
        // First in the ring: the loop looks at sockets as soon as it runs.
        inbox.task(() -> {
            Takeover.run(loop, configured, facts);
            through.complete(null);
        });
        disruptor.start();
        through.join();
        store.ready();
        control.start();
    }

    /** What is true now. Sockets that were handed back are in the wire afterwards, and living processes are watched. */
    private Takeover.Facts learnFacts(Past past, String build, String bootId) throws StartupFailure {
        boolean damaged = !past.damage().isEmpty();
        HandedBack handedBack = new HandedBack(store, parked);
        Map<Integer, List<Long>> sessions = new HashMap<>();
        for (Supervised service : services.values()) {
            service.listeners().takeBack(handedBack.left());
            Service known = fold.state().services().get(service.number());
            // A journal with a loss may be behind: what its sessions are about cannot be told.
            sessions.put(service.number(),
                    known == null || damaged ? List.of() : handedBack.resume(known, wire, past));
        }
        if (handedBack.endStrays() || damaged) {
            FactFinder.awaitSettled(config.services(), damaged);
        }
        FactFinder finder = new FactFinder(fold.state(), bootId, past.journalId(), damaged);
        List<Found> found = new ArrayList<>();
        for (Supervised service : services.values()) {
            found.add(finder.of(service.number(), service.config(), sessions.get(service.number())));
            service.listeners().bindMissing(finder.living().stream()
                    .filter(process -> process.service() == service.number()).map(FactFinder.Living::pid).toList());
        }
        finder.living().forEach(this::watch);
        wire.watchAdopted();
        return new Takeover.Facts(Processes.ownPid(), build, bootId, past.damage(), found);
    }

    private void watch(FactFinder.Living process) {
        int watched = children.add(process.service(), process.pid(), process.pidfd());
        if (watched < 0) {
            throw new IllegalStateException("cannot watch pid " + process.pid() + ": " + Errno.message(watched));
        }
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
                        sink.accept(StatusView.of(fold.state(), Processes.ownPid(), notes(), clock.nowNs()));
                    }
                }
                case ControlRequest.Swap swap -> withService(swap.service(), uid, sink,
                        service -> requestSwap(service, swap, uid, pid, sink));
                case ControlRequest.RustHandoff rust -> withService(Optional.empty(), uid, sink,
                        service -> requestSwap(service,
                                new ControlRequest.Swap(Optional.empty(), rust.binary(), Optional.empty()), uid, pid,
                                sink));
                case ControlRequest.Abort abort -> withService(abort.service(), uid, sink, service -> {
                    long asked = answers.expect(service.config().name(), sink);
                    loop.happened(stamp -> new Event.AbortRequested(stamp, asked, Integer.toUnsignedLong(uid), pid),
                            service.number(), loop.handoffIdOf(service.number()));
                });
            }
        });
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        notes.add(store.describe());
        for (Supervised service : services.values()) {
            service.listeners().missing().ifPresent(notes::add);
            if (!service.listeners().parked()) {
                notes.add("a listener of service " + service.config().name() + " could not be parked");
            }
        }
        return notes;
    }

    private void requestSwap(Supervised service, ControlRequest.Swap swap, int uid, int pid,
            Consumer<ControlReply> sink) {
        Optional<String> missing = service.listeners().missing();
        if (missing.isPresent()) {
            sink.accept(new ControlReply.Refused(missing.get()));
            return;
        }
        long asked = answers.expect(service.config().name(), sink);
        loop.happened(
                stamp -> new Event.SwapRequested(stamp, asked, Integer.toUnsignedLong(uid), pid,
                        swap.binary().orElse(""), ""),
                service.number(), swap.handoffId().orElseGet(() -> HandoffId.of(UUID.randomUUID())));
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
        disruptor.shutdown();
        consumer.awaitEnd();
        poll.close();
        children.close();
        workers.shutdownNow();
        wire.close();
        services.values().forEach(service -> service.listeners().close());
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
