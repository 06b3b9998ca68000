import { existsSync } from "node:fs";

/**
 * Sees that a program of a peer is there, with apt-get where it may.
 * @param file what one of the packages brings
 * @returns why it is not there; empty where it is
 */
export function whyNoPeer(file: string, packages: readonly string[]): string {
  if (existsSync(file)) return "";
  const names = packages.join(" ");
  if (process.getuid?.() !== 0 || Bun.which("apt-get") === null)
    return `not installed; on Debian: apt-get install --no-install-recommends ${names}`;
  console.error(`Installing ${names} …`);
  const apt = (...args: string[]) =>
    Bun.spawnSync(["apt-get", "--yes", "--quiet", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdout: "ignore",
      stderr: "ignore",
    }).success;
  const install = () => apt("install", "--no-install-recommends", ...packages);
  if (install() || (apt("update") && install())) return existsSync(file) ? "" : `${names} brought no ${file}`;
  return `apt-get could not install ${names}`;
}
