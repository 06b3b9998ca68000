import { describe, expect, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import { eventually, MjpegClient, SocketClient } from "./clients.ts";
import { FrameClient } from "./frame-client.ts";
import { type MetricFamily, readMetrics } from "./prometheus-parser.ts";
import { servedView } from "./served-view.ts";

const view = servedView();

/** One scrape of `/metrics`, parsed strictly. */
class Scrape {
  readonly families: Map<string, MetricFamily>;

  constructor(text: string) {
    this.families = readMetrics(text);
  }

  static async of(url: string): Promise<Scrape> {
    const answer = await fetch(`${url}metrics`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    return new Scrape(await answer.text());
  }

  /** The sample of this name with these labels. */
  value(name: string, labels: Record<string, string> = {}): number {
    const family = this.families.get(name.replace(/_(bucket|sum|count)$/, "")) ?? this.families.get(name);
    const labelText = JSON.stringify(labels);
    const found = family?.samples.find(
      (sample) => sample.name === name && JSON.stringify(sample.labels) === labelText,
    );
    if (found === undefined) throw new Error(`There is no sample ${name}${labelText}.`);
    return found.value;
  }
}

const TRANSPORT_LABELS = ["mjpeg", "jpeg"].map((transport) => ({ transport }));

describe("/metrics", () => {
  test("/metrics is valid before a renderer is attached, with one, and after it", async () => {
    const before = await Scrape.of(view.server.url);
    expect(before.value("scenecast_renderer_state", { state: "starting" })).toBe(1);
    expect(before.value("scenecast_frames_total")).toBe(0);
    for (const labels of TRANSPORT_LABELS)
      expect(before.value("scenecast_frames_sent_total", labels)).toBe(0);
    expect(before.families.has("scenecast_renderer_info")).toBe(false);
    const driver = 'ANGLE (Google, "SwiftShader") \\ 5\nnew line';
    view.server.attach(view.renderer.names, { driver });
    view.renderer.writeGrey(9);
    await eventually(() => view.server.state.renderer.state === "running", "the frame is detected");
    const during = await Scrape.of(view.server.url);
    expect(during.value("scenecast_renderer_state", { state: "running" })).toBe(1);
    expect(during.value("scenecast_renderer_state", { state: "starting" })).toBe(0);
    expect(during.value("scenecast_renderer_info", { driver })).toBe(1);
    expect(during.value("scenecast_frames_total")).toBe(1);
    view.server.detach("it ended");
    const after = await Scrape.of(view.server.url);
    expect(after.value("scenecast_renderer_state", { state: "gone" })).toBe(1);
    expect(after.value("scenecast_frames_total")).toBe(1);
    expect(after.value("process_cpu_seconds_total")).toBeGreaterThanOrEqual(
      before.value("process_cpu_seconds_total"),
    );
    expect(after.value("process_open_fds")).toBeGreaterThan(2);
    expect(after.value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(Math.abs(after.value("process_start_time_seconds") * 1000 - performance.timeOrigin)).toBeLessThan(
      60_000,
    );
  });

  test("/metrics counts frames sent by transport, also to viewers that have left, and names no viewer", async () => {
    view.server.attach(view.renderer.names);
    const mjpeg = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0001");
    const jpeg = await FrameClient.open(view.server.url, { viewer: "viewer-0002" });
    const socket = await SocketClient.open(view.server.url, "ws?viewer=viewer-0003");
    await eventually(() => view.server.viewers === 2, "both viewers are connected");
    for (let frame = 1; frame <= 5; frame++) {
      view.renderer.writeGrey(40 * frame);
      await mjpeg.next();
      await jpeg.waitForGrey(40 * frame);
    }
    const open = await Scrape.of(view.server.url);
    for (const transport of ["mjpeg", "jpeg", "none"]) {
      expect(open.value("scenecast_viewers", { transport })).toBe(1);
    }
    expect(open.value("scenecast_streams", { tier: "0" })).toBe(2);
    const state = view.server.state.viewers;
    for (const transport of ["mjpeg", "jpeg"] as const) {
      const viewer = state.find((other) => other.transport === transport);
      expect(open.value("scenecast_frames_sent_total", { transport })).toBe(viewer?.frames ?? -1);
      expect(open.value("scenecast_frames_sent_total", { transport })).toBe(5);
      expect(open.value("scenecast_sent_bytes_total", { transport })).toBe(viewer?.bytes ?? -1);
      expect(viewer?.bitrate).toBeGreaterThan(0);
      expect(viewer?.ageMs).toBeGreaterThanOrEqual(0);
    }
    // Each frame was encoded once for both, and its age measured at each.
    expect(open.value("scenecast_encode_seconds_count", { quality: "tier0" })).toBe(5);
    expect(open.value("scenecast_frame_age_seconds_count")).toBe(10);
    expect(open.value("scenecast_round_trip_seconds_count")).toBeGreaterThanOrEqual(4);
    expect(state.find(({ transport }) => transport === "jpeg")?.rttMs).toBeGreaterThanOrEqual(0);
    expect(state.find(({ transport }) => transport === "mjpeg")?.rttMs).toBeNull();

    const names = [...open.families.keys()];
    mjpeg.close();
    jpeg.close();
    socket.close();
    await eventually(() => view.server.state.viewers.length === 0, "all viewers have left");
    const afterwards = await Scrape.of(view.server.url);
    for (const transport of ["mjpeg", "jpeg", "none"]) {
      expect(afterwards.value("scenecast_viewers", { transport })).toBe(0);
    }
    for (const transport of ["mjpeg", "jpeg"]) {
      expect(afterwards.value("scenecast_frames_sent_total", { transport })).toBe(5);
      expect(afterwards.value("scenecast_sent_bytes_total", { transport })).toBe(
        open.value("scenecast_sent_bytes_total", { transport }),
      );
    }
    const next = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0004");
    await next.next();
    await eventually(() => view.server.state.viewers[0]?.frames === 1, "the frame was sent");
    const more = await Scrape.of(view.server.url);
    expect(more.value("scenecast_frames_sent_total", { transport: "mjpeg" })).toBe(6);
    // The number of series does not grow with the number of viewers.
    expect([...more.families.keys()]).toEqual(names);
    const series = (scrape: Scrape) => [...scrape.families.values()].flatMap(({ samples }) => samples).length;
    expect(series(more)).toBe(series(open));
    next.close();
  });

  test("/metrics counts a stream that replaces another together with it", async () => {
    view.server.attach(view.renderer.names);
    view.renderer.writeGrey(50);
    const first = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0001");
    await first.next();
    const second = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0001");
    await second.next();
    const scrape = await Scrape.of(view.server.url);
    expect(scrape.value("scenecast_frames_sent_total", { transport: "mjpeg" })).toBe(2);
    expect(scrape.value("scenecast_viewers", { transport: "mjpeg" })).toBe(1);
    second.close();
  });

  test("/metrics counts accepted, merged, refused and waiting events", async () => {
    const socket = await SocketClient.open(view.server.url);
    socket.send({ type: "weel", deltaY: 1, timestampInMs: 1 });
    await socket.settle();
    view.server.attach(view.renderer.names);
    // The queue has space for 20; the rest waits, and consecutive moves are merged.
    for (let press = 0; press < 12; press++) {
      for (const on of [1, 0]) {
        socket.send({
          ...{ type: "mouseLeftClick", on, mouseButton: 0, x: 0, y: 0, ctrlKey: 0, shiftKey: 0 },
          timestampInMs: 1,
        });
      }
    }
    for (let move = 1; move <= 5; move++) {
      socket.send({ type: "mouseMove", x: move / 10, y: 0, ctrlKey: 0, shiftKey: 0, timestampInMs: move });
    }
    await socket.settle();
    const scrape = await Scrape.of(view.server.url);
    const { events } = view.server.state;
    expect(events).toMatchObject({ accepted: 29, merged: 4 });
    expect(events.pending).toBeGreaterThan(0);
    for (const kind of ["accepted", "merged", "refused"] as const) {
      expect(scrape.value(`scenecast_events_${kind}_total`)).toBe(events[kind]);
    }
    expect(scrape.value("scenecast_events_pending")).toBe(events.pending);
    let dequeued = 0;
    await eventually(() => {
      while (view.renderer.queue.dequeue() !== null) dequeued++;
      return view.server.state.events.pending === 0 && view.renderer.queue.isEmpty;
    }, "the renderer has dequeued all events");
    expect(dequeued).toBe(25);
    expect((await Scrape.of(view.server.url)).value("scenecast_events_pending")).toBe(0);
    socket.close();
  });

  test("a hundred concurrent scrapes are valid while frames arrive and viewers connect and leave", async () => {
    view.server.attach(view.renderer.names);
    let grey = 0;
    using writing = setInterval(() => view.renderer.writeGrey(grey++ % 256), 2);
    const ROUNDS = 10;
    for (let round = 0; round < ROUNDS; round++) {
      const clients = Array.from({ length: 5 }, () => MjpegClient.open(view.server.url));
      const scrapes = await Promise.all(Array.from({ length: 10 }, () => Scrape.of(view.server.url)));
      for (const scrape of scrapes) {
        const sent = scrape.value("scenecast_frames_sent_total", { transport: "mjpeg" });
        // A scrape is consistent: every measured frame has been sent.
        expect(scrape.value("scenecast_frame_age_seconds_count")).toBeLessThanOrEqual(sent);
      }
      for (const client of await Promise.all(clients)) client.close();
    }
    clearInterval(writing);
    await eventually(() => view.server.viewers === 0, "all viewers have left");
  });

  test("two servers in one process have separate metrics", async () => {
    await using other = await startServer({ port: 0 });
    view.server.attach(view.renderer.names);
    view.renderer.writeGrey(50);
    const client = await MjpegClient.open(view.server.url);
    await client.next();
    const [own, others] = await Promise.all([Scrape.of(view.server.url), Scrape.of(other.url)]);
    expect(own.value("scenecast_frames_total")).toBe(1);
    expect(others.value("scenecast_frames_total")).toBe(0);
    expect(others.value("scenecast_viewers", { transport: "mjpeg" })).toBe(0);
    client.close();
  });
});

describe("latency", () => {
  const move = (timestampInMs: number) => ({
    ...{ type: "mouseMove", x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0 },
    timestampInMs,
  });

  test("latency from an event to the first frame that shows it is measured once for each viewer", async () => {
    view.server.attach(view.renderer.names);
    view.renderer.writeGrey(20);
    const jpeg = await FrameClient.open(view.server.url, { viewer: "viewer-0001", acknowledges: false });
    const mjpeg = await MjpegClient.open(view.server.url, "video/mjpeg?viewer=viewer-0002");
    await jpeg.waitForGrey(20);
    await mjpeg.next();
    jpeg.acknowledge();
    jpeg.send(move(1234.5));
    await eventually(() => view.server.state.events.accepted === 1, "the event is accepted");
    expect(view.server.state.latency).toMatchObject({ inputToSentMs: null, inputToSeenMs: null });

    view.renderer.writeGrey(120, [64, 48], 1234.5);
    await jpeg.waitForGrey(120);
    await mjpeg.next();
    const counts = async () => {
      const scrape = await Scrape.of(view.server.url);
      return ["sent", "seen"].map((until) =>
        scrape.value("scenecast_input_latency_seconds_count", { until }),
      );
    };
    const inputMs = (transport: string) =>
      view.server.state.viewers.find((viewer) => viewer.transport === transport)?.inputMs ?? null;
    await eventually(() => inputMs("mjpeg") !== null, "the time until sending is measured");
    expect(await counts()).toEqual([2, 0]);
    // For a viewer that acknowledges frames, latency is measured at the acknowledgement.
    expect(inputMs("jpeg")).toBeNull();
    jpeg.acknowledge();
    await eventually(() => inputMs("jpeg") !== null, "the acknowledgement is measured");
    expect(await counts()).toEqual([2, 1]);
    expect(view.server.state.latency.inputToSeenMs).toBeGreaterThanOrEqual(0);
    expect(inputMs("jpeg")).toBeGreaterThanOrEqual(0);

    // The same event in a later frame, an unknown event, and no event: nothing is measured.
    for (const [grey, eventMs] of [
      [40, 1234.5],
      [60, 999],
      [80, null],
    ] as const) {
      view.renderer.writeGrey(grey, [64, 48], eventMs);
      await jpeg.waitForGrey(grey);
      await mjpeg.next();
      jpeg.acknowledge();
    }
    // A viewer that just joined has no latency.
    jpeg.send(move(2000));
    await eventually(() => view.server.state.events.accepted === 2, "the event is accepted");
    jpeg.close();
    await eventually(() => view.server.viewers === 1, "one viewer has left");
    view.renderer.writeGrey(100, [64, 48], 2000);
    await mjpeg.next();
    const newcomer = await MjpegClient.open(view.server.url);
    await newcomer.next();
    await eventually(() => view.server.state.viewers.every(({ frames }) => frames > 0), "the frame was sent");
    expect(await counts()).toEqual([3, 1]);
    mjpeg.close();
    newcomer.close();
  });

  test("invalid times of a renderer produce no negative metric and no NaN", async () => {
    view.server.attach(view.renderer.names);
    const client = await MjpegClient.open(view.server.url);
    const pixels = (grey: number) => new Uint8Array(4 * 4 * 4).fill(grey);
    const STAMPS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 1e300, 0];
    for (const [i, stamp] of STAMPS.entries()) {
      view.renderer.images.write(4, 4, pixels(40 * (i + 1)), { eventTimestamp: stamp, renderMs: stamp });
      await client.next();
    }
    const scrape = await Scrape.of(view.server.url);
    expect(scrape.value("scenecast_frames_sent_total", { transport: "mjpeg" })).toBeGreaterThan(0);
    checkNumbers((await (await fetch(`${view.server.url}state`)).json()) as object, "state");
    client.close();
  });
});

/** Checks that no number of `/state` is negative, NaN or infinite; the last two would be null, which only some fields allow. */
function checkNumbers(value: unknown, path: string): void {
  const NULLABLE = /pid|driver|transport|tier|loss|Ms$|camera$|frame$/;
  if (value === null) expect(path).toMatch(NULLABLE);
  else if (typeof value === "number") expect([path, value >= 0]).toEqual([path, true]);
  else if (typeof value === "object" && !path.endsWith(".camera")) {
    for (const [key, inner] of Object.entries(value)) checkNumbers(inner, `${path}.${key}`);
  }
}
