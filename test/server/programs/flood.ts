/**
 * Floods a server: sends one kind of message on a socket as fast as possible, and after the server has closed it, the next kind
 * on the next socket. Prints kind, code and reason of each close as a line of JSON.
 *
 *     flood.ts URL
 */
const [url = ""] = process.argv.slice(2);
const move = { x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs: 1 };

let count = 0;
const alternating = () =>
  JSON.stringify({ type: "frames", encoding: ["jpeg", "video"][count++ % 2], lossless: count % 3 === 0 });

/** Every kind of frame that a client can send. */
const KINDS: Record<string, (socket: WebSocket) => void> = {
  "ping frame": (socket) => (socket as unknown as { ping(): void }).ping(),
  "empty text": (socket) => socket.send(""),
  malformed: (socket) => socket.send('{"type":'),
  nested: (socket) => socket.send("[".repeat(2000)),
  binary: (socket) => socket.send(new Uint8Array(16)),
  ping: (socket) => socket.send('{"type":"ping","time":1}'),
  hello: (socket) => socket.send(JSON.stringify({ type: "hello", viewer: `viewer-${count++}-0000` })),
  ack: (socket) => socket.send('{"type":"ack","frame":1}'),
  frames: (socket) => socket.send(alternating()),
  keyframe: (socket) => socket.send('{"type":"keyframe"}'),
  move: (socket) => socket.send(JSON.stringify({ type: "mouseMove", ...move })),
  wheel: (socket) => socket.send('{"type":"weel","deltaY":1,"timestampInMs":1}'),
};

/** Send buffer size at which this process pauses, bytes. */
const MAX_BUFFERED = 1 << 16;
const RECONNECT_MS = 100;

async function flood(kind: string, send: (socket: WebSocket) => void): Promise<void> {
  const socket = new WebSocket(url);
  let isOpen = true;
  socket.addEventListener("close", ({ code, reason }) => {
    isOpen = false;
    process.stdout.write(`${JSON.stringify({ kind, code, reason })}\n`);
  });
  await new Promise((resolve) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("close", resolve);
  });
  while (isOpen) {
    for (let i = 0; i < 100 && isOpen && socket.bufferedAmount < MAX_BUFFERED; i++) send(socket);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

for (;;) {
  for (const [kind, send] of Object.entries(KINDS)) {
    await flood(kind, send);
    await Bun.sleep(RECONNECT_MS);
  }
}

export {};
