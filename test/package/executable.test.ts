import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import type { RtpPacket } from "werift";
import { buildExecutable } from "../../scripts/build.ts";
import { readFrameMessage } from "../../src/protocol/frame-header.ts";
import { cubeObj, cubePlyBinary, cubeStlBinary, glb, texturedQuad } from "../formats/samples.ts";
import { freeTcpPort } from "../support/free-ports.ts";
import { decodeVp8 } from "../support/vp8-decoder.ts";
import { createOffer } from "../webrtc/test-peer.ts";
import { BareRoot, whyNoBareRoot } from "./bare-root.ts";
import { ContainerImage, whyNoImage } from "./container-image.ts";
import { readResources } from "./kubernetes.ts";
import { firstLine, run } from "./programs.ts";

// The first frame by the embedded driver compiles shaders, which takes seconds on a busy machine.
setDefaultTimeout(120_000);

const TETRAHEDRON = `v 0 0 0
v 1 0 0
v 0 1 0
v 0 0 1
f 1 3 2
f 1 2 4
f 1 4 3
f 2 3 4
`;

const CONTAINER_TOKEN = "a-token-of-the-container";

const noBareRoot = whyNoBareRoot();
const skipped = noBareRoot === undefined ? "" : ` (skipped: ${noBareRoot})`;

let scratch: string;
let executable: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "scenecast-executable-"));
  executable = await buildExecutable();
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** An environment of the executable: its folder as seen from outside and inside, and the command line to run it. */
interface Place {
  work: string;
  inside: string;
  command: (...args: string[]) => string[];
}

async function emptyFolder(): Promise<Place> {
  const work = await mkdtemp(join(scratch, "empty-"));
  await Bun.$`cp ${executable} ${work}/scenecast`.quiet();
  return { work, inside: work, command: (...args) => ["env", "-i", "./scenecast", ...args] };
}

async function bareRoot(options: { without?: string } = {}): Promise<Place> {
  const folder = await mkdtemp(join(scratch, "root-"));
  const root = await BareRoot.create(folder, executable, options);
  return { work: join(folder, "work"), inside: "/work", command: (...args) => root.command(...args) };
}

const environment = { PATH: process.env.PATH ?? "/usr/bin:/bin:/usr/sbin:/sbin" };

function countColors(png: Uint8Array): number {
  const { data } = PNG.sync.read(Buffer.from(png));
  return new Set(new Uint32Array(data.buffer, data.byteOffset, data.length / 4)).size;
}

interface State {
  camera: unknown;
  events: { accepted: number };
}

async function state(url: string): Promise<State> {
  return (await (await fetch(new URL("state", url))).json()) as State;
}

for (const [name, enter, skip] of [
  ["an empty folder with an empty environment", emptyFolder, ""],
  [`a file system with a C library and nothing else${skipped}`, bareRoot, skipped],
] as const) {
  describe.skipIf(skip !== "")(`the executable in ${name}`, () => {
    test("the executable renders an image", async () => {
      const place = await enter();
      await Bun.write(join(place.work, "shape.obj"), TETRAHEDRON);
      const render = place.command(
        "render",
        `${place.inside}/shape.obj`,
        "-o",
        `${place.inside}/out.png`,
        "--size",
        "160x120",
      );
      const result = await run(render, { cwd: place.work, env: environment });
      expect(result).toMatchObject({ status: 0 });
      const image = await Bun.file(join(place.work, "out.png")).bytes();
      expect(PNG.sync.read(Buffer.from(image))).toMatchObject({ width: 160, height: 120 });
      expect(countColors(image)).toBeGreaterThan(4);
    });

    test("doctor reports what the machine can do", async () => {
      const place = await enter();
      const result = await run(place.command("doctor", "--json"), { cwd: place.work, env: environment });
      expect(result).toMatchObject({ status: 0, stderr: "" });
      expect(JSON.parse(result.stdout)).toMatchObject({ works: true });
      expect(result.stdout).toContain("SwiftShader");
    });

    test("view serves its page, images, events, video and WebRTC, and exits with 0 at SIGTERM", async () => {
      const place = await enter();
      const view = Bun.spawn(place.command("view", "--port", "0", "--size", "160x120"), {
        cwd: place.work,
        env: environment,
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      // Ends it also if an expectation fails.
      using ended = new DisposableStack();
      ended.defer(() => view.kill("SIGKILL"));
      const line = await firstLine(view);
      expect(line).toStartWith("scenecast ready http");
      const url = line.replace("scenecast ready ", "");
      const page = await fetch(url);
      expect(page.headers.get("content-type")).toStartWith("text/html");
      const image = await fetch(new URL("snapshot.png", url));
      expect(image.status).toBe(200);
      expect(countColors(await image.bytes())).toBeGreaterThan(4);

      const socket = new WebSocket(new URL("ws", url).href.replace(/^http/, "ws"));
      await new Promise((resolve) => socket.addEventListener("open", resolve));
      const before = (await state(url)).camera;
      socket.send(JSON.stringify({ type: "weel", deltaY: -300, timestampInMs: 1 }));
      socket.send("no JSON");
      const answer = Promise.withResolvers<string>();
      socket.addEventListener("message", ({ data }) => {
        if (String(data).includes("bad-json")) answer.resolve(String(data));
      });
      expect(await answer.promise).toContain("error");
      expect((await state(url)).events.accepted).toBe(1);
      // A viewer makes the renderer render, which applies the event first.
      const stream = (await fetch(new URL("video/mjpeg", url))).body?.getReader();
      while (Bun.deepEquals((await state(url)).camera, before)) await stream?.read();
      await stream?.cancel();
      const video = Promise.withResolvers<ArrayBuffer>();
      socket.binaryType = "arraybuffer";
      socket.addEventListener("message", ({ data }) => {
        if (data instanceof ArrayBuffer) video.resolve(data);
      });
      socket.send(JSON.stringify({ type: "frames", encoding: "video" }));
      const frame = readFrameMessage(await video.promise);
      expect(frame?.header).toMatchObject({ format: "vp8", keyframe: true, width: 160, height: 120 });
      expect(decodeVp8([frame?.payload ?? new Uint8Array()])).toMatchObject([{ width: 160, height: 120 }]);
      socket.close();

      const { peer, sdp } = await createOffer();
      ended.defer(() => void peer.close());
      const packet = Promise.withResolvers<RtpPacket>();
      peer.onTrack.subscribe((track) => track.onReceiveRtp.subscribe(packet.resolve));
      const headers = { "Content-Type": "application/sdp" };
      const answered = await fetch(new URL("whep", url), { method: "POST", headers, body: sdp });
      expect(answered.status).toBe(201);
      await peer.setRemoteDescription({ type: "answer", sdp: await answered.text() });
      // The first packet of a VP8 keyframe: start bit in the descriptor, keyframe bit in the frame header.
      const { payload } = await packet.promise;
      expect([payload[0], (payload[1] ?? 1) & 1]).toEqual([0x10, 0]);
      await fetch(new URL(answered.headers.get("location") ?? "", new URL("whep", url)), {
        method: "DELETE",
      });
      view.kill("SIGTERM");
      expect(await view.exited).toBe(0);
    });

    test("render reads OBJ with MTL, PLY, STL and GLB", async () => {
      const place = await enter();
      const samples: Record<string, string | Uint8Array> = {
        "cube.obj": `mtllib cube.mtl\nusemtl red\n${cubeObj()}`,
        "cube.ply": cubePlyBinary(),
        "cube.stl": cubeStlBinary(),
        "quad.glb": glb(texturedQuad()),
      };
      await Bun.write(join(place.work, "cube.mtl"), "newmtl red\nKd 1 0 0\n");
      for (const [name, content] of Object.entries(samples)) {
        await Bun.write(join(place.work, name), content);
        const args = [
          "render",
          `${place.inside}/${name}`,
          "-o",
          `${place.inside}/${name}.png`,
          "--size",
          "80x60",
        ];
        const result = await run(place.command(...args), { cwd: place.work, env: environment });
        expect({ name, ...result }).toMatchObject({ name, status: 0, stderr: "" });
        const image = await Bun.file(join(place.work, `${name}.png`)).bytes();
        expect(countColors(image)).toBeGreaterThan(2);
      }
    });

    test("licenses prints the notices", async () => {
      const place = await enter();
      const result = await run(place.command("licenses"), { cwd: place.work, env: environment });
      expect(result).toMatchObject({ status: 0, stderr: "" });
      expect(result.stdout).toContain("SwiftShader");
    });
  });
}

test.skipIf(noBareRoot !== undefined)(
  `without libgcc_s the executable names the library and the package to install${skipped}`,
  async () => {
    const place = await bareRoot({ without: "libgcc_s.so.1" });
    await Bun.write(join(place.work, "shape.obj"), TETRAHEDRON);
    const render = place.command("render", "/work/shape.obj", "-o", "/work/out.png");
    const result = await run(render, { cwd: place.work, env: environment });
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("libgcc_s.so.1");
    expect(result.stderr).toContain("libgcc-s1");
    expect(result.stderr.length).toBeLessThan(600);
  },
);

const noImage = whyNoImage();
describe.skipIf(noImage !== "")(`the image of examples/docker${noImage && ` (skipped: ${noImage})`}`, () => {
  let image: ContainerImage;
  let data: string;

  beforeAll(async () => {
    image = await ContainerImage.build(await mkdtemp(join(scratch, "image-")), executable);
    data = await mkdtemp(join(scratch, "data-"));
    await Bun.$`chmod 755 ${scratch} ${data}`.quiet();
  });

  test("is built by buildah, and its default command serves the demo with a read-only root and without root's rights", async () => {
    expect(image.config.User).toBe("65532:65532");
    const port = freeTcpPort();
    await using container = startContainer([...image.config.Cmd, "--port", String(port)], 64);
    const line = await firstLine(container);
    expect(line).toStartWith("scenecast ready http://");
    const snapshot = await fetch(`http://127.0.0.1:${port}/snapshot.png?token=${CONTAINER_TOKEN}`);
    expect(countColors(await snapshot.bytes())).toBeGreaterThan(4);
    expect((await fetch(`http://127.0.0.1:${port}/state`)).status).toBe(401);
  });

  test("runs as the container of examples/kubernetes, and its probes succeed", async () => {
    const { Deployment, Service, ServiceMonitor } = readResources();
    const { metadata, spec } = Deployment.spec.template;
    const [container] = spec.containers;
    if (container === undefined) throw new Error("The Deployment has no container.");
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
    expect(container.securityContext).toMatchObject({
      ...{ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    });
    expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(["/dev/shm", "/data"]);
    expect(Deployment.spec.selector.matchLabels).toEqual(metadata.labels);
    expect(Service.spec.selector).toEqual(metadata.labels);
    expect(Service.metadata.labels).toEqual(ServiceMonitor.spec.selector.matchLabels);
    await Bun.write(join(data, "scene.glb"), glb(texturedQuad()));
    const port = freeTcpPort();
    const args = container.args.map((text) =>
      text === String(container.ports[0]?.containerPort) ? String(port) : text,
    );
    await using running = startContainer(
      args,
      Number.parseInt(spec.volumes[0]?.emptyDir?.sizeLimit ?? "", 10),
    );
    await firstLine(running);
    const origin = `http://127.0.0.1:${port}`;
    for (const { httpGet } of [container.readinessProbe, container.livenessProbe]) {
      // The kubelet names the Pod's address.
      expect((await fetch(origin + httpGet.path, { headers: { host: "10.1.2.3:8000" } })).status).toBe(200);
    }
    const path = ServiceMonitor.spec.endpoints[0]?.path;
    const metrics = await fetch(`${origin}${path}`, {
      headers: { authorization: `Bearer ${CONTAINER_TOKEN}` },
    });
    expect(await metrics.text()).toContain("scenecast_");
    const snapshot = await fetch(`${origin}/snapshot.png?token=${CONTAINER_TOKEN}`);
    expect(countColors(await snapshot.bytes())).toBeGreaterThan(1);
  });

  function startContainer(args: readonly string[], shmMegabytes: number) {
    return Bun.spawn(image.command(args, data, shmMegabytes), {
      cwd: scratch,
      env: { ...environment, SCENECAST_TOKEN: CONTAINER_TOKEN },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  }
});
