package dev.handoff.coordinator.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import dev.handoff.codec.event.Event;
import dev.handoff.coordinator.transcript.Transcript;

/**
 * A golden transcript: lines that start with {@code #} are comments, those that start with a blank are what followed, the
 * others are events. {@code @name} plays the transcript {@code name.txt} up to that point, unseen. A {@code TimerFired} without
 * {@code dueNs} is for the moment that its timer is armed for. {@code ! n}: the coordinator dies after the first {@code n} orders
 * of the event that follows.
 */
record Script(Path file, List<String> lines) {

    /** Where the transcripts' clock starts. */
    static final long ORIGIN_NS = 1_760_000_000_000_000_000L;

    private static final int ALL = Integer.MAX_VALUE;
    private static final Path DIRECTORY = Path.of("src/test/resources/transcripts");

    static Stream<Script> all() {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.filter(file -> file.toString().endsWith(".txt")).sorted().map(Script::read).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Script named(String name) {
        return read(DIRECTORY.resolve(name + ".txt"));
    }

    private static Script read(Path file) {
        try {
            return new Script(file, Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    /** Plays the events and writes down what follows from each. */
    List<String> play(Rehearsal rehearsal) {
        Transcript transcript = new Transcript(ORIGIN_NS);
        List<String> played = new ArrayList<>();
        int most = ALL;
        for (String line : lines) {
            if (line.isBlank() || line.startsWith("#")) {
                played.add(line);
            } else if (line.startsWith("@")) {
                named(line.substring(1)).play(rehearsal);
                played.add(line);
            } else if (line.startsWith("!")) {
                most = Integer.parseInt(line.substring(1).strip());
                played.add(line);
            } else if (!line.startsWith(" ")) {
                play(EventParser.parse(line, ORIGIN_NS), most, rehearsal, transcript, played);
                most = ALL;
            }
        }
        return played;
    }

    private static void play(Event given, int most, Rehearsal rehearsal, Transcript transcript, List<String> played) {
        Event event = armedTime(given, rehearsal);
        Rehearsal.Step step = most == ALL ? rehearsal.take(event) : rehearsal.takeAndDie(event, most);
        played.add(transcript.event(event));
        for (Effect effect : step.effects()) {
            played.add("  - " + transcript.effect(effect, event.stamp()));
        }
        boolean changed = false;
        for (Service service : step.after().services().values()) {
            String change = transcript.change(step.before().services().get(service.number()), service);
            if (!change.isEmpty()) {
                played.add("  = " + (step.after().services().size() > 1 ? "s" + service.number() + " " : "") + change);
                changed = true;
            }
        }
        if (step.effects().isEmpty() && !changed) {
            played.add("  nothing");
        }
    }

    private static Event armedTime(Event event, Rehearsal rehearsal) {
        if (event instanceof Event.TimerFired fired && fired.dueNs() == 0) {
            Long dueNs = rehearsal.service(fired.stamp().service()).timers().get(fired.kind());
            if (dueNs == null) {
                throw new IllegalArgumentException("not armed: " + fired);
            }
            return new Event.TimerFired(fired.stamp(), fired.kind(), dueNs);
        }
        return event;
    }

    @Override
    public String toString() {
        return file.getFileName().toString();
    }
}
