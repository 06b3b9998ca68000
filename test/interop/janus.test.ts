import { expect } from "bun:test";
import { fileURLToPath } from "node:url";
import { testIf } from "../support/test-if.ts";
import { ADDRESS, missingJanus } from "./janus.ts";

// Janus does not support loopback addresses, and tests open no port on any other. So the tests run in a network namespace with
// one more address, of a virtual cable without another end.
const NETWORK = [
  "ip link set lo up",
  "ip link add d0 type veth peer name d1",
  `ip addr add ${ADDRESS}/24 dev d0`,
  "ip link set d0 up",
  "ip link set d1 up",
  // Chromium and Janus use the address of the default route.
  "ip route add default dev d0",
].join(" && ");
const TESTS = fileURLToPath(new URL("programs/janus-in-its-network.ts", import.meta.url));

/** Runs a command in a network namespace; without root this requires user namespaces. */
function inNetworkNamespace(...command: string[]): string[] {
  const flags = process.getuid?.() === 0 ? "-n" : "-rn";
  return ["unshare", flags, "sh", "-c", `${NETWORK} && exec "$@"`, "sh", ...command];
}

function missingNetworkNamespaces(): string {
  if (!Bun.which("unshare")) return "unshare is not installed";
  const { success, stderr } = Bun.spawnSync(inNetworkNamespace("true"));
  return success ? "" : `network namespaces are not available: ${stderr.toString().trim()}`;
}

const missing = missingJanus() || missingNetworkNamespaces();

// The tests in the program have timeouts of their own and clean up, so this one must be longer.
testIf(missing)(
  "Janus relays the view by WHEP, in a network namespace",
  async () => {
    const child = Bun.spawn(inNetworkNamespace(process.execPath, "test", TESTS), {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
    });
    expect(await child.exited).toBe(0);
  },
  300_000,
);
