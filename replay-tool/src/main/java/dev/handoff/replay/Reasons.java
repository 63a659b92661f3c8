package dev.handoff.replay;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.Outcome;
import dev.handoff.codec.event.Verdict;
import dev.handoff.coordinator.core.State;

/** Why a handoff ended as it did, in a few sentences, each with the records that prove it. One story; any thread. */
final class Reasons {

    private static final long LONG_NS = 1_000_000_000;
    /** The default of {@code hold_secs}. */
    private static final long SOCKETS_KEPT_NS = 10 * LONG_NS;

    private final HandoffStory story;
    private final HandoffSummary summary;
    private final Sentences sentences;

    Reasons(HandoffStory story) {
        this.story = story;
        this.summary = story.summary();
        this.sentences = new Sentences(summary);
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        crashes(lines);
        switch (summary.ending()) {
            case Ending.Ended ended -> {
                if (ended.outcome() == Outcome.COMMITTED) {
                    committed(lines, ended.reason());
                } else {
                    undone(lines, ended);
                }
            }
            case Ending.Refused refused -> lines.add("The service could not take it: " + refused.reason() + ".");
            case Ending.InFlight _ -> inFlight(lines);
            case Ending.Untold _ -> lines.add("The record of its end is lost; the lines above are what is left of it.");
        }
        longest(lines);
        return lines;
    }

    private void crashes(List<String> lines) {
        for (HandoffStory.Crash crash : story.crashes()) {
            switch (crash) {
                case HandoffStory.Crash.OfCoordinator c -> {
                    long awayNs = c.header().timeNs() - c.lastWordNs();
                    String during = phaseAt(c.header().sequence()).map(phase -> " in phase " + phase.word()).orElse("");
                    lines.add("The coordinator died" + during + ". For " + Shown.duration(awayNs)
                            + " nobody steered, until another one (pid " + c.newPid() + ") took over (#"
                            + c.header().sequence() + ") and went on under the same id.");
                    if (awayNs > SOCKETS_KEPT_NS && sessionEndedAfter(c.header())) {
                        lines.add("That was long: sockets are kept for a dead coordinator for hold_secs (10 s unless"
                                + " configured), and peers give up on a silence too. A session had ended meanwhile.");
                    }
                }
                case HandoffStory.Crash.OfParticipant p -> lines.add("The " + Sentences.word(p.side()) + " (pid "
                        + p.pid()
                        + ") died" + phaseAt(p.header().sequence()).map(phase -> " in phase " + phase.word()).orElse("")
                        + ": " + p.status() + " (#" + p.header().sequence()
                        + "). The coordinator had not asked it to.");
            }
        }
    }

    /** What a new coordinator reads off the sockets it was handed, it reads at once. */
    private boolean sessionEndedAfter(Entry.Header restarted) {
        return story.moments().stream()
                .anyMatch(moment -> moment.entry() instanceof Entry.Happened(Entry.Header header, Event.SessionClosed _)
                        && header.sequence() > restarted.sequence()
                        && header.timeNs() - restarted.timeNs() < LONG_NS);
    }

    private Optional<Phase> phaseAt(long sequence) {
        return summary.phases().stream()
                .filter(span -> span.fromRecord() < sequence && sequence <= span.toRecord())
                .map(PhaseSpan::phase).findFirst();
    }

    private void committed(List<String> lines, String reason) {
        String gates = judged().stream()
                .map(gate -> gate.gate().wireName()
                        + (gate.verdict() == Verdict.NOT_APPLICABLE ? " (not applicable)" : ""))
                .collect(Collectors.joining(", "));
        String ready = received(Message.Ready.class).map(at -> " (#" + at + ")").orElse("");
        lines.add("The successor was ready" + ready + " and passed every gate: " + gates
                + "; so it is the incumbent, and the old one may exit.");
        if (!reason.isEmpty()) {
            lines.add("The journal adds: " + reason + ".");
        }
        story.moments().stream().filter(moment -> afterEnd(moment) && exitOf(moment, summary.incumbent().pid()))
                .findFirst().ifPresent(exit -> lines.add("The old process ended "
                        + Shown.duration(timeNs(exit) - summary.endNs()) + " after that."));
    }

    private List<Event.GateJudged> judged() {
        return events().filter(Event.GateJudged.class::isInstance).map(Event.GateJudged.class::cast).toList();
    }

    private Stream<Event> events() {
        return story.moments().stream().map(Moment::entry).filter(Entry.Happened.class::isInstance)
                .map(entry -> ((Entry.Happened) entry).event());
    }

    private Optional<Long> received(Class<? extends Message> kind) {
        return story.messages().stream().filter(said -> said.inbound() && kind.isInstance(said.message()))
                .map(said -> said.header().sequence()).findFirst();
    }

    private boolean afterEnd(Moment moment) {
        return moment.entry() instanceof Entry.Recorded recorded
                && recorded.header().sequence() > summary.last().sequence();
    }

    private static boolean exitOf(Moment moment, long pid) {
        return moment.entry() instanceof Entry.Happened(Entry.Header _, Event.ProcessExited exited)
                && exited.pid() == pid;
    }

    private static long timeNs(Moment moment) {
        return ((Entry.Recorded) moment.entry()).header().timeNs();
    }

    private void undone(List<String> lines, Ending.Ended ended) {
        lines.add((ended.outcome() == Outcome.ROLLED_BACK ? "It was rolled back: " : "Its end is not known: ")
                + ended.reason() + ".");
        turningPoint().ifPresent(turn -> {
            String what = sentences.of(turn).orElse("");
            if (!what.isEmpty() && !ended.reason().contains(what)) {
                lines.add("What decided it was #" + sequence(turn) + ": " + what + ".");
            }
            silent(turn).ifPresent(lines::add);
            lines.add(how(turn));
        });
        if (ended.outcome() == Outcome.ROLLED_BACK) {
            afterwards(lines);
        }
    }

    /** The moment at which it left the way forward. */
    private Optional<Moment> turningPoint() {
        return story.moments().stream().filter(Sentences::leftForward).findFirst();
    }

    private static long sequence(Moment moment) {
        return moment.entry() instanceof Entry.Recorded recorded ? recorded.header().sequence() : 0;
    }

    /** When the peer that was waited for was last heard. */
    private Optional<String> silent(Moment turn) {
        if (!(turn.entry() instanceof Entry.Happened(Entry.Header header, Event.TimerFired _))) {
            return Optional.empty();
        }
        Optional<Side> awaited = turn.before().flatMap(service -> switch (service.state()) {
            case State.AwaitingIncumbentHello _,State.AwaitingDrained _,State.AwaitingSealComplete _ ->
                Optional.of(Side.INCUMBENT);
            case State.AwaitingSuccessorHello _,State.AwaitingReady _ -> Optional.of(Side.SUCCESSOR);
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingIncumbentUp _,State.Serving _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _,State.InHandoff _ ->
                Optional.empty();
        });
        return awaited.map(side -> {
            Optional<HandoffStory.Said> last = story.messages().stream()
                    .filter(said -> said.inbound() && said.peer() == side
                            && said.header().sequence() < header.sequence())
                    .max(Comparator.comparingLong(said -> said.header().sequence()));
            return last.isEmpty()
                    ? "The " + Sentences.word(side) + " had not said a word in this handoff."
                    : "The " + Sentences.word(side) + " was last heard "
                            + Shown.duration(header.timeNs() - last.get().header().timeNs()) + " before (#"
                            + last.get().header().sequence() + ", " + last.get().message().kind().wireName() + ").";
        });
    }

    /** What had to be undone. */
    private static String how(Moment turn) {
        return turn.before().map(service -> switch (service.state()) {
            case State.AwaitingBinary _,State.AwaitingIncumbentHello _,State.AwaitingSuccessorSpawn _,State.AwaitingSuccessorHello _ ->
                "Nothing had been asked of the incumbent yet: it served all the time.";
            case State.AwaitingDrained _ ->
                "The incumbent was in its drain: it had to be told to accept again.";
            case State.AwaitingSealComplete _ ->
                "The incumbent was asked to seal and had not answered: it serves on once its session has ended.";
            case State.AwaitingReady _,State.AwaitingLockSeen _ ->
                "The incumbent had sealed: the successor had to be dead first, then the incumbent takes the lock again.";
            case State.Stopped _,State.AwaitingSpawn _,State.AwaitingIncumbentUp _,State.Serving _,State.AwaitingRestart _,State.Failed _,State.AwaitingExit _,State.InHandoff _ ->
                "It was on its way back already.";
        }).orElse("");
    }

    private void afterwards(List<String> lines) {
        Optional<State> last = story.moments().isEmpty()
                ? Optional.empty()
                : story.moments().getLast().after().map(service -> service.state());
        last.ifPresent(state -> {
            if (state instanceof State.Serving serving) {
                long pid = serving.incumbent().daemon().pid();
                lines.add(pid == summary.incumbent().pid()
                        ? "The incumbent (pid " + pid + ") serves on"
                                + (serving.doubt().isEmpty()
                                        ? "."
                                        : ", but nobody could confirm it: " + serving.doubt()
                                                + ". Look at its own log.")
                        : "The daemon was started from cold and serves, pid " + pid + ".");
            } else if (state instanceof State.Failed failed) {
                lines.add("Nobody serves: " + failed.reason() + ".");
            }
        });
    }

    private void inFlight(List<String> lines) {
        String waits = story.moments().isEmpty()
                ? ""
                : story.moments().getLast().after().map(service -> service.state())
                        .filter(State.InHandoff.class::isInstance)
                        .map(state -> " It waits in phase " + Phase.of((State.InHandoff) state).word() + ".")
                        .orElse("");
        lines.add("It has not ended." + waits
                + " Either it goes on right now, or its coordinator is dead: then the next one will go on with it.");
    }

    /** Where most of the time went, if there is anything to explain. */
    private void longest(List<String> lines) {
        OptionalLong most = summary.phases().stream().mapToLong(PhaseSpan::durationNs).max();
        if (most.isPresent() && most.getAsLong() >= LONG_NS) {
            summary.phases().stream().filter(span -> span.durationNs() == most.getAsLong()).findFirst()
                    .ifPresent(span -> lines.add("Most of the time, " + Shown.duration(span.durationNs()) + " of "
                            + Shown.duration(summary.totalNs()) + ", it waited " + waitedFor(span.phase()) + "."));
        }
    }

    private static String waitedFor(Phase phase) {
        return switch (phase) {
            case BINARY -> "for the binary to be found and hashed";
            case INCUMBENT_HELLO -> "for the incumbent's Hello";
            case SPAWN -> "for the successor to be started";
            case SUCCESSOR_HELLO -> "for the successor to warm up, while the incumbent served";
            case DRAIN -> "for the incumbent to drain";
            case SEAL -> "for the incumbent to seal";
            case BEGIN -> "for the successor to take the lock, open the data and be ready";
            case LOCK -> "for the kernel's word on the lock";
            case COMMIT -> "for the end to be written down";
            case SUCCESSOR_EXIT -> "for the successor to end";
            case RESUME -> "for the incumbent to take in that it serves on";
            case PROBE -> "for the incumbent to answer after the rollback";
        };
    }
}
