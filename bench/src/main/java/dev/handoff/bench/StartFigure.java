package dev.handoff.bench;

import java.io.IOException;
import java.nio.file.Path;

/** From the launcher's exec to a trigger socket that is there: a coordinator whose one service has an empty past. */
final class StartFigure {

    private StartFigure() {}

    static Figure measure(Path scratch, boolean quick) throws IOException, InterruptedException {
        Latencies cached = new Latencies();
        Latencies uncached = new Latencies();
        int starts = quick ? 2 : 15;
        for (int i = 0; i < starts; i++) {
            cached.add(start(scratch, ""));
            uncached.add(start(scratch, "-XX:AOTMode=off"));
        }
        return cached.figure("start.cold", "ms", 0).unbudgeted().with("without the ahead-of-time cache",
                uncached.percentileNs(50) / 1e6);
    }

    private static long start(Path scratch, String options) throws IOException, InterruptedException {
        try (ColdStart start = new ColdStart(scratch, options)) {
            long startNs = System.nanoTime();
            start.awaitSocket();
            return System.nanoTime() - startNs;
        }
    }
}
