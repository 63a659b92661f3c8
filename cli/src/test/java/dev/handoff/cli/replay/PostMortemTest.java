package dev.handoff.cli.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.cli.CommandRun;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Goes through docs/POST-MORTEM.md: each command is run, and has to print what stands below it. */
class PostMortemTest {

    private static final String PROMPT = "$ ";
    private static final String LAUNCHER = "./handoff ";
    /** Where the page unpacks the sample; here it goes elsewhere. */
    private static final String PLACE = "target/sample";
    /** Stands for any number of lines. */
    private static final String LEFT_OUT = "…";

    @TempDir
    private static Path directory;

    private record Step(String command, List<String> printed) {}

    @TestFactory
    List<DynamicTest> everyCommandPrintsWhatThePageSays() throws IOException {
        List<Step> steps = steps(Files.readAllLines(SampleOfDocs.root().resolve("docs/POST-MORTEM.md")));
        assertFalse(steps.isEmpty());
        return steps.stream().map(step -> DynamicTest.dynamicTest(step.command(), () -> check(step))).toList();
    }

    /** What stands in the page's console blocks. */
    private static List<Step> steps(List<String> page) {
        List<Step> steps = new ArrayList<>();
        boolean inBlock = false;
        for (String line : page) {
            if (line.startsWith("```")) {
                inBlock = line.equals("```console");
            } else if (inBlock && line.startsWith(PROMPT)) {
                steps.add(new Step(line.substring(PROMPT.length()), new ArrayList<>()));
            } else if (inBlock) {
                steps.getLast().printed().add(line.stripTrailing());
            }
        }
        return steps;
    }

    private static void check(Step step) throws IOException, InterruptedException {
        String command = step.command().replace(PLACE, directory.toString());
        String printed = command.startsWith(LAUNCHER) ? handoff(command) : shell(command);
        assertEquals(List.of(), missing(step.printed(), printed.lines().map(String::stripTrailing).toList()), printed);
    }

    private static String handoff(String command) {
        CommandRun run = CommandRun.of(command.substring(LAUNCHER.length()).split(" ", -1));
        assertEquals("", run.err());
        assertEquals(0, run.exit());
        return run.out();
    }

    private static String shell(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("bash", "-c", command).directory(SampleOfDocs.root().toFile())
                .redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            fail(said);
        }
        return said;
    }

    /** The expected lines that do not come in their place; without a mark for what is left out, line must follow line. */
    private static List<String> missing(List<String> expected, List<String> printed) {
        int at = 0;
        boolean mayJump = false;
        for (String line : expected) {
            if (line.equals(LEFT_OUT)) {
                mayJump = true;
                continue;
            }
            int found = mayJump ? at + printed.subList(at, printed.size()).indexOf(line) : at;
            if (found < at || found >= printed.size() || !printed.get(found).equals(line)) {
                return List.of("not printed here: " + line);
            }
            at = found + 1;
            mayJump = false;
        }
        return mayJump || at == printed.size() ? List.of() : List.of("printed besides: " + printed.get(at));
    }
}
