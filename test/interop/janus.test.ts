import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { ADDRESS, whyNoJanus } from "./janus.ts";

// Janus takes no addresses of loopback, and tests open no port on any other. So the tests, with all that they start,
// run in a network namespace: its one other address is of a cable that leads nowhere.
const NETWORK = [
  "ip link set lo up",
  "ip link add d0 type veth peer name d1",
  `ip addr add ${ADDRESS}/24 dev d0`,
  "ip link set d0 up",
  "ip link set d1 up",
  // Chromium and Janus look for the address from which they would reach the rest of the world.
  "ip route add default dev d0",
].join(" && ");
const TESTS = fileURLToPath(new URL("programs/janus-in-its-network.ts", import.meta.url));

/** A command in a network of its own; without root it needs user namespaces. */
function inItsNetwork(...command: string[]): string[] {
  const how = process.getuid?.() === 0 ? "-n" : "-rn";
  return ["unshare", how, "sh", "-c", `${NETWORK} && exec "$@"`, "sh", ...command];
}

function whyNoNetwork(): string {
  if (!Bun.which("unshare")) return "unshare is not installed";
  const { success, stderr } = Bun.spawnSync(inItsNetwork("true"));
  return success ? "" : `no network of its own can be made here: ${stderr.toString().trim()}`;
}

const whyNot = whyNoJanus() || whyNoNetwork();
if (whyNot) console.error(`skipped: a media server that pulls by WHEP, because ${whyNot}`);

// The tests in there have limits of their own, and clean up: this one's is never to come first.
test.skipIf(whyNot !== "")(
  "Janus pulls by WHEP, in a network of its own",
  async () => {
    const child = Bun.spawn(inItsNetwork(process.execPath, "test", TESTS), {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
    });
    expect(await child.exited).toBe(0);
  },
  300_000,
);
