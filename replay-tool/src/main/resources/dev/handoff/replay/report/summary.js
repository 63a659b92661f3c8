/* The one-glance answer: how it ended, why, for how long nobody wrote; then the story in words and where the time went. */
const Summary = (() => {
  const { el, put, id } = Dom;

  const ENDS = {
    committed: ["good", "Committed"], rolled_back: ["bad", "Rolled back"], indeterminate: ["bad", "Indeterminate"],
    refused: ["plain", "Refused"], in_flight: ["warn", "In flight"], untold: ["bad", "End lost"],
  };

  const ended = (handoff) => ENDS[handoff.outcome] || ["plain", handoff.outcome];

  /** Text with its record numbers as links to them. */
  function linked(handoff, text, choose) {
    return text.split(/(#\d+)/).map((part) => {
      const moment = /^#\d+$/.test(part) && handoff.bySeq.get(Number(part.slice(1)));
      return moment ? link(moment, choose) : part;
    });
  }

  const link = (moment, choose) => el("button", { class: "link", type: "button", click: () => choose(moment) },
    Model.label(moment));

  const fact = (name, value, more, style) => el("div", { class: `fact ${style || ""}` },
    el("dt", null, name), el("dd", null, el("b", null, value), more ? el("span", null, more) : null));

  const daemon = (who) => who ? `pid ${who.pid}${who.binary ? `, ${who.binary.replace(/.*\/(?=.)/, "…/")}` : ""}` : "";

  function verdict(handoff, choose) {
    const [tone, word] = ended(handoff);
    const asked = handoff.request;
    const deaths = handoff.crashes.map((crash) => crash.who);
    put(id("verdict"),
      el("div", { class: `outcome ${tone}` },
        el("p", { class: "word" }, word),
        el("h1", { id: "headline" }, `${handoff.service}: ${handoff.incumbent ? handoff.incumbent.shown : "?"} → ${
          handoff.successor ? handoff.successor.shown : "?"}`),
        el("p", { class: "id" }, handoff.handoff_id)),
      el("dl", { class: "facts" },
        fact("Nobody wrote for", handoff.gap_shown, handoff.gap ? "from the last write to the decision"
          : handoff.gap_shown === "none" ? "the incumbent did not stop writing" : "records before it are lost", handoff.gap ? "gap" : ""),
        fact("It took", handoff.total_shown, `asked for ${handoff.start.slice(0, 23).replace("T", " ")} UTC`),
        fact("From", handoff.incumbent ? handoff.incumbent.shown : "not told", daemon(handoff.incumbent)),
        fact("To", handoff.successor ? handoff.successor.shown : "no successor was started",
          daemon(handoff.successor) || (asked && asked.binary ? `asked for ${asked.binary}` : "")),
        fact("Died in it", deaths.length ? deaths.join(", ") : "nobody",
          handoff.takeovers ? `taken over ${handoff.takeovers === 1 ? "once" : `${handoff.takeovers} times`}` : "",
          deaths.length ? "gap" : ""),
        fact("Asked by", asked ? `uid ${asked.uid}` : "its request is lost", asked ? `pid ${asked.pid}` : "")),
      el("div", { class: "why" }, el("h2", null, "Why it ended so"),
        handoff.why.map((line) => el("p", null, linked(handoff, line, choose)))));
  }

  function story(handoff, choose) {
    const line = (each) => {
      const moment = handoff.bySeq.get(each.seq);
      const cause = each.seq !== null && handoff.bySeq.get(each.caused_by);
      const after = cause ? each.offset_ns - cause.at_ns : 0;
      return el("li", { "data-seq": each.seq },
        el("span", { class: "when" }, (each.offset_ns / 1e9).toFixed(4)),
        el("span", { class: "seq" }, moment ? link(moment, choose) : ""),
        el("span", { class: "text" }, el("bdi", null, each.text),
          cause ? el("span", { class: "cause" }, " ← ", link(cause, choose), after >= 1e6
            ? `, ${Model.duration(after)}` : "") : null));
    };
    const course = el("ol", { class: "course" }, handoff.course.map(line));
    course.style.setProperty("--seq", `${String(handoff.last_seq).length + 2}ch`);
    put(id("story"), el("h2", { id: "story-title" }, "The story in words"),
      el("p", { class: "hint" }, "Seconds from the request, record, what; ← the record that led to it, and how long before."),
      course);
  }

  function phases(handoff, zoom) {
    const total = Math.max(1, handoff.total_ns);
    const row = (phase) => {
      const bar = el("span", { class: `share ${phase.kind}` });
      bar.style.width = `${Math.max(0.5, (phase.duration_ns / total) * 100)}%`;
      return el("tr", null,
        el("th", { scope: "row" }, el("button", { class: "link", type: "button", click: () => zoom(phase) }, phase.phase)),
        el("td", { class: "number" }, phase.duration),
        el("td", { class: "number" }, `${Math.round((phase.duration_ns / total) * 100)} %`),
        el("td", { class: "shares" }, bar));
    };
    put(id("phases"), el("h2", { id: "phases-title" }, "Where the time went"),
      handoff.phases.length ? el("table", { class: "phases" },
        el("thead", null, el("tr", null, ["Phase", "Time", "Share"].map((name) => el("th", { scope: "col" }, name)),
          el("td", null))),
        el("tbody", null, handoff.phases.map(row)),
        el("tfoot", null, el("tr", null, el("th", { scope: "row" }, "total"),
          el("td", { class: "number" }, handoff.total_shown), el("td"), el("td"))))
        : el("p", null, handoff.outcome === "refused" ? "It never began."
          : "Records before it are lost: nobody knows its phases."));
  }

  return { verdict, story, phases, linked, link, ended };
})();
