package dev.handoff.coordinator.core;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.codec.event.EventKind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Every pair of a state and an event: either something follows from it, and some transcript or random walk has taken it; or
 * nothing does, and {@code transitions.txt} says why.
 */
class TransitionCoverageTest {

    private static final Path NOTHING_FOLLOWS = Path.of("src/test/resources/transitions.txt");
    private static final int WALKS = 3_000;
    private static final int EVENTS = 300;

    /** In which states an event was met, and in which of them something followed. */
    private static final Map<String, Set<String>> met = new TreeMap<>();
    private static final Map<String, Set<String>> taken = new TreeMap<>();

    @BeforeAll
    static void playEverything() {
        Script.all().forEach(script -> {
            Rehearsal rehearsal = new Rehearsal();
            script.play(rehearsal);
            note(rehearsal);
        });
        for (long seed = 0; seed < WALKS; seed++) {
            RandomWalk walk = new RandomWalk(seed, 0.2 + 0.1 * (seed % 5), true);
            walk.run(EVENTS);
            note(walk.rehearsal());
        }
    }

    private static void note(Rehearsal rehearsal) {
        for (Rehearsal.Step step : rehearsal.steps()) {
            String event = EventKind.of(step.event()).eventName();
            for (Service before : step.before().services().values()) {
                String state = before.state().label();
                boolean concerned = step.event().stamp().service() == before.number()
                        || step.event().stamp().service() == 0;
                if (concerned) {
                    met.computeIfAbsent(event, _ -> new TreeSet<>()).add(state);
                    if (step.changedSomething()) {
                        taken.computeIfAbsent(event, _ -> new TreeSet<>()).add(state);
                    }
                }
            }
        }
    }

    /** One line of the table: an event, the states (or {@code *} for all, {@code -name} for all but), and why nothing follows. */
    private record Nothing(String event, Set<String> states, String how, String why) {}

    private static List<Nothing> table() throws IOException {
        return Files.readAllLines(NOTHING_FOLLOWS).stream().filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split("\\s*\\|\\s*", -1)).map(cells -> {
                    assertEquals(4, cells.length, () -> "not a row: " + Arrays.toString(cells));
                    return new Nothing(cells[0], states(cells[1]), cells[2], cells[3]);
                }).toList();
    }

    private static Set<String> states(String cell) {
        Set<String> names = Stream.of(cell.replace("* but ", "").split("\\s+", -1)).collect(Collectors.toSet());
        if (!cell.startsWith("*")) {
            return names;
        }
        return allStates().stream().filter(name -> !names.contains(name)).collect(Collectors.toSet());
    }

    private static Set<String> allStates() {
        return leaves(State.class).map(Class::getSimpleName).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<Class<?>> leaves(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses()).flatMap(TransitionCoverageTest::leaves)
                : Stream.of(type);
    }

    @Test
    void somethingFollowsFromEveryPairThatIsNotExcused() throws IOException {
        List<Nothing> table = table();
        Set<String> missing = new TreeSet<>();
        for (EventKind event : EventKind.values()) {
            for (String state : allStates()) {
                boolean excused = table.stream()
                        .anyMatch(row -> row.event().equals(event.eventName()) && row.states().contains(state));
                if (!excused && !taken.getOrDefault(event.eventName(), Set.of()).contains(state)) {
                    missing.add(event.eventName() + " in " + state);
                }
            }
        }
        assertEquals(Set.of(), missing, "pairs that are neither taken nor excused");
    }

    @Test
    void nothingFollowsFromAPairThatIsExcused() throws IOException {
        for (Nothing row : table()) {
            assertTrue(row.how().equals("ignored") || row.how().equals("impossible"), () -> "neither: " + row);
            assertFalse(row.why().isBlank(), () -> "without a reason: " + row);
            Set<String> contradicted = new TreeSet<>(taken.getOrDefault(row.event(), Set.of()));
            contradicted.retainAll(row.states());
            assertEquals(Set.of(), contradicted, () -> "something did follow: " + row);
        }
    }

    /** What is called ignored has to happen somewhere, or nobody knows that it is. */
    @Test
    void everyIgnoredEventWasMet() throws IOException {
        Set<String> never = new TreeSet<>();
        for (Nothing row : table()) {
            if (row.how().equals("ignored")) {
                row.states().stream().filter(state -> !met.getOrDefault(row.event(), Set.of()).contains(state))
                        .forEach(state -> never.add(row.event() + " in " + state));
            }
        }
        assertEquals(Set.of(), never, "pairs called ignored that were never met");
    }

    @Test
    void theTableNamesWhatExists() throws IOException {
        Set<String> events = Arrays.stream(EventKind.values()).map(EventKind::eventName).collect(Collectors.toSet());
        for (Nothing row : table()) {
            assertAll(() -> assertTrue(events.contains(row.event()), () -> "no event: " + row),
                    () -> assertTrue(allStates().containsAll(row.states()), () -> "no such state: " + row),
                    () -> assertFalse(row.states().isEmpty(), () -> "no state: " + row));
        }
    }
}
