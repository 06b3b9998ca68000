import packageJson from "../../package.json" with { type: "json" };
import { runChecks } from "./doctor-checks.ts";
import { ignoreEpipe } from "./log.ts";

const MARKS = { ok: "ok     ", warning: "warning", failure: "FAILURE" } as const;

/** `scenecast doctor`: checks what this machine supports, with advice about problems. Exit code 1 if scenecast cannot work. */
export async function doctor(options: { json?: boolean }): Promise<void> {
  const findings = runChecks();
  const works = findings.every((finding) => finding.status !== "failure");
  // The reader may stop early, as in `scenecast doctor | head`.
  ignoreEpipe(process.stdout);
  if (options.json) {
    const checks = findings.map(({ result, ...rest }) => ({ ...rest, seen: result }));
    process.stdout.write(
      `${JSON.stringify({ version: packageJson.version, works, findings: checks }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(`scenecast ${packageJson.version} on ${process.platform} ${process.arch}\n\n`);
    for (const { status, subject, result, advice } of findings) {
      process.stdout.write(`${MARKS[status]}  ${subject}: ${result}\n`);
      if (advice) process.stdout.write(`         → ${advice}\n`);
    }
    process.stdout.write(
      works
        ? "\nscenecast works here.\n"
        : "\nscenecast cannot work here until the failures above are fixed.\n",
    );
  }
  process.exitCode = works ? 0 : 1;
}
