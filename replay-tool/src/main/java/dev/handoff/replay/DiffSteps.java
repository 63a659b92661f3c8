package dev.handoff.replay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.coordinator.core.Effect;

/**
 * A handoff's course in steps that can be told alike in two handoffs: a step's label names no pid, time, path or build. Heartbeats, a
 * seal's progress and what led to nothing are left out. Made for one story and dropped.
 */
final class DiffSteps {

    /**
     * One step.
     *
     * @param label    equal where both handoffs took this step
     * @param text     a sentence with everything that is particular; may hold anything that a daemon said
     * @param sequence of its record
     * @param offsetNs since the request
     * @param decision whether the coordinator decided it
     * @param cause    the sentence of the record that led to it; empty where that is not known
     */
    record Step(String label, String text, long sequence, long offsetNs, boolean decision, String cause) {}

    private final HandoffStory story;
    private final HandoffSummary summary;
    private final Sentences sentences;
    private final Orders orders;
    private final Map<Long, String> told = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();

    private DiffSteps(HandoffStory story) {
        this.story = story;
        this.summary = story.summary();
        this.sentences = new Sentences(summary);
        this.orders = new Orders(summary);
    }

    static List<Step> of(HandoffStory story) {
        DiffSteps all = new DiffSteps(story);
        all.story.moments().forEach(all::add);
        return all.steps;
    }

    private void add(Moment moment) {
        if (!(moment.entry() instanceof Entry.Happened(Entry.Header header, Event event))) {
            return;
        }
        Optional<String> sentence = sentences.of(moment);
        sentence.ifPresent(text -> told.put(header.sequence(), text));
        Optional<String> label = label(event);
        long offsetNs = header.timeNs() - summary.startNs();
        if (sentence.isPresent() && label.isPresent()) {
            steps.add(new Step(label.get(), sentence.get(), header.sequence(), offsetNs, isDecision(event),
                    cause(moment.causedBy())));
        }
        for (Effect effect : moment.ordered()) {
            if (effect instanceof Effect.Terminate || effect instanceof Effect.Kill) {
                String deed = orders.decisions(List.of(effect), moment.before()).getFirst().replace("send ", "sent ");
                steps.add(new Step(deed, deed, header.sequence(), offsetNs, true, sentence.orElse("")));
            }
        }
    }

    private String cause(OptionalLong sequence) {
        return sequence.isPresent() && told.containsKey(sequence.getAsLong())
                ? told.get(sequence.getAsLong()) + " (#" + sequence.getAsLong() + ")"
                : "";
    }

    private static boolean isDecision(Event event) {
        return event instanceof Event.MessageSending || event instanceof Event.SpawnOrdered
                || event instanceof Event.Decision;
    }

    private Optional<String> label(Event event) {
        return Optional.ofNullable(switch (event) {
            case Event.MessageReceived e -> e.message() instanceof Message.SealProgress
                    ? null
                    : Sentences.word(e.from()) + " -> " + e.message().kind().wireName() + shown(e.message());
            case Event.MessageSending e -> e.message() instanceof Message.Heartbeat
                    ? null
                    : e.message().kind().wireName() + " -> " + Sentences.word(e.to());
            case Event.SwapRequested _ -> "a swap is asked for";
            case Event.AbortRequested _ -> "a rollback is asked for";
            case Event.StopRequested _ -> "the coordinator is asked to stop";
            case Event.BinaryResolved _ -> "the binary is found";
            case Event.BinaryRejected _ -> "the binary cannot be started";
            case Event.SpawnOrdered e -> e.role() == Side.SUCCESSOR ? "start the successor" : "start from cold";
            case Event.Spawned e -> "the " + Sentences.word(e.role()) + " runs";
            case Event.SpawnFailed e -> "the " + Sentences.word(e.role()) + " cannot be started";
            case Event.ProcessExited e -> who(e.pid()) + " ends: " + how(e.status());
            case Event.SessionConnected _ -> "connected to the incumbent";
            case Event.ConnectFailed _ -> "the incumbent cannot be reached";
            case Event.FrameRejected e -> "the " + Sentences.word(e.from()) + " sends a bad frame";
            case Event.SessionClosed e -> "the " + Sentences.word(e.peer()) + "'s session ends";
            case Event.TimerFired e -> Sentences.timeUp(e.kind());
            case Event.FencePassed _ -> "the fence passes";
            case Event.LockSeen e -> "the lock's holder: "
                    + (e.holderPid() == 0 ? "nobody" : e.holderPid() < 0 ? "cannot be told" : who(e.holderPid()));
            case Event.GateJudged e -> "gate " + e.gate().wireName() + ": " + e.verdict().wireName();
            case Event.HandoffEnded e -> "END: " + e.outcome().wireName();
            case Event.CoordinatorRestarted _ -> "THE COORDINATOR HAD DIED";
            case Event.CoordinatorStarted _ -> "a coordinator starts";
            case Event.ServiceConfigured _,Event.FragmentReceived _ -> null;
        });
    }

    private static String shown(Message message) {
        return message instanceof Message.Ready ready && !ready.healthzOk() ? ", not healthy" : "";
    }

    private String who(long pid) {
        return orders.side(pid).map(side -> "the " + Sentences.word(side)).orElse("another process");
    }

    private static String how(ExitStatus status) {
        return switch (status) {
            case ExitStatus.Exited(int code) -> "code " + code;
            case ExitStatus.Signaled(int signal) -> "signal " + signal;
            case ExitStatus.Unknown _ -> "unseen";
        };
    }
}
