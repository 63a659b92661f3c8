/* Keys, mouse and fingers on the chart. */
class Gestures {
  /** A hand that clicks moves a little; so many pixels are no drag. */
  static STILL = 4;

  constructor(chart, host, map) {
    this.chart = chart;
    this.host = host;
    this.map = map;
    host.addEventListener("keydown", (event) => this.key(event));
    host.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.listenToFingers();
    map.addEventListener("pointerdown", (event) => this.jump(event));
    map.addEventListener("pointermove", (event) => { if (event.buttons) this.jump(event); });
  }

  key(event) {
    const chart = this.chart;
    const keys = {
      ArrowRight: () => chart.step(1), ArrowLeft: () => chart.step(-1),
      Home: () => chart.step(-Infinity), End: () => chart.step(Infinity),
      "+": () => chart.zoom(0.5), "=": () => chart.zoom(0.5), "-": () => chart.zoom(2),
      0: () => chart.fit(), g: () => chart.fitGap(), Enter: () => chart.enter(),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  wheel(event) {
    const axis = this.chart.axis;
    if (!event.ctrlKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
    event.preventDefault();
    if (event.ctrlKey) axis.zoom(Math.exp(event.deltaY / 300), axis.at(this.place(event)));
    else axis.pan(event.deltaX / axis.width * (axis.to - axis.from));
    this.chart.draw();
  }

  place(event) {
    return event.clientX - this.host.getBoundingClientRect().left;
  }

  /** Moves what is in view to where the map was touched. */
  jump(event) {
    const axis = this.chart.axis;
    const half = (axis.to - axis.from) / 2;
    const at = this.chart.whole.at(event.clientX - this.map.getBoundingClientRect().left);
    axis.show(at - half, at + half);
    this.chart.draw();
  }

  /** One finger or the mouse drags, two fingers pinch. */
  listenToFingers() {
    const down = new Map();
    const spread = () => {
      const [a, b] = [...down.values()];
      return { apart: Math.max(20, Math.abs(a - b)), middle: (a + b) / 2 };
    };
    this.host.addEventListener("pointerdown", (event) => down.set(event.pointerId, this.place(event)));
    this.host.addEventListener("pointermove", (event) => {
      if (!down.has(event.pointerId) || !event.buttons) return;
      const x = this.place(event);
      const moved = down.get(event.pointerId) - x;
      if (Math.abs(moved) < Gestures.STILL) return;
      const axis = this.chart.axis;
      if (down.size === 2) {
        const before = spread();
        const around = axis.at(before.middle);
        down.set(event.pointerId, x);
        axis.zoom(before.apart / spread().apart, around);
      } else {
        axis.pan(moved / axis.width * (axis.to - axis.from));
        down.set(event.pointerId, x);
      }
      this.chart.draw();
    });
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      this.host.addEventListener(end, (event) => down.delete(event.pointerId));
    }
  }
}
