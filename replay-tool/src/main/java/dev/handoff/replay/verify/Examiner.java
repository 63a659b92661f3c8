package dev.handoff.replay.verify;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.event.DecodedEvent;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.MessageEventFlyweight;
import dev.handoff.codec.event.Stamp;
import dev.handoff.codec.record.LossLayout;
import dev.handoff.codec.record.RecordLayout;
import dev.handoff.codec.record.RecordView;
import dev.handoff.coordinator.core.CoordinatorState;
import dev.handoff.coordinator.core.Effect;
import dev.handoff.coordinator.core.Fold;
import dev.handoff.coordinator.core.Service;
import dev.handoff.journal.Damage;
import dev.handoff.journal.RecordVisitor;
import dev.handoff.replay.ServiceNames;

/**
 * Looks at one record after the other, folds them as recovery does, and notes what cannot have happened. One thread, one reading.
 *
 * <p>
 * Invariant: no bytes, however bad, cause an exception; they become findings.
 */
final class Examiner implements RecordVisitor {

    private final Findings findings;
    private final Consumer<Writers.Interval> intervals;
    private final EventCodec codec = new EventCodec();
    private final MessageEventFlyweight message = new MessageEventFlyweight();
    private final Beginning beginning = new Beginning();
    private final DueRecords due = new DueRecords();
    private final InputRules inputs;
    private final Snapshots snapshots;
    private final Map<Integer, ServiceBook> books = new HashMap<>();
    private final ServiceNames names;
    private final Tally tally = new Tally();

    private Fold fold = new Fold();
    /** False after a loss or a record that the core has no answer to, until the next snapshot. */
    private boolean judging = true;
    /** The reading began in the middle: what is ordered may have been ordered before it, up to the first input. */
    private boolean trustingOrders;
    private long sequence;
    private At newest = At.NOWHERE;
    private int epoch;
    private long timeNs;

    Examiner(Findings findings, ServiceNames names, Consumer<Writers.Interval> intervals) {
        this.findings = findings;
        this.names = names;
        this.intervals = intervals;
        this.inputs = new InputRules(findings);
        this.snapshots = new Snapshots(findings, tally);
    }

    Tally tally() {
        return tally;
    }

    /** The newest epoch, 0 before the first record. */
    int epoch() {
        return epoch;
    }

    At newest() {
        return newest;
    }

    Snapshots snapshots() {
        return snapshots;
    }

    Iterable<ServiceBook> books() {
        return books.values();
    }

    @Override
    public boolean onRecord(RecordView record) {
        long before = timeNs;
        header(record);
        if (record.kind() == RecordLayout.KIND_SNAPSHOT) {
            snapshot(record);
        } else if (record.kind() == RecordLayout.KIND_LOSS) {
            loss(record);
        } else if (!isQuietHeartbeat(record)) {
            event(record, before);
        }
        return true;
    }

    @Override
    public void onDamage(Damage damage) {
        findings.add(Rule.BYTES, newest, damage.toString());
        tally.damaged();
        if (damage.losesRecords() || damage.kind() == Damage.Kind.OUT_OF_PLACE) {
            suspend();
        }
    }

    /** From here on the state is not the writer's, and nothing that a record says of it can be judged. */
    private void suspend() {
        judging = false;
        due.clear();
    }

    /** Everything was read. */
    void finish() {
        tally.cutShort(due.size());
        books.values().forEach(book -> book.writers.finish(newest, timeNs));
    }

    // ---- What every record says of itself ----------------------------------------------------------------------------

    private void header(RecordView record) {
        sequence = record.sequence();
        if (record.flags() != 0) {
            findings.add(Rule.UNDERSTOOD, new At(sequence, "kind " + record.kind()),
                    "it has flags " + record.flags() + ", which no release sets");
        }
        if (record.epoch() != epoch) {
            if (epoch != 0 && record.timeNs() < timeNs) {
                tally.clockSetBack(timeNs - record.timeNs());
            }
            newEpoch(record.epoch());
        } else if (record.timeNs() < timeNs) {
            findings.add(Rule.TIME, new At(sequence, kindName(record.kind())), newest,
                    "it is " + (timeNs - record.timeNs()) + " ns older than the record before it");
        }
        timeNs = record.timeNs();
        tally.record(sequence, timeNs);
    }

    private static String kindName(int kind) {
        EventKind known = EventKind.ofNumber(kind);
        return known != null ? known.eventName() : kind == RecordLayout.KIND_SNAPSHOT ? "Snapshot" : "kind " + kind;
    }

    private void newEpoch(int number) {
        tally.cutShort(due.size());
        epoch = number;
        tally.epoch();
        due.clear();
        trustingOrders = false;
        beginning.newEpoch();
        inputs.newEpoch();
        books.values().forEach(ServiceBook::newEpoch);
    }

    // ---- The journal's own records -----------------------------------------------------------------------------------

    private void snapshot(RecordView record) {
        At at = new At(sequence, "Snapshot");
        boolean first = tally.records() == 1;
        // A journal's very first record is of a coordinator that knows nothing yet.
        boolean known = judging && (!first || sequence == 1);
        Optional<Fold> restored = snapshots.take(record, at, known ? Optional.of(fold) : Optional.empty());
        if (restored.isPresent()) {
            trust(restored.get(), at);
        } else if (!known) {
            judging = false;
        }
        books.values().forEach(book -> book.sessions.snapshot());
        newest = at;
    }

    private void trust(Fold from, At at) {
        fold = from;
        judging = true;
        names.learn(fold.state());
        beginning.trust(fold.state());
        inputs.trust(true);
        trustingOrders = true;
        books.clear();
        for (Service service : fold.state().services().values()) {
            book(service.number()).trust(service, at, timeNs);
        }
    }

    private void loss(RecordView record) {
        At at = new At(sequence, "LossNoted");
        if (!LossLayout.isWellFormed(record.payload())) {
            findings.add(Rule.UNDERSTOOD, at, "a note of loss that is too short");
        } else {
            findings.add(Rule.NO_LOSS, at, LossLayout.text(record.payload()));
        }
        beginning.loss(at).ifPresent(one -> findings.add(Rule.BEGINNING, at, one.against(), one.why()));
        newest = at;
    }

    // ---- Events ------------------------------------------------------------------------------------------------------

    /** A heartbeat that changes nothing but when its peer was heard: most of a long drain's records. Allocates nothing. */
    private boolean isQuietHeartbeat(RecordView record) {
        if (!judging || due.next() != null || trustingOrders || !beginning.isRunning()
                || record.kind() != EventKind.MESSAGE_RECEIVED.number()
                || !message.wrap(record.payload(), 0, record.length()) || !message.isHeartbeat()) {
            return false;
        }
        Service service = fold.state().services().get(message.service());
        if (service == null) {
            return false;
        }
        HandoffId inFlight = service.state().handoffId();
        if (message.idMostSignificantBits() != inFlight.mostSignificantBits()
                || message.idLeastSignificantBits() != inFlight.leastSignificantBits()) {
            return false;
        }
        if (!book(message.service()).sessions.isNext(message.session(), message.side(), message.streamOffset())
                || !fold.takeHeartbeat(message.service(), message.session(), message.side(), message.protoVersion(),
                        record.timeNs())) {
            return false;
        }
        Optional<Sessions.Objection> _ = book(message.service()).sessions.whole(message.session(), message.side(),
                message.streamOffset(), message.frameLength());
        tally.event(EventKind.MESSAGE_RECEIVED);
        tally.input();
        newest = At.heartbeatReceived(sequence);
        return true;
    }

    private void event(RecordView record, long timeBefore) {
        switch (codec.decode(record.kind(), record.timeNs(), record.payload(), 0, record.length())) {
            case DecodedEvent.Malformed malformed -> {
                At at = new At(sequence, kindName(record.kind()));
                findings.add(Rule.UNDERSTOOD, at, "its checksum is right, and yet it is no record of this release: "
                        + malformed.reason() + " (at byte " + malformed.offset() + " of its content)");
                newest = at;
                suspend();
            }
            case DecodedEvent.Intact(Event event) -> {
                At at = At.of(sequence, event);
                names.learn(event);
                tally.event(EventKind.of(event));
                if (tally.records() == 1) {
                    findings.add(Rule.BEGINNING, at, "a journal begins with a snapshot");
                }
                if (judging) {
                    judge(event, at, record, timeBefore);
                }
                newest = at;
            }
        }
    }

    private void judge(Event event, At at, RecordView record, long timeBefore) {
        CoordinatorState before = fold.state();
        int number = event.stamp().service();
        Optional<Service> was = Optional.ofNullable(before.services().get(number));
        boolean fresh = beginning.isFresh();
        Optional<Beginning.Objection> misplaced = beginning.take(event, at, before);
        misplaced.ifPresent(one -> findings.add(Rule.BEGINNING, at, one.against(), one.why()));
        if (misplaced.isPresent() && fresh) {
            // An epoch that begins in its middle: it was forged, and what it refers to was never written.
            suspend();
            return;
        }
        DueRecords.Due came = takeDue(event, at, record, was, timeBefore);
        if (!DueRecords.isOrdered(event)) {
            input(event, at, record, was, before);
        }
        List<Effect> effects;
        try {
            effects = fold.apply(event);
        } catch (RuntimeException impossible) {
            findings.add(Rule.CORE, at, newest, "the core has no answer to it: " + impossible.getMessage());
            suspend();
            return;
        }
        afterStep(event, at, came, effects, was);
    }

    /** What was due and has come with this record; null where none was. */
    private DueRecords.Due takeDue(Event event, At at, RecordView record, Optional<Service> was, long timeBefore) {
        DueRecords.Due next = due.next();
        boolean ordered = DueRecords.isOrdered(event);
        if (next == null) {
            if (ordered && !trustingOrders) {
                findings.add(Rule.ORDERED, at, lastInputOf(event), "the core has ordered nothing of the kind");
            }
            trustingOrders &= ordered;
            return null;
        }
        if (!ordered) {
            findings.add(Rule.ORDERED, at, next.by(), "it stands where " + DueRecords.shown(next) + " was due");
            due.clear();
            return null;
        }
        HandoffId inFlight = was.map(service -> service.state().handoffId()).orElse(HandoffId.NONE);
        Optional<String> difference = due.difference(next, event, record.payload(), record.length(), inFlight,
                timeBefore);
        if (difference.isPresent()) {
            findings.add(Rule.ORDERED, at, next.by(), difference.get());
            due.clear();
            return null;
        }
        due.came();
        tally.ordered(event);
        return next;
    }

    private At lastInputOf(Event event) {
        At last = book(event.stamp().service()).lastInput;
        return last.sequence() == 0 ? newest : last;
    }

    private void input(Event event, At at, RecordView record, Optional<Service> was, CoordinatorState before) {
        int number = event.stamp().service();
        switch (event) {
            case Event.CoordinatorStarted _,Event.StopRequested _ -> ofCoordinator(event, at);
            case Event.CoordinatorRestarted e -> {
                ofCoordinator(event, at);
                for (Found found : e.found()) {
                    Optional<Service> known = Optional.ofNullable(before.services().get(found.service()));
                    ServiceBook.objection(found, known, e.bootId().equals(before.bootId())).ifPresent(
                            why -> findings.add(Rule.BEGINNING, at, book(found.service()).lastInput, why));
                    book(found.service()).takeOver(found, known, at);
                    if (!e.damage().isEmpty()) {
                        book(found.service()).rules.clear();
                    }
                }
            }
            case Event.ServiceConfigured _ ->
                inputs.take(event, at, record.length(), book(number), was);
            case Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.MessageSending _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ -> {
                if (was.isEmpty() || !beginning.isConfigured(number)) {
                    findings.add(Rule.STAMP, at, newest, "service " + number + " is none of this epoch's");
                } else {
                    endsComeFirst(event, at);
                    inputs.take(event, at, record.length(), book(number), was);
                }
            }
        }
        if (number != Stamp.COORDINATOR) {
            book(number).lastInput = at;
        } else {
            books.values().forEach(book -> book.lastInput = at);
        }
        tally.input();
    }

    private void ofCoordinator(Event event, At at) {
        if (event.stamp().service() != Stamp.COORDINATOR || !event.stamp().handoffId().equals(HandoffId.NONE)) {
            findings.add(Rule.STAMP, at, newest, "it is the coordinator's, and names a service or a handoff");
        }
    }

    /** Lost sessions and dead processes are told within the taking over, before the loop takes anything else. */
    private void endsComeFirst(Event event, At at) {
        boolean throughTheRing = switch (event) {
            case Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.Spawned _,Event.SpawnFailed _,Event.SessionConnected _,Event.ConnectFailed _,Event.TimerFired _,Event.StopRequested _ ->
                true;
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.SpawnOrdered _,Event.ProcessExited _,Event.MessageReceived _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.MessageSending _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                false;
        };
        if (throughTheRing) {
            for (ServiceBook book : books.values()) {
                if (book.owesEnds()) {
                    findings.add(Rule.BEGINNING, at, book.lastInput,
                            "it comes before every lost session and dead process of the taking over was told");
                }
            }
        }
    }

    private void afterStep(Event event, At at, DueRecords.Due came, List<Effect> effects, Optional<Service> was) {
        int number = event.stamp().service();
        due.ordered(effects, at);
        for (Effect effect : effects) {
            serviceOf(effect).ifPresent(service -> book(service).ordered(effect, at));
        }
        if (came != null && came.effect() instanceof Effect.SpawnSuccessor order) {
            book(order.service()).channelMade(order, at);
        }
        if (event instanceof Event.CoordinatorRestarted restarted) {
            for (Found found : restarted.found()) {
                ServiceBook book = book(found.service());
                overlap(book.writers.takeOver(found, at, timeNs, service(found.service())), at);
            }
        } else if (number != Stamp.COORDINATOR) {
            ServiceBook book = book(number);
            Optional<Service> is = service(number);
            book.rules.take(event, at, was, is);
            overlap(book.writers.take(event, at, was, is), at);
        }
    }

    private void overlap(Optional<Writers.Overlap> overlap, At at) {
        overlap.ifPresent(one -> findings.add(Rule.ONE_WRITER, at, one.since(),
                "another process may write from here on, and process " + one.pid() + " still may"));
    }

    private Optional<Service> service(int number) {
        return Optional.ofNullable(fold.state().services().get(number));
    }

    private ServiceBook book(int service) {
        ServiceBook known = books.get(service);
        if (known == null) {
            known = new ServiceBook(service, findings, intervals);
            books.put(service, known);
        }
        return known;
    }

    private static Optional<Integer> serviceOf(Effect effect) {
        return switch (effect) {
            case Effect.Connect e -> Optional.of(e.service());
            case Effect.CloseSession e -> Optional.of(e.service());
            case Effect.ResolveBinary e -> Optional.of(e.service());
            case Effect.SpawnSuccessor e -> Optional.of(e.service());
            case Effect.SpawnIncumbent e -> Optional.of(e.service());
            case Effect.Fence e -> Optional.of(e.service());
            case Effect.LookAtLock e -> Optional.of(e.service());
            case Effect.ArmTimer e -> Optional.of(e.service());
            case Effect.CancelTimer e -> Optional.of(e.service());
            case Effect.SendToIncumbent _,Effect.SendToSuccessor _,Effect.Terminate _,Effect.Kill _,Effect.Respond _,Effect.Note _,Effect.Exit _ ->
                Optional.empty();
        };
    }
}
