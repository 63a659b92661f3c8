package dev.handoff.cli.replay;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import dev.handoff.codec.BuildId;
import dev.handoff.codec.Message;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventCodec;
import dev.handoff.codec.event.EventKind;
import dev.handoff.journal.Journal;
import dev.handoff.journal.JournalDirectory;
import dev.handoff.journal.JournalOptions;
import dev.handoff.replay.Entry;
import dev.handoff.replay.LiveJournal;
import org.agrona.ExpandableArrayBuffer;

/** A journal whose daemons put the worst into every text that is theirs. */
final class HostileJournal {

    /** Ends a script element, begins others, and ends a line, a string, a comment, the direction of writing. */
    static final String MARKUP = "</script><script>window.owned=1</script><img src=x onerror=\"window.owned=2\"><!-- ]]>"
            + " &lt;'\"\\u003c`${window.owned=3}";
    private static final String UNSEEN = "\u2028\u2029\u0000\u001b[31m\u0085\u202edlrow\u2066\ufeff\u00ad\ud83d\ude00";
    static final String TEXT = MARKUP + UNSEEN;
    static final String SERVICE = "kv\"><svg onload=owned=4>";
    /** A build id that is a text shows as one. */
    static final String BUILD = "<b>'\"&;</b>";

    private HostileJournal() {}

    /** Writes the events of another journal, each text of a daemon's replaced. */
    static void write(Path from, Path to) {
        EventCodec codec = new EventCodec();
        ExpandableArrayBuffer payload = new ExpandableArrayBuffer();
        try (Journal journal = JournalDirectory.open(JournalOptions.of(to).withBlockBytes(1 << 20)).journalOrThrow()) {
            for (Entry.Happened record : LiveJournal.read(from).records()) {
                Event event = worse(record.event());
                int length = codec.encode(event, payload, 0);
                journal.append(EventKind.of(event).number(), 0, event.stamp().timeNs(), payload, 0, length);
            }
        }
    }

    private static Event worse(Event event) {
        return switch (event) {
            case Event.ServiceConfigured e ->
                new Event.ServiceConfigured(e.stamp(), SERVICE, TEXT, e.policy(), e.takeover());
            case Event.SwapRequested e ->
                new Event.SwapRequested(e.stamp(), e.requestId(), e.uid(), e.pid(), TEXT, e.expectedBuild());
            case Event.BinaryResolved e ->
                new Event.BinaryResolved(e.stamp(), TEXT, e.device(), Long.MAX_VALUE, e.sha256());
            case Event.SessionClosed e -> new Event.SessionClosed(e.stamp(), e.session(), e.peer(), TEXT);
            case Event.HandoffEnded e -> new Event.HandoffEnded(e.stamp(), e.outcome(), TEXT);
            case Event.MessageReceived e -> new Event.MessageReceived(e.stamp(), e.session(), e.from(),
                    e.streamOffset(), e.protoVersion(), worse(e.message()));
            case Event.MessageSending e ->
                new Event.MessageSending(e.stamp(), e.session(), e.to(), worse(e.message()));
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.StopRequested _,Event.AbortRequested _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.FragmentReceived _,Event.FrameRejected _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _ ->
                event;
        };
    }

    private static Message worse(Message message) {
        return switch (message) {
            case Message.Hello m -> new Message.Hello(m.role(), m.pid(),
                    BuildId.of(BUILD.getBytes(StandardCharsets.US_ASCII)), m.protoMin(), m.protoMax(),
                    m.capabilities());
            case Message.Ready m -> new Message.Ready(m.handoffId(), List.of(TEXT, TEXT.repeat(100)), m.healthzOk(),
                    m.advertisedRevisionPerShard());
            case Message.Abort m -> new Message.Abort(m.handoffId(), TEXT);
            case Message.SealFailed m -> new Message.SealFailed(m.handoffId(), TEXT, TEXT);
            case Message.HelloAck _,Message.PrepareHandoff _,Message.Drained _,Message.SealRequest _,Message.SealProgress _,Message.SealComplete _,Message.Begin _,Message.Commit _,Message.ResumeAfterAbort _,Message.Heartbeat _ ->
                message;
        };
    }
}
