package dev.handoff.coordinator.flight;

import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;

/** Whether anything is being recorded. Set by the recorder's threads, read by the loop. Asking the recorder itself would start it. */
public final class FlightSwitch implements FlightRecorderListener {

    private volatile boolean on;

    private FlightSwitch() {}

    /** One that follows this JVM's recorder, however late it is started. */
    public static FlightSwitch install() {
        FlightSwitch made = new FlightSwitch();
        FlightRecorder.addListener(made);
        return made;
    }

    boolean isOn() {
        return on;
    }

    /** Stops following; for tests that make many. */
    public void remove() {
        boolean _ = FlightRecorder.removeListener(this);
    }

    @Override
    public void recorderInitialized(FlightRecorder recorder) {
        look(recorder);
    }

    @Override
    public void recordingStateChanged(Recording recording) {
        look(FlightRecorder.getFlightRecorder());
    }

    private void look(FlightRecorder recorder) {
        on = recorder.getRecordings().stream().anyMatch(recording -> recording.getState() == RecordingState.RUNNING);
    }
}
