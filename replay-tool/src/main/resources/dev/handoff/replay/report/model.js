/* The data of the report, and how times look. Times are nanoseconds from the request of the handoff on. */
const Model = (() => {
  const data = JSON.parse(Dom.id("data").textContent);

  /** What the chart, the list and the table need to know of a record beyond what stands in it. */
  function prepare(handoff) {
    const bySeq = new Map();
    handoff.moments.forEach((moment, index) => {
      moment.index = index;
      moment.seq = moment.record.seq;
      moment.led = [];
      moment.words = [];
      if (moment.seq !== null) bySeq.set(moment.seq, moment);
    });
    for (const moment of handoff.moments) {
      const cause = bySeq.get(moment.caused_by);
      if (cause) cause.led.push(moment);
    }
    for (const line of handoff.course) {
      const moment = bySeq.get(line.seq === null ? line.caused_by : line.seq);
      if (moment) moment.words.push(line.text);
    }
    handoff.bySeq = bySeq;
    handoff.gap = handoff.writers.find((span) => span.writer === "nobody") || null;
    handoff.begin = Math.min(0, ...handoff.moments.map((moment) => moment.at_ns));
    return handoff;
  }

  const handoffs = data.handoffs.map((handoff) => () => handoff.bySeq ? handoff : prepare(handoff));

  /** Three digits or so, as the commands print it. */
  function duration(ns) {
    if (ns < 0) return `-${duration(-ns)}`;
    if (ns < 1e6) return `${(ns / 1e3).toFixed(ns < 1e4 ? 1 : 0)} µs`;
    if (ns < 1e9) return `${(ns / 1e6).toFixed(1)} ms`;
    if (ns < 120e9) return `${(ns / 1e9).toFixed(1)} s`;
    if (ns < 7200e9) return `${Math.floor(ns / 60e9)} min`;
    return ns < 172800e9 ? `${Math.floor(ns / 3600e9)} h` : `${Math.floor(ns / 86400e9)} d`;
  }

  /** Seconds with as many decimals as the journal's clock has. */
  const offset = (ns) => `${ns < 0 ? "-" : "+"}${(Math.abs(ns) / 1e9).toFixed(6)} s`;

  /** One short line for a record: its message's name, or its kind. */
  function name(moment) {
    const record = moment.record;
    if (record.message) return record.message.variant;
    if (record.kind === "TimerFired") return `timer ${record.timer}`;
    if (record.kind === "GateJudged") return `gate ${record.gate}: ${record.verdict}`;
    if (record.damage === "lost") return `lost: ${record.from_seq} to ${record.to_seq === null ? "?" : record.to_seq}`;
    if (record.kind === "HandoffEnded") return `end: ${record.outcome.replace("_", " ")}`;
    if (record.kind === "ProcessExited") return `exit of ${record.pid}`;
    return record.kind;
  }

  /** What a record is about, in a line: its sentence, or its message's own fields. */
  function words(moment) {
    if (moment.words.length) return moment.words[0];
    const message = moment.record.message;
    return message ? Object.entries(message).filter(([field]) => field !== "variant" && field !== "handoff_id")
      .map(([field, value]) => `${field}=${typeof value === "object" ? JSON.stringify(value) : value}`).join(" ")
      : moment.record.reason || "";
  }

  /** Who to whom, in words. */
  function route(moment) {
    const record = moment.record;
    if (!record.peer) return "";
    if (record.direction === "inbound") return `from ${record.peer}`;
    return record.direction === "outbound" ? `to ${record.peer}` : record.peer;
  }

  const label = (moment) => moment.seq === null ? "damage" : `#${moment.seq}`;

  return { data, handoffs, duration, offset, name, words, route, label };
})();
