package dev.handoff.participant.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Message;
import dev.handoff.codec.MessageKind;
import dev.handoff.codec.ShardRevisions;
import dev.handoff.participant.AbortedAt;
import dev.handoff.participant.session.IncumbentState.Handoff;
import org.junit.jupiter.api.Test;

/** Every state with every message, of this handoff and of another, and with every other input: the tables, kept as text. */
class TransitionTableTest {

    private static final long NOW_MS = 1_000;
    private static final HandoffId A = Script.A;
    private static final Link LINK = Link.established(new Message.HelloAck(1, A), 900);
    private static final Handoff HANDOFF = new Handoff(A, 76_000);
    private static final Message.Drained DRAINED = new Message.Drained(0, true);
    private static final Message.SealComplete SEALED = new Message.SealComplete(A, ShardRevisions.of(4),
            Script.FINGERPRINT);
    private static final Message.SealFailed REFUSED = new Message.SealFailed(A, "disk full", "1 of 2");

    private static Map<String, IncumbentState> incumbentStates() {
        Map<String, IncumbentState> states = new LinkedHashMap<>();
        states.put("AwaitingConnection", new IncumbentState.AwaitingConnection());
        states.put("AwaitingHelloAck", new IncumbentState.AwaitingHelloAck(5_000));
        states.put("AwaitingPrepare", new IncumbentState.AwaitingPrepare(LINK, A, false, Optional.empty()));
        states.put("AwaitingPrepare, kept", new IncumbentState.AwaitingPrepare(LINK, A, true, Optional.empty()));
        states.put("AwaitingPrepare, kept, seal had failed",
                new IncumbentState.AwaitingPrepare(LINK, A, true, Optional.of(REFUSED)));
        states.put("Draining", new IncumbentState.Draining(LINK, HANDOFF, false));
        states.put("Draining, aborted", new IncumbentState.Draining(LINK, HANDOFF, true));
        states.put("Draining, closed", new IncumbentState.Draining(LINK.closed(), HANDOFF, true));
        states.put("AwaitingSeal", new IncumbentState.AwaitingSeal(LINK, HANDOFF, DRAINED));
        states.put("Sealing", new IncumbentState.Sealing(LINK, HANDOFF, DRAINED, false));
        states.put("Sealing, aborted", new IncumbentState.Sealing(LINK, HANDOFF, DRAINED, true));
        states.put("Sealing, closed", new IncumbentState.Sealing(LINK.closed(), HANDOFF, DRAINED, true));
        states.put("AwaitingCommit", new IncumbentState.AwaitingCommit(LINK, HANDOFF, DRAINED, SEALED));
        states.put("RetakingLock", new IncumbentState.RetakingLock(LINK, HANDOFF, false, 1_000, 2_900));
        states.put("RetakingLock, attempting", new IncumbentState.RetakingLock(LINK, HANDOFF, true, 900, 76_000));
        states.put("RetakingLock, closed",
                new IncumbentState.RetakingLock(LINK.closed(), HANDOFF, true, 900, 1_000));
        states.put("Resuming",
                new IncumbentState.Resuming(LINK, HANDOFF, AbortedAt.SEALED, Optional.empty(), Optional.empty()));
        states.put("Resuming, seal had failed",
                new IncumbentState.Resuming(LINK, HANDOFF, AbortedAt.DRAINED, Optional.of(REFUSED),
                        Optional.empty()));
        states.put("Resuming, B asked for", new IncumbentState.Resuming(LINK, HANDOFF, AbortedAt.SEALED,
                Optional.empty(), Optional.of((Message.PrepareHandoff) Script.message("PrepareHandoff B"))));
        states.put("Resuming, closed", new IncumbentState.Resuming(LINK.closed(), HANDOFF, AbortedAt.SEALED,
                Optional.empty(), Optional.empty()));
        states.put("Ended", new IncumbentState.Ended());
        return states;
    }

    private static Map<String, SuccessorState> successorStates() {
        Map<String, SuccessorState> states = new LinkedHashMap<>();
        states.put("AwaitingConnection", new SuccessorState.AwaitingConnection());
        states.put("AwaitingHelloAck", new SuccessorState.AwaitingHelloAck());
        states.put("AwaitingBegin", new SuccessorState.AwaitingBegin(LINK));
        states.put("TakingLock", new SuccessorState.TakingLock(LINK));
        states.put("Opening", new SuccessorState.Opening(LINK));
        states.put("AwaitingReadyWritten", new SuccessorState.AwaitingReadyWritten(LINK));
        states.put("AwaitingAbort", new SuccessorState.AwaitingAbort(LINK));
        states.put("Ended", new SuccessorState.Ended());
        return states;
    }

    private static List<String> messages() {
        List<String> messages = new ArrayList<>();
        for (MessageKind kind : MessageKind.values()) {
            messages.add(kind.wireName() + " A");
            if (Set.of("HelloAck", "PrepareHandoff", "SealRequest", "Begin", "Commit", "Abort", "ResumeAfterAbort")
                    .contains(kind.wireName())) {
                messages.add(kind.wireName() + " B");
            }
        }
        return messages;
    }

    @Test
    void incumbentTakesEveryInputInEveryStateAsTheTableSays() throws IOException {
        IncumbentProtocol protocol = new IncumbentProtocol(Script.PLAIN);
        StringBuilder table = new StringBuilder(
                "# Every state of an incumbent's session with every input at 1000 ms: the next state, then the actions.\n");
        incumbentStates().forEach((name, state) -> {
            // One line per outcome, with the inputs that lead to it.
            Map<String, List<String>> inputsByOutcome = new TreeMap<>();
            messages().forEach(message -> inputsByOutcome
                    .computeIfAbsent(outcome(state, protocol.step(state, NOW_MS,
                            new IncumbentInput.Received(1, Script.message(message)))), key -> new ArrayList<>())
                    .add(message));
            inputsByOutcome
                    .computeIfAbsent(outcome(state, protocol.step(state, NOW_MS,
                            new IncumbentInput.Received(2, Script.message("Heartbeat")))), key -> new ArrayList<>())
                    .add("Heartbeat of version 2");
            new TreeMap<>(Script.INCUMBENT_INPUTS).forEach((word, input) -> inputsByOutcome
                    .computeIfAbsent(outcome(state, protocol.step(state, NOW_MS, input)), key -> new ArrayList<>())
                    .add(word));
            append(table, name, inputsByOutcome);
        });
        Golden.check(Golden.TRANSCRIPTS.resolve("table-incumbent.txt"), table.toString());
    }

    @Test
    void successorTakesEveryInputInEveryStateAsTheTableSays() throws IOException {
        SuccessorProtocol protocol = new SuccessorProtocol(Script.PLAIN);
        StringBuilder table = new StringBuilder(
                "# Every state of a successor's session with every input at 1000 ms: the next state, then the actions.\n");
        successorStates().forEach((name, state) -> {
            Map<String, List<String>> inputsByOutcome = new TreeMap<>();
            messages().forEach(message -> inputsByOutcome
                    .computeIfAbsent(outcome(state, protocol.step(state, NOW_MS,
                            new SuccessorInput.Received(1, Script.message(message)))), key -> new ArrayList<>())
                    .add(message));
            inputsByOutcome
                    .computeIfAbsent(outcome(state, protocol.step(state, NOW_MS,
                            new SuccessorInput.Received(2, Script.message("Heartbeat")))), key -> new ArrayList<>())
                    .add("Heartbeat of version 2");
            new TreeMap<>(Script.SUCCESSOR_INPUTS).forEach((word, input) -> inputsByOutcome
                    .computeIfAbsent(outcome(state, protocol.step(state, NOW_MS, input)), key -> new ArrayList<>())
                    .add(word));
            append(table, name, inputsByOutcome);
        });
        Golden.check(Golden.TRANSCRIPTS.resolve("table-successor.txt"), table.toString());
    }

    @Test
    void tablesHoldEveryState() {
        assertEquals(simpleNames(IncumbentState.class.getPermittedSubclasses()),
                incumbentStates().values().stream().map(state -> state.getClass().getSimpleName())
                        .collect(Collectors.toCollection(TreeSet::new)));
        assertEquals(simpleNames(SuccessorState.class.getPermittedSubclasses()),
                successorStates().values().stream().map(state -> state.getClass().getSimpleName())
                        .collect(Collectors.toCollection(TreeSet::new)));
    }

    private static Set<String> simpleNames(Class<?>[] classes) {
        return List.of(classes).stream().map(Class::getSimpleName).collect(Collectors.toCollection(TreeSet::new));
    }

    private static void append(StringBuilder table, String name, Map<String, List<String>> inputsByOutcome) {
        table.append('\n').append(name).append('\n');
        inputsByOutcome.forEach((outcome, inputs) -> table.append("  ").append(String.join(", ", inputs))
                .append("\n    -> ").append(outcome).append('\n'));
    }

    private static String outcome(IncumbentState before, IncumbentProtocol.Transition transition) {
        return words(before.getClass() == transition.next().getClass(), transition.next(), transition.actions());
    }

    private static String outcome(SuccessorState before, SuccessorProtocol.Transition transition) {
        return words(before.getClass() == transition.next().getClass(), transition.next(), transition.actions());
    }

    /** The reasons for people are left out: here they would only repeat the line above. */
    private static String words(boolean same, Object next, List<?> actions) {
        String state = next.getClass().getSimpleName()
                + (next.toString().contains("open=false") ? ", closed" : "")
                + (next.toString().contains("aborted=true") ? ", aborted" : "")
                + (next.toString().contains("giveUpAtMs=")
                        ? ", giving up at " + next.toString().replaceAll(".*giveUpAtMs=(\\d+).*", "$1")
                        : "");
        return (same ? "stays " : "") + state + actions.stream()
                .map(action -> "; " + Script.named(action).replaceAll("reason=.*", "…]"))
                .collect(Collectors.joining());
    }
}
