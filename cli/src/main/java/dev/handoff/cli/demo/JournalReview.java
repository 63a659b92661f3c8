package dev.handoff.cli.demo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalFailure;
import dev.handoff.journal.JournalReader;
import dev.handoff.journal.ReplayEnd;
import dev.handoff.replay.Entry;
import dev.handoff.replay.EntryDecoder;
import dev.handoff.replay.HandoffTrail;
import dev.handoff.replay.HandoffTrail.Step;
import dev.handoff.replay.ServiceNames;

/**
 * Reads a demo's journal back and checks that the whole story is there: checksums, dense sequence, time, every control message
 * of a committed handoff in both directions in the protocol's order, timers, ends. One thread.
 */
final class JournalReview {

    /** The happy path of the protocol page; heartbeats and seal progress may come anywhere between. */
    static final List<Step> COMMITTED = List.of(new Step(true, Side.INCUMBENT, MessageKind.HELLO),
            new Step(false, Side.INCUMBENT, MessageKind.HELLO_ACK), new Step(true, Side.SUCCESSOR, MessageKind.HELLO),
            new Step(false, Side.SUCCESSOR, MessageKind.HELLO_ACK), HandoffTrail.PREPARE, HandoffTrail.DRAINED,
            HandoffTrail.SEAL_REQUEST, HandoffTrail.SEAL_COMPLETE, HandoffTrail.BEGIN, HandoffTrail.READY,
            HandoffTrail.COMMIT);

    private final Map<HandoffId, Disturbance> disturbed;
    private final Map<HandoffId, HandoffTrail> trails = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private long records;
    private long timers;
    private long lastSequence;
    private long lastTimeNs;

    private JournalReview(Map<HandoffId, Disturbance> disturbed) {
        this.disturbed = Map.copyOf(disturbed);
    }

    /** What was done to a handoff, and may therefore show in its messages. */
    enum Disturbance {
        /** Nothing: the messages are the protocol's. */
        NONE,
        /** The coordinator was killed: what was in doubt may stand there twice. */
        INTERRUPTED,
        /** A participant was killed: what it was not asked or did not say is missing. */
        BEREFT
    }

    /** Reads it all. */
    static JournalReview of(Path journal, Map<HandoffId, Disturbance> disturbed) {
        JournalReview review = new JournalReview(disturbed);
        try (JournalReader reader = JournalDirectory.read(journal)) {
            ReplayEnd end = reader.replay(new EntryDecoder(new ServiceNames(), review::take));
            if (end instanceof ReplayEnd.Damaged damaged) {
                damaged.damages().forEach(damage -> review.problems.add("the journal is damaged: " + damage));
            }
        } catch (JournalFailure e) {
            review.problems.add("the journal cannot be read: " + e.getMessage());
        }
        review.trails.values().forEach(review::checkTrail);
        return review;
    }

    private boolean take(Entry entry) {
        switch (entry) {
            case Entry.Happened(Entry.Header header, Event event) -> {
                checkHeader(header);
                take(event);
            }
            case Entry.Snapshot snapshot -> checkHeader(snapshot.header());
            case Entry.LossNoted loss -> {
                checkHeader(loss.header());
                problems.add("record " + loss.header().sequence() + " notes a loss: " + loss.text());
            }
            case Entry.NotUnderstood not -> {
                checkHeader(not.header());
                problems.add("record " + not.header().sequence() + " is not understood: " + not.reason());
            }
            case Entry.Damaged _ -> {
                // the reader's verdict names it
            }
        }
        return true;
    }

    private void checkHeader(Entry.Header header) {
        records++;
        if (header.sequence() != lastSequence + 1) {
            problems.add("record " + header.sequence() + " follows record " + lastSequence);
        }
        if (header.timeNs() < lastTimeNs) {
            problems.add("record " + header.sequence() + " is older than the one before it");
        }
        lastSequence = header.sequence();
        lastTimeNs = header.timeNs();
    }

    private void take(Event event) {
        if (event instanceof Event.TimerFired fired) {
            timers++;
            if (fired.dueNs() > fired.stamp().timeNs()) {
                problems.add("record " + lastSequence + ": timer " + fired.kind() + " fired before it was due");
            }
        }
        HandoffId id = event.stamp().handoffId();
        if (!id.equals(HandoffId.NONE)) {
            trails.computeIfAbsent(id, HandoffTrail::new).add(event);
        }
    }

    private void checkTrail(HandoffTrail trail) {
        if (trail.outcome().isEmpty()) {
            problems.add("handoff " + trail.id() + " has no end");
        } else if (trail.outcome().get() == Outcome.COMMITTED) {
            List<Step> steps = trail.taken().stream().map(HandoffTrail.Taken::step).toList();
            boolean right = switch (disturbed.getOrDefault(trail.id(), Disturbance.NONE)) {
                case NONE -> steps.equals(COMMITTED);
                case INTERRUPTED -> steps.stream().distinct().toList().equals(COMMITTED);
                case BEREFT -> steps.stream().distinct().toList()
                        .equals(COMMITTED.stream().filter(steps::contains).toList());
            };
            if (!right) {
                problems.add("handoff " + trail.id() + " committed by other messages than the protocol's: " + steps);
            }
        }
    }

    /** What is wrong; empty for a journal that tells the whole story. */
    List<String> problems() {
        return Collections.unmodifiableList(problems);
    }

    long records() {
        return records;
    }

    long timers() {
        return timers;
    }

    /** How many handoffs the journal tells of. */
    int handoffs() {
        return trails.size();
    }

    Optional<HandoffTrail> trail(HandoffId id) {
        return Optional.ofNullable(trails.get(id));
    }
}
