package dev.handoff.replay;

import java.io.IOException;
import java.io.Writer;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

import dev.handoff.codec.Message;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Event;

/**
 * A handoff as a Mermaid sequence diagram, which wikis, tickets and pull requests draw: messages as arrows, everything else as notes,
 * the writer gap shaded. Heartbeats are left out, and of a long seal's progress only the last word is kept. Stateless; any thread.
 *
 * <p>
 * Invariant: of what daemons said, no character is left that means something to Mermaid ({@link #escaped}).
 */
final class MermaidExport implements HandoffExport {

    private static final double NS_PER_S = 1e9;
    private static final String INDENT = "    ";
    /** Of the characters that are neither letters nor digits, those that mean nothing to Mermaid inside a text. */
    private static final String PLAIN = " .,:_-/()+=@";
    private static final String GAP_COLOUR = "rgba(255, 165, 0, 0.15)";

    @Override
    public boolean takesSeveral() {
        return false;
    }

    @Override
    public void write(List<HandoffStory> stories, Writer out) throws IOException {
        new Diagram(stories.getFirst(), out).write();
    }

    /** One diagram. */
    private static final class Diagram {
        private final HandoffStory story;
        private final HandoffSummary summary;
        private final Sentences sentences;
        private final Writer out;
        private final Set<Long> skipped = new HashSet<>();
        private final WriterGap gap;
        private boolean inGap;

        Diagram(HandoffStory story, Writer out) {
            this.story = story;
            this.summary = story.summary();
            this.sentences = new Sentences(summary);
            this.out = out;
            this.gap = WriterGap.of(story);
            Optional<Long> before = Optional.empty();
            for (HandoffStory.Said said : story.messages()) {
                if (said.message() instanceof Message.SealProgress) {
                    before.ifPresent(skipped::add);
                    before = Optional.of(said.header().sequence());
                }
            }
        }

        void write() throws IOException {
            out.write("sequenceDiagram\n");
            line("participant O as incumbent" + participant(summary.incumbent()));
            line("participant S as coordinator");
            line("participant N as successor" + participant(summary.successor()));
            line("Note over O,N: " + escaped("handoff " + summary.id() + " of service " + summary.serviceName() + ", "
                    + EntryJson.time(summary.startNs())));
            for (Moment moment : story.moments()) {
                shade(moment);
                moment(moment);
            }
            if (inGap) {
                line("end");
            }
            line("Note over O,N: " + escaped(ending()));
        }

        private static String participant(Participant participant) {
            return participant.known()
                    ? "<br/>" + escaped("build " + Shown.build(participant.build()) + ", pid " + participant.pid())
                    : "";
        }

        private String ending() {
            String cause = summary.ending().cause();
            return summary.ending().word().replace('_', ' ') + " after " + Shown.duration(summary.totalNs())
                    + (summary.writerGapNs().isPresent()
                            ? ", writer gap " + Shown.duration(summary.writerGapNs().getAsLong())
                            : "")
                    + (cause.isEmpty() ? "" : ": " + cause);
        }

        /** The shade begins before the record that begins the gap, and ends behind the one that ends it. */
        private void shade(Moment moment) throws IOException {
            boolean shaded = moment.entry() instanceof Entry.Recorded recorded && gap.covers(recorded.header());
            if (shaded != inGap && moment.entry() instanceof Entry.Recorded) {
                line(shaded ? "rect " + GAP_COLOUR : "end");
                inGap = shaded;
            }
        }

        private void moment(Moment moment) throws IOException {
            switch (moment.entry()) {
                case Entry.Happened(Entry.Header header, Event.MessageReceived e) -> {
                    if (!(e.message() instanceof Message.Heartbeat) && !skipped.contains(header.sequence())) {
                        line(letter(e.from()) + "->>S: " + at(header) + escaped(shown(e.message())));
                    }
                }
                case Entry.Happened(Entry.Header header, Event.MessageSending e) -> {
                    if (!(e.message() instanceof Message.Heartbeat)) {
                        line("S->>" + letter(e.to()) + ": " + at(header) + escaped(shown(e.message())));
                    }
                }
                case Entry.Happened(Entry.Header header, Event.Spawned e) ->
                    line("S-->>" + letter(e.role()) + ": " + at(header) + escaped("started, pid " + e.pid()));
                case Entry.Happened(Entry.Header header, Event event) -> note(moment, at(header), over(event));
                case Entry.Damaged _ -> note(moment, "", "O,N");
                case Entry.Snapshot _,Entry.LossNoted _,Entry.NotUnderstood _ -> note(moment, "", "S");
            }
            for (String deed : sentences.deeds(moment)) {
                line("Note over S: " + escaped(deed));
            }
        }

        private void note(Moment moment, String at, String over) throws IOException {
            Optional<String> sentence = sentences.of(moment);
            if (sentence.isPresent()) {
                line("Note over " + over + ": " + at + escaped(sentence.get()));
            }
        }

        private String over(Event event) {
            if (event instanceof Event.CoordinatorRestarted || event instanceof Event.HandoffEnded) {
                return "O,N";
            }
            long pid = event instanceof Event.ProcessExited exited ? exited.pid() : 0;
            return pid == 0
                    ? "S"
                    : pid == summary.incumbent().pid() ? "O" : pid == summary.successor().pid() ? "N" : "S";
        }

        private String at(Entry.Header header) {
            return String.format(Locale.ROOT, "%.4f s ", (header.timeNs() - summary.startNs()) / NS_PER_S);
        }

        private static String letter(Side side) {
            return side == Side.INCUMBENT ? "O" : "N";
        }

        /** The message's name, and what of it decides something. */
        private static String shown(Message message) {
            String name = message.kind().wireName();
            return switch (message) {
                case Message.SealProgress m -> name + " " + m.shardsSealed() + "/" + m.shardsTotal();
                case Message.SealFailed m -> name + ": " + m.error();
                case Message.Ready m -> m.healthzOk() ? name : name + ", not healthy";
                case Message.Abort m -> name + ": " + m.reason();
                case Message.Hello _,Message.HelloAck _,Message.PrepareHandoff _,Message.Drained _,Message.SealRequest _,Message.SealComplete _,Message.Begin _,Message.Commit _,Message.ResumeAfterAbort _,Message.Heartbeat _ ->
                    name;
            };
        }

        private void line(String text) throws IOException {
            out.write(INDENT);
            out.write(text);
            out.write('\n');
        }
    }

    /**
     * A text in which Mermaid finds nothing but itself: what is no letter or digit, and not one of a few harmless marks, becomes an
     * entity code such as {@code #59;}.
     */
    static String escaped(String text) {
        StringBuilder out = new StringBuilder(text.length());
        Shown.printable(text).codePoints().forEach(c -> {
            if (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0) {
                out.appendCodePoint(c);
            } else {
                out.append('#').append(c).append(';');
            }
        });
        return out.toString();
    }
}
