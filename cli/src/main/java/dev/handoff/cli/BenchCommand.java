package dev.handoff.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;

import dev.handoff.cli.BenchSuite.Request;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code handoff bench}: measures this build on this machine, beside what one would otherwise have. */
@Command(name = "bench", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = "Measures this build on this machine, each figure beside its budget and beside what one would otherwise have, in one run.", footer = {
    "",
    "All takes about a quarter of an hour, --quick under three minutes. The machine should do nothing else meanwhile.",
    "Beside the JSON file comes a page with the plots, of the same name with .html.", "", "Examples:",
    "  handoff bench --quick", "  handoff bench --only journal", "  handoff bench --json target/bench.json", "",
    "Exit codes: 0 everything was measured, whether within its budget or not (the column 'ok' says it, and so does \"ok\"",
    "in the JSON), 1 something could not be measured, 2 wrong usage."})
final class BenchCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "Less of everything, in under three minutes.")
    private boolean quick;

    @Option(names = "--only", paramLabel = "NAME", defaultValue = "", description = "Only the figures whose name begins so, such as journal or codec.hello.")
    private String only;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file too.")
    private Path json;

    @Option(names = "--jmh", paramLabel = "PATTERN", description = "Instead: run the JMH benchmarks whose names match this regular expression, such as CoreStep, with JMH's own report. The other options do not apply.")
    private String jmh;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        String command = spec.qualifiedName();
        Optional<BenchSuite> suite = ServiceLoader.load(BenchSuite.class).findFirst();
        if (suite.isEmpty()) {
            err.println(
                    command + ": the benches are not on the class path; start them from a clone, by ./handoff bench");
            return ExitCode.FAILED;
        }
        if (jmh != null) {
            return runJmh(suite.get(), err);
        }
        if (!suite.get().knows(only)) {
            err.println(
                    command + ": no figure's name begins with '" + only + "' (the table without --only has them all)");
            return ExitCode.USAGE;
        }
        try {
            suite.get().run(new Request(quick, only, Optional.ofNullable(json), distribution()));
            return ExitCode.OK;
        } catch (IOException e) {
            err.println(command + ": " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    private int runJmh(BenchSuite suite, PrintWriter err) {
        try {
            suite.runJmh(jmh);
            return ExitCode.OK;
        } catch (IOException e) {
            err.println(spec.qualifiedName() + ": " + e.getMessage());
            return ExitCode.FAILED;
        }
    }

    /** The directory of the jar that this class came from. */
    private static Path distribution() {
        return Path.of(BenchCommand.class.getProtectionDomain().getCodeSource().getLocation().getPath()).getParent();
    }
}
