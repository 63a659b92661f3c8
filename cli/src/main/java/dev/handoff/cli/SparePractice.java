package dev.handoff.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Capabilities;
import dev.handoff.codec.Fingerprint;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.codec.event.Stamp;
import dev.handoff.coordinator.config.ConfigFile;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.loop.EventLog;
import dev.handoff.coordinator.loop.JournalLog;
import dev.handoff.coordinator.loop.Recovery;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalFailure;
import dev.handoff.journal.JournalOptions;
import dev.handoff.posix.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a spare does before it waits, so that its code is compiled when it has to go on: reads the configuration, and recovers a few
 * times from a journal of invented handoffs, which it keeps in a temporary directory meanwhile. Where something of that fails, the
 * spare is less warm and nothing else.
 */
final class SparePractice {

    private static final Logger LOG = LoggerFactory.getLogger(SparePractice.class);

    private static final int SERVICE = 1;
    static final int HANDOFFS = 50;
    private static final int WORDS_IN_A_SEAL = 400;
    private static final int RECOVERIES = 3;
    private static final BuildId BUILD = BuildId.parse("00");
    private static final Fingerprint FINGERPRINT = Fingerprint.of(new byte[Fingerprint.BYTES]);

    private final Fold fold = new Fold();
    private final EventLog log;
    private HandoffId handoff = HandoffId.NONE;
    private long timeNs = 1;
    private long nextPid = 1;
    /** The session that was ordered last. */
    private long session;

    private SparePractice(EventLog log) {
        this.log = log;
    }

    static void run(Path config) {
        Platform.Outcome _ = Platform.check();
        var _ = ConfigFile.load(config, System.getenv());
        try {
            Path directory = Files.createTempDirectory("handoff-spare-");
            try {
                practise(directory.resolve("journal"));
            } finally {
                delete(directory);
            }
        } catch (IOException | UncheckedIOException | JournalFailure e) {
            LOG.warn("the spare could not practise, and will take longer to go on: {}", e.toString());
        }
        // What was made for practice need not stay in memory while it waits.
        System.gc();
    }

    /** Leaves a journal with as many commits as {@link #HANDOFFS} at this place. */
    static void practise(Path journal) throws IOException {
        JournalOptions options = JournalOptions.of(journal).withSnapshotEvery(0);
        try (Journal written = JournalDirectory.open(options).journalOrThrow()) {
            new SparePractice(new JournalLog(written)).write();
        }
        for (int i = 0; i < RECOVERIES; i++) {
            AtomicReference<Recovery> recovery = new AtomicReference<>();
            try (Journal read = JournalDirectory.open(options, () -> {
                recovery.set(Recovery.begin());
                return recovery.get();
            }).journalOrThrow()) {
                LOG.debug("practised on {} records of {}", read.lastSequence(), journal);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void write() {
        happen(new Event.CoordinatorStarted(Stamp.ofCoordinator(timeNs), 1, "practice", "practice"));
        happen(new Event.ServiceConfigured(stamp(), "practice", "/bin/true", ServicePolicy.DEFAULT, false));
        long incumbent = nextPid++;
        happen(new Event.Spawned(stamp(), Side.INCUMBENT, incumbent, 1));
        greet(Side.INCUMBENT, incumbent);
        for (int i = 0; i < HANDOFFS; i++) {
            incumbent = swap(incumbent);
        }
    }

    /** Gives the new incumbent. */
    private long swap(long incumbent) {
        handoff = HandoffId.of(UUID.randomUUID());
        long successor = nextPid++;
        happen(new Event.SwapRequested(stamp(), 1, 0, 1, "", ""));
        happen(new Event.BinaryResolved(stamp(), "/bin/true", 1, 1, FINGERPRINT));
        long incumbents = session;
        greet(Side.INCUMBENT, incumbent);
        long successors = session;
        happen(new Event.Spawned(stamp(), Side.SUCCESSOR, successor, 1));
        hear(successors, Side.SUCCESSOR, hello(Side.SUCCESSOR, successor));
        hear(incumbents, Side.INCUMBENT, new Message.Drained(0, true));
        for (int i = 0; i < WORDS_IN_A_SEAL; i++) {
            hear(incumbents, Side.INCUMBENT, i % 2 == 0
                    ? new Message.Heartbeat(timeNs)
                    : new Message.SealProgress(i, WORDS_IN_A_SEAL, i));
        }
        hear(incumbents, Side.INCUMBENT, new Message.SealComplete(handoff, ShardRevisions.of(1), FINGERPRINT));
        hear(successors, Side.SUCCESSOR, new Message.Ready(handoff, List.of(), true, ShardRevisions.of(1)));
        handoff = HandoffId.NONE;
        happen(new Event.ProcessExited(stamp(), incumbent, new ExitStatus.Exited(0)));
        return successor;
    }

    private void greet(Side side, long pid) {
        long connected = session;
        happen(new Event.SessionConnected(stamp(), connected, pid));
        hear(connected, side, hello(side, pid));
    }

    private static Message.Hello hello(Side side, long pid) {
        return new Message.Hello(side, pid, BUILD, 1, 1, new Capabilities(Capabilities.IDEMPOTENT));
    }

    private void hear(long from, Side side, Message message) {
        happen(new Event.MessageReceived(stamp(), from, side, 0, Message.PROTOCOL_VERSION, message));
    }

    private Stamp stamp() {
        return new Stamp(timeNs++, SERVICE, handoff);
    }

    /** Appends, steps, and does of the effects what leads to more records. */
    private void happen(Event event) {
        log.append(event);
        for (Effect effect : fold.apply(event)) {
            switch (effect) {
                case Effect.Connect e -> session = e.session();
                case Effect.SpawnSuccessor e -> session = e.session();
                case Effect.SendToIncumbent e ->
                    happen(new Event.MessageSending(stamp(), e.session(), Side.INCUMBENT, e.message()));
                case Effect.SendToSuccessor e ->
                    happen(new Event.MessageSending(stamp(), e.session(), Side.SUCCESSOR, e.message()));
                case Effect.Note e -> happen(e.decision());
                case Effect.CloseSession _,Effect.ArmTimer _,Effect.CancelTimer _,Effect.SpawnIncumbent _,Effect.ResolveBinary _,Effect.Terminate _,Effect.Kill _,Effect.Fence _,Effect.LookAtLock _,Effect.Respond _,Effect.Exit _ ->
                    {
                    }
            }
        }
    }
}
