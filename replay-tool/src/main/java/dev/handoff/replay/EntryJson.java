package dev.handoff.replay;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.handoff.codec.HandoffId;
import dev.handoff.codec.Side;
import dev.handoff.codec.event.Bytes;
import dev.handoff.codec.event.Event;
import dev.handoff.codec.event.EventKind;
import dev.handoff.codec.event.ExitStatus;
import dev.handoff.codec.event.Found;
import dev.handoff.codec.event.ServicePolicy;
import dev.handoff.journal.Damage;

/**
 * A journal's entry as one JSON object. Every object has {@code seq, time, epoch, kind, service, handoff_id, peer, direction,
 * message}, null where they do not apply; what else its kind has follows them. Stateless; any thread.
 *
 * <p>
 * {@code time} is UTC with nine decimals. {@code direction} is the coordinator's point of view: {@code inbound} or
 * {@code outbound}. {@code message} has the shape of {@link MessageJson}.
 */
public final class EntryJson {

    static final String SNAPSHOT = "Snapshot";
    static final String LOSS_NOTED = "LossNoted";
    static final String NOT_UNDERSTOOD = "NotUnderstood";
    static final String DAMAGED = "Damaged";

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder().appendInstant(9)
            .toFormatter(Locale.ROOT);
    private static final int NS_PER_S = 1_000_000_000;

    private EntryJson() {}

    /** The entry as it stands; {@code names} as far as the journal was read up to it. */
    public static ObjectNode toJson(Entry entry, ServiceNames names) {
        return switch (entry) {
            case Entry.Happened happened -> {
                ObjectNode json = common(happened.header(), EventKind.of(happened.event()).eventName());
                putEvent(json, happened.event(), names);
                yield json;
            }
            case Entry.Snapshot snapshot -> common(snapshot.header(), SNAPSHOT)
                    .put("journal_id", snapshot.journalId().toString()).put("build", snapshot.build())
                    .put("begins_roll", snapshot.beginsRoll()).put("schema_version", snapshot.schemaVersion())
                    .put("state_hash", HexFormat.of().toHexDigits(snapshot.stateHash()))
                    .put("state_bytes", snapshot.stateBytes());
            case Entry.LossNoted loss -> {
                ObjectNode json = common(loss.header(), LOSS_NOTED);
                putRange(json, loss.fromSequence(), loss.toSequence());
                yield json.put("reason", loss.text());
            }
            case Entry.NotUnderstood not -> common(not.header(), NOT_UNDERSTOOD).put("kind_number", not.kind())
                    .put("reason", not.reason());
            case Entry.Damaged(Damage damage) -> {
                ObjectNode json = NODES.objectNode();
                json.putNull("seq").putNull("time").putNull("epoch").put("kind", DAMAGED);
                putNulls(json);
                json.put("damage", damage.kind().name().toLowerCase(Locale.ROOT));
                putRange(json, damage.fromSequence(), damage.toSequence());
                yield json.put("file", damage.file().toString()).put("position", damage.position()).put("reason",
                        damage.why());
            }
        };
    }

    /** A journal's time as people and scripts read it. */
    public static String time(long timeNs) {
        return TIME.format(Instant.ofEpochSecond(Math.floorDiv(timeNs, NS_PER_S), Math.floorMod(timeNs, NS_PER_S)));
    }

    private static ObjectNode common(Entry.Header header, String kind) {
        ObjectNode json = NODES.objectNode();
        json.put("seq", header.sequence()).put("time", time(header.timeNs())).put("epoch",
                Integer.toUnsignedLong(header.epoch())).put("kind", kind);
        putNulls(json);
        return json;
    }

    private static void putNulls(ObjectNode json) {
        json.putNull("service").putNull("handoff_id").putNull("peer").putNull("direction").putNull("message");
    }

    /** {@code to_seq} is null where nobody can tell, and below {@code from_seq} where nothing is lost. */
    private static void putRange(ObjectNode json, long from, long to) {
        json.put("from_seq", from);
        if (to == Damage.UNKNOWN) {
            json.putNull("to_seq");
        } else {
            json.put("to_seq", to);
        }
    }

    /** Whom the event is about or came from, where that is one of the two participants. */
    static Optional<Side> peer(Event event) {
        return switch (event) {
            case Event.MessageReceived e -> Optional.of(e.from());
            case Event.FragmentReceived e -> Optional.of(e.from());
            case Event.FrameRejected e -> Optional.of(e.from());
            case Event.MessageSending e -> Optional.of(e.to());
            case Event.SessionClosed e -> Optional.of(e.peer());
            case Event.SpawnOrdered e -> Optional.of(e.role());
            case Event.Spawned e -> Optional.of(e.role());
            case Event.SpawnFailed e -> Optional.of(e.role());
            case Event.SessionConnected _,Event.ConnectFailed _ -> Optional.of(Side.INCUMBENT);
            case Event.CoordinatorStarted _,Event.CoordinatorRestarted _,Event.ServiceConfigured _,Event.StopRequested _,Event.SwapRequested _,Event.AbortRequested _,Event.BinaryResolved _,Event.BinaryRejected _,Event.ProcessExited _,Event.TimerFired _,Event.FencePassed _,Event.LockSeen _,Event.GateJudged _,Event.HandoffEnded _ ->
                Optional.empty();
        };
    }

    private static void putFound(ArrayNode json, List<Found> all, ServiceNames names) {
        for (Found found : all) {
            ObjectNode one = json.addObject();
            one.put("service", names.of(found.service()).orElse(null));
            found.sessions().forEach(one.putArray("sessions")::add);
            found.gone().forEach(one.putArray("gone")::add);
            one.put("spawned_pid", found.spawnedPid()).put("spawned_ticks", found.spawnedTicks());
            one.put("holder_pid", found.holderPid()).put("holder_ticks", found.holderTicks());
        }
    }

    private static void putEvent(ObjectNode json, Event event, ServiceNames names) {
        names.of(event.stamp().service()).ifPresent(name -> json.put("service", name));
        if (!event.stamp().handoffId().equals(HandoffId.NONE)) {
            json.put("handoff_id", event.stamp().handoffId().toString());
        }
        peer(event).ifPresent(side -> json.put("peer", side.wireName().toLowerCase(Locale.ROOT)));
        switch (event) {
            case Event.MessageReceived e -> {
                json.put("direction", "inbound").set("message", MessageJson.toJson(e.message()));
                json.put("session", e.session()).put("stream_offset", e.streamOffset()).put("proto_version",
                        e.protoVersion());
            }
            case Event.FragmentReceived e -> {
                json.put("direction", "inbound").put("session", e.session()).put("stream_offset", e.streamOffset());
                putBytes(json, e.bytes());
            }
            case Event.FrameRejected e -> {
                json.put("direction", "inbound").put("session", e.session()).put("stream_offset", e.streamOffset())
                        .put("error", e.kind()).put("reason", e.reason());
                putBytes(json, e.bytes());
            }
            case Event.MessageSending e -> {
                json.put("direction", "outbound").set("message", MessageJson.toJson(e.message()));
                json.put("session", e.session());
            }
            case Event.CoordinatorStarted e ->
                json.put("pid", e.pid()).put("build", e.build()).put("boot_id", e.bootId());
            case Event.CoordinatorRestarted e -> {
                json.put("pid", e.pid()).put("build", e.build()).put("boot_id", e.bootId());
                json.put("damage", orNull(e.damage()));
                putFound(json.putArray("found"), e.found(), names);
            }
            case Event.ServiceConfigured e -> {
                json.put("name", e.name()).put("binary", e.binary()).put("takeover", e.takeover());
                json.set("policy", policy(e.policy()));
            }
            case Event.StopRequested e -> json.put("by", e.by());
            case Event.SwapRequested e -> {
                json.put("request_id", e.requestId()).put("uid", e.uid()).put("pid", e.pid());
                json.put("binary", orNull(e.binary())).put("expected_build", orNull(e.expectedBuild()));
            }
            case Event.AbortRequested e ->
                json.put("request_id", e.requestId()).put("uid", e.uid()).put("pid", e.pid());
            case Event.BinaryResolved e -> json.put("path", e.path()).put("device", e.device()).put("inode", e.inode())
                    .put("sha256", e.sha256().toString());
            case Event.BinaryRejected e -> json.put("reason", e.reason());
            case Event.SpawnOrdered e -> json.put("binary", e.binary());
            case Event.Spawned e -> json.put("pid", e.pid()).put("start_ticks", e.startTicks());
            case Event.SpawnFailed e -> json.put("errno", e.errno()).put("reason", e.reason());
            case Event.ProcessExited e -> {
                json.put("pid", e.pid());
                putStatus(json, e.status());
            }
            case Event.SessionConnected e -> json.put("session", e.session()).put("peer_pid", e.peerPid());
            case Event.ConnectFailed e ->
                json.put("session", e.session()).put("errno", e.errno()).put("reason", e.reason());
            case Event.SessionClosed e -> json.put("session", e.session()).put("cause", e.cause());
            case Event.TimerFired e ->
                json.put("timer", e.kind().name().toLowerCase(Locale.ROOT)).put("due", time(e.dueNs()));
            case Event.FencePassed e -> json.put("session", e.session());
            case Event.LockSeen e -> json.put("holder_pid", e.holderPid());
            case Event.GateJudged e -> json.put("gate", e.gate().wireName()).put("verdict", e.verdict().wireName())
                    .put("detail", e.detail());
            case Event.HandoffEnded e -> json.put("outcome", e.outcome().wireName()).put("reason", orNull(e.reason()));
        }
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static void putBytes(ObjectNode json, Bytes bytes) {
        json.put("length", bytes.length()).put("bytes", bytes.toString());
    }

    private static void putStatus(ObjectNode json, ExitStatus status) {
        switch (status) {
            case ExitStatus.Exited(int code) -> json.put("status", "exited").put("code", code);
            case ExitStatus.Signaled(int signal) -> json.put("status", "signaled").put("signal", signal);
            case ExitStatus.Unknown _ -> json.put("status", "unknown");
        }
    }

    private static ObjectNode policy(ServicePolicy policy) {
        return NODES.objectNode().put("drain_grace_ms", policy.drainGraceMs()).put("deadline_ms", policy.deadlineMs())
                .put("hello_ms", policy.helloMs()).put("start_ms", policy.startMs()).put("exit_ms", policy.exitMs())
                .put("kill_grace_ms", policy.killGraceMs()).put("restart_ms", policy.restartMs())
                .put("restart_limit", policy.restartLimit()).put("lock_gate", policy.lockGate())
                .put("restart_unresponsive", policy.restartUnresponsive());
    }
}
