package dev.handoff.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

import dev.handoff.simulator.Exhaustive;
import dev.handoff.simulator.FaultProfile;
import dev.handoff.simulator.Mutants;
import dev.handoff.simulator.Simulation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code handoff simulate}: the production code in a simulated world where everything goes wrong. */
@Command(name = "simulate", mixinStandardHelpOptions = true, versionProvider = BuildVersion.class, description = {
    "Runs the production core, recovery and participant sessions in a simulated world: clock, sockets, processes,",
    "lock, descriptor store and disks. Things go wrong at every step; the rules are checked at each event, and every",
    "handoff has to end. The same seed gives the same run, byte for byte. A seed that fails is shrunk to a trace."}, footer = {
        "", "Examples:", "  handoff simulate --seed 1 --handoffs 100000",
        "  handoff simulate --faults crashes --handoffs 1 --trace     one handoff, everything that happens",
        "  handoff simulate --mutant list                             what is broken on purpose, to be caught",
        "  handoff simulate --exhaustive                              each crash, each pair of crashes", "",
        "Exit codes: 0 no rule was broken, 1 one was, 2 wrong usage."})
final class SimulateCommand implements Callable<Integer> {

    private static final double NS_PER_S = 1e9;

    @Spec
    private CommandSpec spec;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Decides the whole run. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--handoffs", paramLabel = "N", defaultValue = "10000", description = "How many. Default: ${DEFAULT-VALUE}.")
    private long handoffs;

    @Option(names = "--faults", paramLabel = "PROFILE", defaultValue = "all", description = "none, crashes, network, disk or all. Default: ${DEFAULT-VALUE}.")
    private String faults;

    @Option(names = "--mutant", paramLabel = "NAME", description = "Break this on purpose; 'list' names what there is.")
    private Optional<String> mutant = Optional.empty();

    @Option(names = "--trace", description = "Print everything that happens.")
    private boolean trace;

    @Option(names = "--exhaustive", description = "Kill each process at each point of one handoff, then at each pair of points.")
    private boolean exhaustive;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (mutant.equals(Optional.of("list"))) {
            Mutants.descriptions().forEach((name, what) -> out.printf("%-28s %s%n", name, what));
            return ExitCode.OK;
        }
        mutant.filter(name -> !Mutants.descriptions().containsKey(name)).ifPresent(name -> {
            throw wrong("unknown mutant '" + name + "'; there are: " + String.join(", ",
                    Mutants.descriptions().keySet()));
        });
        FaultProfile profile = FaultProfile.ofArgument(faults)
                .orElseThrow(() -> wrong("unknown fault profile '" + faults + "'; there are: "
                        + Arrays.stream(FaultProfile.values()).map(FaultProfile::argument)
                                .collect(Collectors.joining(", "))));
        if (handoffs < 1) {
            throw wrong("--handoffs must be at least 1, not " + handoffs);
        }
        long startNs = System.nanoTime();
        Simulation.Result result = exhaustive
                ? Exhaustive.runAll(seed, mutant, out::println)
                : new Simulation(new Simulation.Options(seed, handoffs, profile, mutant, trace), out::println).run();
        if (result.indeterminate() > 0) {
            out.println(result.indeterminate() + " handoffs ended as indeterminate, each after a damaged journal");
        }
        out.println(result.line((System.nanoTime() - startNs) / NS_PER_S));
        out.flush();
        return result.violations() == 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    private ParameterException wrong(String what) {
        return new ParameterException(spec.commandLine(), what);
    }
}
