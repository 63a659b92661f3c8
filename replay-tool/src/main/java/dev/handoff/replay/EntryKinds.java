package dev.handoff.replay;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import dev.handoff.codec.MessageKind;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;

/** Kinds of entries as a person names them: those that dumps show, and the messages' names for the records that hold one. */
public record EntryKinds(Set<String> names) {

    private static final Map<String, String> KNOWN = known();

    public EntryKinds {
        names = Set.copyOf(names);
    }

    /** What {@link #parse} makes of a name. */
    public sealed interface Parsed {

        /** All of them are known. */
        record Known(EntryKinds kinds) implements Parsed {}

        /** This one is not. */
        record Unknown(String name) implements Parsed {}
    }

    /** Reads names in any case, several of them in one text if commas stand between. */
    public static Parsed parse(Collection<String> texts) {
        Set<String> names = new HashSet<>();
        for (String text : texts) {
            for (String name : text.split(",", -1)) {
                String known = KNOWN.get(name.strip().toLowerCase(Locale.ROOT));
                if (known == null) {
                    return new Parsed.Unknown(name.strip());
                }
                names.add(known);
            }
        }
        return new Parsed.Known(new EntryKinds(names));
    }

    /** Every name that there is, as dumps show them. */
    public static List<String> all() {
        return List.copyOf(KNOWN.values());
    }

    /** Whether the entry is of one of these kinds. */
    public boolean has(Entry entry) {
        return switch (entry) {
            case Entry.Happened(Entry.Header _, Event event) -> names.contains(EventKind.of(event).eventName())
                    || switch (event) {
                        case Event.MessageReceived e -> names.contains(e.message().kind().wireName());
                        case Event.MessageSending e -> names.contains(e.message().kind().wireName());
                        case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.SpawnOrdered _,Event.Spawned _,Event.SpawnFailed _,Event.ProcessExited _,Event.SessionConnected _,Event.ConnectFailed _,Event.FragmentReceived _,Event.FrameRejected _,Event.SessionClosed _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                            false;
                    };
            case Entry.Snapshot _ -> names.contains(EntryJson.SNAPSHOT);
            case Entry.LossNoted _ -> names.contains(EntryJson.LOSS_NOTED);
            case Entry.NotUnderstood _ -> names.contains(EntryJson.NOT_UNDERSTOOD);
            case Entry.Damaged _ -> names.contains(EntryJson.DAMAGED);
        };
    }

    private static Map<String, String> known() {
        Map<String, String> known = new LinkedHashMap<>();
        Stream.of(Stream.of(EventKind.values()).map(EventKind::eventName),
                Stream.of(EntryJson.SNAPSHOT, EntryJson.LOSS_NOTED, EntryJson.NOT_UNDERSTOOD, EntryJson.DAMAGED),
                Stream.of(MessageKind.values()).map(MessageKind::wireName)).flatMap(names -> names)
                .forEach(name -> known.put(name.toLowerCase(Locale.ROOT), name));
        return known;
    }
}
