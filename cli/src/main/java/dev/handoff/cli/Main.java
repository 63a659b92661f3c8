package dev.handoff.cli;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the program starts. A coordinator that is started again after a death gets past the command-line parser: to load that one
 * and have it look at every command would be a third of the start, and peers wait meanwhile.
 */
public final class Main {

    private static final String RUN = "run";
    private static final String CONFIG = "--config";

    private Main() {}

    public static void main(String[] args) {
        Optional<Path> config = plainRun(List.of(args), System.getenv());
        if (config.isPresent()) {
            System.exit(guarded("handoff " + RUN, err -> new CoordinatorRun("handoff " + RUN, err).run(config.get())));
        }
        if (args.length == 2 && args[0].equals("rehearse")) {
            System.exit(guarded("rehearsal", err -> new Rehearsal(Path.of(args[1]), err).run()));
        }
        System.exit(HandoffCommand.commandLine().execute(args));
    }

    /**
     * The configuration, if these arguments say to run a coordinator with it and nothing else: {@code run [--no-keeper |
     * --spare] [--config FILE]}. Everything else, mistakes too, is for the parser.
     */
    static Optional<Path> plainRun(List<String> arguments, Map<String, String> environment) {
        if (arguments.isEmpty() || !arguments.getFirst().equals(RUN)) {
            return Optional.empty();
        }
        List<String> rest = arguments.subList(1, arguments.size());
        if (!rest.isEmpty() && (rest.getFirst().equals("--no-keeper") || rest.getFirst().equals("--spare"))) {
            rest = rest.subList(1, rest.size());
        }
        String file;
        if (rest.isEmpty()) {
            file = environment.getOrDefault(CoordinatorRun.CONFIG_VARIABLE, "");
        } else if (rest.size() == 2 && rest.getFirst().equals(CONFIG)) {
            file = rest.getLast();
        } else {
            return Optional.empty();
        }
        // What may be an option, a quoted word or nothing at all is read by the parser's rules.
        return file.isEmpty() || file.startsWith("-") || file.startsWith("\"") || file.startsWith("'")
                ? Optional.empty()
                : Optional.of(Path.of(file));
    }

    private interface Job {
        int run(PrintWriter err) throws IOException;
    }

    private static int guarded(String command, Job job) {
        String encoding = System.getProperty("stderr.encoding", Charset.defaultCharset().name());
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, Charset.forName(encoding)), true);
        try {
            return job.run(err);
        } catch (RuntimeException | IOException e) {
            return reportFault(command, e, err);
        }
    }

    /** A fault of ours, never the user's: the only place that prints a stack trace. */
    static int reportFault(String command, Exception fault, PrintWriter err) {
        err.println(command + ": a fault in handoff itself, please report it:");
        fault.printStackTrace(err);
        return ExitCode.INTERNAL;
    }
}
